import { crc32, inflateRawSync } from 'node:zlib';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import type { CancelOptions } from '../fileSource.ts';
import { compressors, unpackZstd } from '../parquetCodecs.ts';
import type { Row } from '../parquetFile.ts';
import { set } from '../parquetSchema.ts';
import { AvroReader } from './avroDecode.ts';
import { avroTypeText, parseAvroSchema, type AvroField, type AvroType } from './avroSchema.ts';
import { PlainChunks, chunkBytes } from './byteChunks.ts';
import { parseJson } from './exactJson.ts';
import type { Fact, Preview, PreviewColumn, PreviewRowsOptions, RowCount } from './preview.ts';
import { RowCache } from './rowCache.ts';
import type { WatchedFile } from './watchedFile.ts';

/** Writers make blocks of some 64 kB; limits, since the sizes come from the file. */
const maxBlockBytes = 64 * 1024 * 1024;
const maxPlainBytes = 128 * 1024 * 1024;
const maxBlockRows = 16 * 1024 * 1024;
const maxHeaderBytes = 16 * 1024 * 1024;
const keptRowBytes = 64 * 1024 * 1024;
const syncBytes = 16;
/** Rows are decoded in pieces of so many. */
const pieceRows = 512;

interface Block {
  firstRow: number;
  rows: number;
  /** Of the data. */
  start: number;
  bytes: number;
}

interface Header {
  metadata: Map<string, Buffer>;
  sync: Buffer;
  /** Where the first block begins. */
  end: number;
}

/** An Avro object container file: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
export class AvroPreview implements Preview {
  readonly format = 'avro';
  readonly path: string;
  readonly bytes: number;
  readonly lastChange: Date;
  readonly columns: readonly PreviewColumn[];
  readonly #file: WatchedFile;
  readonly #chunks: PlainChunks;
  readonly #header: Header;
  readonly #type: AvroType;
  readonly #codec: string;
  readonly #blocks: Block[] = [];
  readonly #rowCache = new RowCache(keptRowBytes);
  /** The block that was unpacked last, and where its pieces begin, as far as that is known. */
  #unpacked: { block: Block; bytes: Buffer; pieces: number[] } | undefined;
  #isFinal = false;
  #failure: WorkbenchError | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(file: WatchedFile, chunks: PlainChunks, header: Header) {
    this.path = file.path;
    this.bytes = file.bytes;
    this.lastChange = file.lastChange;
    this.#file = file;
    this.#chunks = chunks;
    this.#header = header;
    this.#codec = header.metadata.get('avro.codec')?.toString('utf8') ?? 'null';
    if (!['null', 'deflate', 'snappy', 'zstandard'].includes(this.#codec)) {
      throw new WorkbenchError(
        'unsupported',
        `"${this.path}" is packed with ${this.#codec}, which is not unpacked here. Read it through Spark: spark.read.format("avro").load("${this.path}")`,
      );
    }
    const schema = header.metadata.get('avro.schema')?.toString('utf8');
    if (schema === undefined) throw this.#damaged('it has no schema');
    const type = parseAvroSchema(parseJson(schema, `The schema of "${this.path}"`), this.path);
    const value: AvroField = { name: 'value', of: type, nullable: false };
    this.#type = type;
    this.columns = (type.kind === 'record' ? type.fields : [value]).map(({ name, of, nullable }) => ({
      name,
      type: avroTypeText(of),
      nullable,
    }));
  }

  static async open(file: WatchedFile, options: CancelOptions): Promise<AvroPreview> {
    const chunks = new PlainChunks(file);
    const preview = new AvroPreview(file, chunks, await readHeader(file, chunks, options));
    await preview.#readOn(options);
    return preview;
  }

  get notes(): readonly string[] {
    return this.#failure ? [this.#failure.message] : [];
  }

  rowCount(): RowCount {
    const last = this.#blocks.at(-1);
    const rows = last ? last.firstRow + last.rows : 0;
    if (this.#isFinal) return { rows, isFinal: true };
    const share = (this.#nextBlock - this.#header.end) / (this.bytes - this.#header.end);
    return { rows, isFinal: false, ...(share > 0 && { estimate: Math.round(rows / share) }) };
  }

  rows(start: number, end: number, options: PreviewRowsOptions = {}): Promise<Row[]> {
    const result = this.#queue.then(() => this.#rows(start, end, options));
    this.#queue = result.catch(() => {});
    return result;
  }

  facts(): Fact[] {
    return [
      { label: 'Compression', value: this.#codec === 'null' ? 'none' : this.#codec },
      {
        label: 'Blocks',
        value: this.#isFinal ? String(this.#blocks.length) : `${this.#blocks.length} so far`,
      },
    ];
  }

  metadata(): { key: string; value: string }[] {
    return [...this.#header.metadata].map(([key, value]) => ({ key, value: value.toString('utf8') }));
  }

  get #nextBlock(): number {
    const last = this.#blocks.at(-1);
    return last ? last.start + last.bytes + syncBytes : this.#header.end;
  }

  async #rows(start: number, end: number, { columns, signal }: PreviewRowsOptions): Promise<Row[]> {
    while (!this.#isFinal && this.rowCount().rows < end) {
      throwIfCancelled(signal);
      await this.#readOn({ signal });
    }
    const rows: Row[] = [];
    for (const block of this.#blocks) {
      const from = Math.max(0, start - block.firstRow);
      const to = Math.min(block.rows, end - block.firstRow);
      for (let piece = Math.floor(from / pieceRows); piece * pieceRows < to; piece++) {
        throwIfCancelled(signal);
        const first = piece * pieceRows;
        for (const row of (await this.#piece(block, piece, { signal })).slice(
          Math.max(0, from - first),
          to - first,
        )) {
          rows.push(columns ? only(row, columns) : row);
        }
      }
    }
    return rows;
  }

  /** Finds the next block. What is wrong with it ends the rows; those before it are shown. */
  async #readOn(options: CancelOptions): Promise<void> {
    try {
      await this.#findBlock(options);
    } catch (error) {
      if (!isWorkbenchError(error, 'protocol', 'unsupported') || this.#blocks.length === 0) throw error;
      this.#failure = error;
      this.#isFinal = true;
    }
  }

  async #findBlock(options: CancelOptions): Promise<void> {
    const at = this.#nextBlock;
    if (at >= this.bytes) {
      this.#isFinal = true;
      return;
    }
    const reader = new AvroReader(await this.#read(at, Math.min(at + 20, this.bytes), options));
    let rows: number, bytes: number;
    try {
      [rows, bytes] = [Number(reader.long()), Number(reader.long())];
    } catch (error) {
      throw this.#damaged(describeError(error), error);
    }
    const start = at + reader.offset;
    if (rows < 0 || bytes < 0 || start + bytes + syncBytes > this.bytes) {
      throw this.#damaged('a block of it is cut short or has an impossible size');
    }
    const isEmptyType = this.#type.leastBytes === 0;
    if (bytes > maxBlockBytes || rows > maxBlockRows || (isEmptyType && rows > 1_000_000)) {
      throw new WorkbenchError(
        'unsupported',
        `"${this.path}" has a block of ${rows} rows in ${bytes} bytes, which is not shown here. Read it through Spark.`,
      );
    }
    const sync = await this.#read(start + bytes, start + bytes + syncBytes, options);
    if (!sync.equals(this.#header.sync)) throw this.#damaged('a block does not end where it should');
    if (rows > 0 || this.#blocks.length === 0 || this.#blocks.at(-1)!.rows > 0) {
      this.#blocks.push({ firstRow: this.rowCount().rows, rows, start, bytes });
    } else {
      // Empty blocks, one after the other, count as one.
      const last = this.#blocks.at(-1)!;
      this.#blocks[this.#blocks.length - 1] = { ...last, start, bytes };
    }
  }

  async #piece(block: Block, piece: number, options: CancelOptions): Promise<Row[]> {
    const key = `${block.start} ${piece}`;
    const kept = this.#rowCache.get(key);
    if (kept) return kept;
    const unpacked = await this.#unpack(block, options);
    try {
      let rows: Row[] = [];
      // Where a piece begins is known when the one before was decoded.
      for (let at = Math.min(piece, unpacked.pieces.length - 1); at <= piece; at++) {
        const reader = new AvroReader(unpacked.bytes, unpacked.pieces[at]);
        rows = Array.from({ length: Math.min(pieceRows, block.rows - at * pieceRows) }, () =>
          this.#row(reader),
        );
        if (at + 1 === unpacked.pieces.length) unpacked.pieces.push(reader.offset);
      }
      this.#rowCache.put(key, rows);
      return rows;
    } catch (error) {
      throw this.#damaged(describeError(error), error);
    }
  }

  #row(reader: AvroReader): Row {
    const value = reader.value(this.#type);
    return this.#type.kind === 'record' ? (value as Row) : { value };
  }

  async #unpack(block: Block, options: CancelOptions): Promise<{ bytes: Buffer; pieces: number[] }> {
    if (this.#unpacked?.block === block) return this.#unpacked;
    const packed = await this.#read(block.start, block.start + block.bytes, options);
    let bytes: Buffer;
    try {
      bytes = unpack(packed, this.#codec);
    } catch (error) {
      throw this.#damaged(`a block cannot be unpacked (${describeError(error)})`, error);
    }
    if (block.rows * this.#type.leastBytes > bytes.length)
      throw this.#damaged('a block has fewer rows than it says');
    this.#unpacked = { block, bytes, pieces: [0] };
    return this.#unpacked;
  }

  #read(start: number, end: number, options: CancelOptions): Promise<Buffer> {
    return readBytes(this.#file, this.#chunks, start, end, options);
  }

  #damaged(why: string, cause?: unknown): WorkbenchError {
    return new WorkbenchError('protocol', `"${this.path}" is damaged: ${why}.`, { cause });
  }
}

function only(row: Row, columns: readonly string[]): Row {
  const part: Row = {};
  for (const name of columns) if (Object.hasOwn(row, name)) set(part, name, row[name]);
  return part;
}

/** A range; small ones come of chunks that are kept. */
async function readBytes(
  file: WatchedFile,
  chunks: PlainChunks,
  start: number,
  end: number,
  options: CancelOptions,
): Promise<Buffer> {
  if (end - start > chunkBytes) return file.read(start, end, options);
  const first = Math.floor(start / chunkBytes);
  const parts = [await chunks.chunk(first, options)];
  if (end > (first + 1) * chunkBytes) parts.push(await chunks.chunk(first + 1, options));
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  return bytes.subarray(start - first * chunkBytes, end - first * chunkBytes);
}

async function readHeader(file: WatchedFile, chunks: PlainChunks, options: CancelOptions): Promise<Header> {
  for (let length = 64 * 1024; ; length *= 4) {
    const bytes = await readBytes(file, chunks, 0, Math.min(length, file.bytes), options);
    try {
      return headerOf(bytes);
    } catch (error) {
      if (length < file.bytes && length < maxHeaderBytes && bytes.subarray(0, 4).equals(magic)) continue;
      throw new WorkbenchError(
        'protocol',
        `"${file.path}" cannot be read as Avro: ${describeError(error)}.`,
        {
          cause: error,
        },
      );
    }
  }
}

const magic = Buffer.from('Obj\x01', 'latin1');

function headerOf(bytes: Buffer): Header {
  if (!bytes.subarray(0, 4).equals(magic)) throw new Error('it does not begin as an Avro file');
  const reader = new AvroReader(bytes, 4);
  const metadata = new Map<string, Buffer>();
  for (;;) {
    const count = reader.long();
    if (count === 0n) break;
    if (count < 0n) reader.long();
    for (let i = 0n; i < (count < 0n ? -count : count); i++)
      metadata.set(reader.bytes().toString('utf8'), reader.bytes());
  }
  if (reader.left < syncBytes) throw new Error('its header is cut short');
  return {
    metadata,
    sync: bytes.subarray(reader.offset, reader.offset + syncBytes),
    end: reader.offset + syncBytes,
  };
}

function unpack(packed: Buffer, codec: string): Buffer {
  switch (codec) {
    case 'deflate':
      return inflateRawSync(packed, { maxOutputLength: maxPlainBytes });
    case 'zstandard':
      return Buffer.from(unpackZstd(packed, maxPlainBytes));
    case 'snappy': {
      const data = packed.subarray(0, -4);
      const plain = Buffer.from(compressors.SNAPPY!(data, snappyLength(data)));
      if (packed.length < 4 || crc32(plain) !== packed.readUInt32BE(packed.length - 4)) {
        throw new Error('its checksum is another');
      }
      return plain;
    }
    default:
      return packed;
  }
}

/** What the data tells of its own length, at its beginning. */
function snappyLength(data: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = data[i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw new Error('its length is impossible');
}
