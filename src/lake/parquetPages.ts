import { crc32 } from 'node:zlib';
import type { ColumnMetaData, SchemaTree } from 'hyparquet';
import { compressors, maxPageBytes } from './parquetCodecs.ts';
import { checkedDeltaHeader, deltaInts, walkRuns } from './parquetRuns.ts';
import { ThriftReader, numberField, structField, type ThriftStruct } from './thrift.ts';

/** So many values in a page take 128 MB as an array; writers stop at some 10,000 rows or at 1 MB. */
const maxPageValues = 16 * 1024 * 1024;
/** What the values of a page may take unpacked; a prefix that all values share is written once. */
const maxValueBytes = 256 * 1024 * 1024;

const pageType = { data: 0, index: 1, dictionary: 2, dataV2: 3 };
const encodings = [
  'PLAIN',
  '',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA',
  'DELTA_LENGTH',
  'DELTA_BYTES',
  'RLE_DICTIONARY',
  'SPLIT',
] as const;

const damaged = (what: string): Error => new Error(`a page is damaged: ${what}`);

/** One column of the file: what its pages must agree with. */
export interface LeafColumn {
  meta: ColumnMetaData;
  type: ColumnMetaData['type'];
  typeLength: number | undefined;
  maxDefinition: number;
  maxRepetition: number;
}

/** `path` leads from the root of the schema to the leaf. */
export function leafColumn(meta: ColumnMetaData, path: readonly SchemaTree[]): LeafColumn {
  const nodes = path.slice(1).map(({ element }) => element);
  const leaf = nodes.at(-1);
  return {
    meta,
    type: meta.type,
    typeLength: leaf?.type_length,
    maxDefinition: nodes.filter(({ repetition_type: kind }) => kind !== 'REQUIRED').length,
    maxRepetition: nodes.filter(({ repetition_type: kind }) => kind === 'REPEATED').length,
  };
}

/** A page's place in the bytes, and how many rows it has if that can be told without its content. */
export interface PagePlace {
  isDictionary: boolean;
  /** Of the header, from the start of the bytes. */
  offset: number;
  /** Of header and content together. */
  bytes: number;
  values: number;
}

/**
 * Checks the pages in `bytes`, which begin with a page's header, before they are decoded: a damaged or hostile page would
 * make the decoder loop, take all memory, or give wrong values in silence. `dictionarySize` is how many values the column
 * chunk's dictionary has; `expectedRows` is what an index says of the page at an offset. Throws a plain Error that says
 * what is wrong.
 */
export function checkPages(
  bytes: Uint8Array,
  column: LeafColumn,
  dictionarySize: number | undefined,
  expectedRows: (offset: number) => number | undefined,
): void {
  let values = 0;
  const expected = Number(column.meta.num_values);
  let offset = 0;
  while (offset < bytes.length - 1) {
    // Padding may follow the last page of a flat column: the decoder stops at the last row.
    if (column.maxRepetition === 0 && values >= expected) return;
    const page = readHeader(bytes, offset);
    const rows = column.maxRepetition === 0 ? expectedRows(offset) : undefined;
    if (
      page.type !== pageType.dictionary &&
      rows !== undefined &&
      !Number.isNaN(rows) &&
      rows !== page.values
    ) {
      throw damaged('its rows are not as many as its index says');
    }
    offset = page.start + page.compressedBytes;
    if (offset > bytes.length) throw damaged('it is cut short');
    const content = bytes.subarray(page.start, offset);
    if (page.crc !== undefined && (crc32(content) | 0) !== page.crc) {
      throw damaged('its content does not fit its checksum');
    }
    if (page.type === pageType.dictionary) {
      const plain = unpacked(content, page.plainBytes, column);
      checkPlain(plain, 0, page.values, column);
    } else if (page.type === pageType.data) {
      values += page.values;
      checkData(unpacked(content, page.plainBytes, column), page, column, dictionarySize);
    } else if (page.type === pageType.dataV2) {
      values += page.values;
      checkDataV2(content, page, column, dictionarySize);
    }
    if (values > expected) throw damaged('its column has fewer values than its pages');
  }
}

/** The places of the pages whose headers are whole in `bytes`. A dictionary comes first, if there is one. */
export function pagePlaces(bytes: Uint8Array): PagePlace[] {
  const places: PagePlace[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    let page: PageHead;
    try {
      page = readHeader(bytes, offset);
    } catch (error) {
      if (bytes.length - offset < maxHeaderBytes) return places;
      throw error;
    }
    const end = page.start + page.compressedBytes;
    places.push({
      isDictionary: page.type === pageType.dictionary,
      offset,
      bytes: end - offset,
      values: page.values,
    });
    offset = end;
  }
  return places;
}

/** Statistics of long texts are in headers too. */
const maxHeaderBytes = 64 * 1024;

interface PageHead {
  type: number;
  plainBytes: number;
  compressedBytes: number;
  crc: number | undefined;
  values: number;
  encoding: number;
  /** Of a data page: the encodings of its levels. */
  levels: (number | undefined)[];
  v2: ThriftStruct | undefined;
  /** Where the content begins. */
  start: number;
}

function readHeader(bytes: Uint8Array, offset: number): PageHead {
  const reader = new ThriftReader(bytes, offset);
  const head = reader.struct();
  const type = numberField(head, 1) ?? -1;
  const data = structField(head, 5);
  const dictionary = structField(head, 7);
  const v2 = structField(head, 8);
  const own =
    type === pageType.data
      ? data
      : type === pageType.dictionary
        ? dictionary
        : type === pageType.dataV2
          ? v2
          : undefined;
  if (!own) throw damaged('its header is of an unknown kind');
  const plainBytes = numberField(head, 2) ?? -1;
  const compressedBytes = numberField(head, 3) ?? -1;
  const values = numberField(own, 1) ?? -1;
  if (plainBytes < 0 || compressedBytes < 0 || values < 0) throw damaged('its header has impossible sizes');
  if (plainBytes > maxPageBytes || compressedBytes > maxPageBytes || values > maxPageValues) {
    throw new Error(`a page with ${values} values in ${plainBytes} bytes is not supported`);
  }
  return {
    type,
    plainBytes,
    compressedBytes,
    crc: numberField(head, 4),
    values,
    encoding: numberField(own, type === pageType.dataV2 ? 4 : 2) ?? -1,
    levels: type === pageType.data ? [numberField(own, 3), numberField(own, 4)] : [],
    v2: type === pageType.dataV2 ? own : undefined,
    start: reader.offset,
  };
}

function unpacked(content: Uint8Array, plainBytes: number, { meta: { codec } }: LeafColumn): Uint8Array {
  if (codec === 'UNCOMPRESSED') {
    if (content.length !== plainBytes) throw damaged('its length is not what its header says');
    return content;
  }
  const unpack = compressors[codec];
  if (!unpack) throw new Error(`the codec ${codec} is not supported`);
  return unpack(content, plainBytes);
}

const widthOf = (max: number): number => 32 - Math.clz32(max);

function checkData(
  plain: Uint8Array,
  page: PageHead,
  column: LeafColumn,
  dictionarySize: number | undefined,
): void {
  const { maxDefinition, maxRepetition } = column;
  let at = 0;
  const levels = (encoding: number | undefined): Uint8Array => {
    if (encoding !== 3)
      throw new Error(`levels packed as ${encodings[encoding ?? 1] ?? 'unknown'} are not supported`);
    if (at + 4 > plain.length) throw damaged('it is cut short');
    const length = viewOf(plain).getUint32(at, true);
    const runs = plain.subarray(at + 4, at + 4 + length);
    if (runs.length < length) throw damaged('its levels are cut short');
    at += 4 + length;
    return runs;
  };
  if (maxRepetition > 0) checkLevels(levels(page.levels[1]), maxRepetition, page.values);
  let present = page.values;
  if (maxDefinition > 0) present = checkLevels(levels(page.levels[0]), maxDefinition, page.values);
  checkValues(plain, at, page.encoding, present, column, dictionarySize);
}

function checkDataV2(
  content: Uint8Array,
  page: PageHead,
  column: LeafColumn,
  dictionarySize: number | undefined,
): void {
  const head = page.v2!;
  const { maxDefinition, maxRepetition } = column;
  const definitionBytes = numberField(head, 5) ?? 0;
  const repetitionBytes = numberField(head, 6) ?? 0;
  const levelBytes = definitionBytes + repetitionBytes;
  if (
    definitionBytes < 0 ||
    repetitionBytes < 0 ||
    levelBytes > content.length ||
    levelBytes > page.plainBytes
  ) {
    throw damaged('its levels have impossible lengths');
  }
  if (maxRepetition > 0) checkLevels(content.subarray(0, repetitionBytes), maxRepetition, page.values);
  let present = page.values;
  if (maxDefinition > 0) {
    present = checkLevels(content.subarray(repetitionBytes, levelBytes), maxDefinition, page.values);
  }
  if (page.values - (numberField(head, 2) ?? 0) !== present)
    throw damaged('its nulls are not as many as it says');
  const rows = numberField(head, 3) ?? -1;
  if (maxRepetition === 0 ? rows !== page.values : rows < 0 || rows > page.values) {
    throw damaged('its rows are not as many as it says');
  }
  const body = content.subarray(levelBytes);
  const isCompressed = head.get(7) !== false;
  const plain = isCompressed ? unpacked(body, page.plainBytes - levelBytes, column) : body;
  checkValues(plain, 0, page.encoding, present, column, dictionarySize);
}

/** How many of the levels are the highest one: so many values are there. */
function checkLevels(runs: Uint8Array, max: number, count: number): number {
  const { biggest, wantedCount } = walkRuns(runs, widthOf(max), count, max);
  if (biggest > max) throw damaged('its levels are too high');
  return wantedCount;
}

function checkValues(
  plain: Uint8Array,
  at: number,
  encoding: number,
  count: number,
  column: LeafColumn,
  dictionarySize: number | undefined,
): void {
  switch (encodings[encoding]) {
    case 'PLAIN':
      return checkPlain(plain, at, count, column);
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      if (count === 0) return;
      if (at >= plain.length) throw damaged('it is cut short');
      const { biggest } = walkRuns(plain.subarray(at + 1), plain[at]!, count);
      if (biggest >= (dictionarySize ?? 0)) {
        throw damaged('it names a value that its dictionary has not');
      }
      return;
    }
    case 'RLE':
      if (column.type !== 'BOOLEAN') throw damaged('its encoding does not fit its type');
      walkRuns(plain.subarray(at + 4), 1, count);
      return;
    case 'SPLIT':
      if (plain.length - at < count * fixedWidth(column)) throw damaged('it is cut short');
      return;
    case 'DELTA':
      if (column.type !== 'INT32' && column.type !== 'INT64')
        throw damaged('its encoding does not fit its type');
      if (count > 0) checkDelta(plain, at, count);
      return;
    case 'DELTA_LENGTH': {
      if (column.type !== 'BYTE_ARRAY') throw damaged('its encoding does not fit its type');
      const lengths = count > 0 ? deltaInts(plain, at, count) : undefined;
      if (lengths) checkLengths(lengths.values, plain.length - lengths.end);
      return;
    }
    case 'DELTA_BYTES': {
      if (count === 0) return;
      const prefixes = deltaInts(plain, at, count);
      const suffixes = deltaInts(plain, prefixes.end, count);
      checkLengths(suffixes.values, plain.length - suffixes.end);
      let before = 0;
      let total = 0;
      prefixes.values.forEach((prefix, i) => {
        if (prefix < 0 || prefix > before) throw damaged('a text is longer than what it continues');
        before = prefix + suffixes.values[i]!;
        total += before;
        if (total > maxValueBytes)
          throw new Error('a page whose texts take more than 256 MB is not supported');
      });
      return;
    }
    default:
      throw new Error(`the encoding ${encodings[encoding] ?? encoding} is not supported`);
  }
}

function checkPlain(plain: Uint8Array, at: number, count: number, column: LeafColumn): void {
  if (column.type === 'BOOLEAN') {
    if (plain.length - at < Math.ceil(count / 8)) throw damaged('it is cut short');
  } else if (column.type === 'BYTE_ARRAY') {
    const view = viewOf(plain);
    let offset = at;
    for (let i = 0; i < count; i++) {
      if (offset + 4 > plain.length) throw damaged('it is cut short');
      offset += 4 + view.getUint32(offset, true);
    }
    if (offset > plain.length) throw damaged('it is cut short');
  } else if (plain.length - at < count * fixedWidth(column)) throw damaged('it is cut short');
}

function checkDelta(plain: Uint8Array, at: number, count: number): void {
  const values: bigint[] = [];
  let offset = at;
  for (let i = 0; i < 3; i++) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (offset >= plain.length || shift > 63n) throw damaged('its numbers end too early');
      const byte = plain[offset++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    values.push(value);
  }
  checkedDeltaHeader(values[0]!, values[1]!, Number(values[2]), count);
}

function checkLengths(lengths: Int32Array, bytes: number): void {
  let total = 0;
  for (const length of lengths) {
    if (length < 0) throw damaged('a text has an impossible length');
    total += length;
  }
  if (total > bytes) throw damaged('it is cut short');
}

function fixedWidth({ type, typeLength }: LeafColumn): number {
  switch (type) {
    case 'INT32':
    case 'FLOAT':
      return 4;
    case 'INT64':
    case 'DOUBLE':
      return 8;
    case 'INT96':
      return 12;
    case 'FIXED_LEN_BYTE_ARRAY':
      if (typeLength !== undefined && typeLength > 0) return typeLength;
      throw damaged('its values have no length');
    default:
      throw damaged('its encoding does not fit its type');
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
