import { parquetMetadata, parquetRead, parquetSchema, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../base/errors.ts';
import type { Field } from './dataType.ts';
import type { CancelOptions, FileSource } from './fileSource.ts';
import {
  columnsOf,
  converter,
  findColumn,
  rawMetadata,
  set,
  type Convert,
  type Matching,
} from './parquetSchema.ts';

/** number, bigint, string, boolean, Date, Uint8Array, null, or nested; see values.ts. */
export type Row = Record<string, unknown>;

/** A file up to this size is read in one request. */
const wholeFileBytes = 1024 * 1024;
/** What is read of the end of a larger file; most footers fit, so that it is one request. */
const suffixBytes = 256 * 1024;
const maxFooterBytes = 256 * 1024 * 1024;
const maxRows = 2 ** 31;

/** What to read of a file: the table's columns, and how the file names them. */
export interface Projection {
  fields: readonly Field[];
  matching: Matching;
}

/** One Parquet file whose footer has been read and checked. */
export class ParquetFile {
  readonly path: string;
  readonly rows: number;
  readonly #metadata: FileMetaData;
  readonly #buffer: AsyncBuffer;

  private constructor(path: string, buffer: AsyncBuffer, metadata: FileMetaData) {
    this.path = path;
    this.#buffer = buffer;
    this.#metadata = metadata;
    this.rows = checkedRows(metadata, buffer.byteLength);
  }

  /** Reads the footer. `bytes` is the length of the file. Throws `protocol` if it is not Parquet. */
  static async open(
    source: FileSource,
    path: string,
    bytes: number,
    options: CancelOptions = {},
  ): Promise<ParquetFile> {
    return explained(path, async () => {
      const suffixStart = bytes <= wholeFileBytes ? 0 : bytes - suffixBytes;
      let suffix = await readExactly(source, path, suffixStart, bytes, options);
      const footerBytes = footerLength(suffix, bytes);
      if (footerBytes > suffix.byteLength) {
        suffix = await readExactly(source, path, bytes - footerBytes, bytes, options);
      }
      const metadata = parquetMetadata(suffix.slice(suffix.byteLength - footerBytes));
      const start = bytes - suffix.byteLength;
      const buffer: AsyncBuffer = {
        byteLength: bytes,
        slice: (from, to = bytes) =>
          from >= start
            ? suffix.slice(from - start, to - start)
            : readExactly(source, path, from, to, options),
      };
      return new ParquetFile(path, buffer, metadata);
    });
  }

  /** The file's own columns. */
  columns(): Field[] {
    return columnsOf(this.#metadata, this.path);
  }

  /**
   * The rows in the file's order, a row group at a time, at most `limit`. Columns that the file has not are null.
   * Only the byte ranges of the wanted columns are read; of a cut row group only the pages, if it has an index.
   */
  async *read(
    projection: Projection,
    options: CancelOptions & { limit?: number | undefined } = {},
  ): AsyncGenerator<Row[], void, undefined> {
    const { limit = Infinity, signal } = options;
    const columns = this.#plan(projection);
    const metadata = rawMetadata(this.#metadata);
    let start = 0;
    for (const group of this.#metadata.row_groups) {
      const end = Math.min(start + Number(group.num_rows), limit);
      if (end <= start) break;
      throwIfCancelled(signal);
      const from = start;
      yield await explained(this.path, () => this.#group(metadata, columns, from, end));
      start += Number(group.num_rows);
    }
  }

  async #group(metadata: FileMetaData, columns: PlannedColumn[], start: number, end: number): Promise<Row[]> {
    const stored = [...new Set(columns.flatMap(({ stored }) => (stored === undefined ? [] : [stored])))];
    const parts = new Map<string, { rowStart: number; data: ArrayLike<unknown> }[]>(
      stored.map((name) => [name, []]),
    );
    if (stored.length > 0) {
      await parquetRead({
        file: this.#buffer,
        metadata,
        columns: stored,
        rowStart: start,
        rowEnd: end,
        useOffsetIndex: true,
        compressors,
        utf8: false,
        parsers: { timestampFromNanoseconds: (nanos: bigint) => nanos },
        onChunk: ({ columnName, columnData, rowStart }) =>
          parts.get(columnName)?.push({ rowStart, data: columnData as ArrayLike<unknown> }),
      });
    }
    const values = new Map(stored.map((name) => [name, this.#cut(name, parts.get(name)!, start, end)]));
    return Array.from({ length: end - start }, (_, i) => {
      const row: Row = {};
      for (const { name, stored, convert } of columns) {
        set(row, name, stored === undefined ? null : convert(values.get(stored)![i]));
      }
      return row;
    });
  }

  /** The values of exactly the rows asked for; a column with fewer is broken, not null. */
  #cut(
    name: string,
    parts: { rowStart: number; data: ArrayLike<unknown> }[],
    start: number,
    end: number,
  ): unknown[] {
    const values: unknown[] = [];
    for (const { rowStart, data } of parts) {
      const at = start + values.length;
      if (rowStart > at) break;
      for (let i = at - rowStart; i < data.length && rowStart + i < end; i++) values.push(data[i]);
    }
    if (values.length !== end - start) {
      throw new WorkbenchError(
        'protocol',
        `"${this.path}" is damaged: column "${name}" has ${values.length} of ${end - start} values.`,
      );
    }
    return values;
  }

  #plan({ fields, matching }: Projection): PlannedColumn[] {
    const nodes = parquetSchema(this.#metadata).children;
    return fields.map((field) => {
      const node = findColumn(nodes, field, matching);
      if (!node) return { name: field.name, stored: undefined, convert: () => null };
      return {
        name: field.name,
        stored: node.element.name,
        convert: converter(field.type, node, matching, `"${this.path}"`),
      };
    });
  }
}

interface PlannedColumn {
  name: string;
  /** The name of the file's column; undefined if it has none. */
  stored: string | undefined;
  convert: Convert;
}

async function readExactly(
  source: FileSource,
  path: string,
  start: number,
  end: number,
  { signal }: CancelOptions,
): Promise<ArrayBuffer> {
  const data = await source.read(path, { offset: start, length: end - start, signal });
  if (data.length !== end - start) {
    throw new WorkbenchError(
      'protocol',
      `"${path}" is shorter than expected: bytes ${start} to ${end} were asked for and ${data.length} came.`,
    );
  }
  return Uint8Array.from(data).buffer;
}

/** Length of the footer with its frame: metadata, 4 bytes of length, `PAR1`. */
function footerLength(suffix: ArrayBuffer, bytes: number): number {
  const view = new DataView(suffix);
  if (view.byteLength < 12) throw new Error('it is too short');
  const magic = view.getUint32(view.byteLength - 4, true);
  if (magic === 0x45524150) throw new WorkbenchError('unsupported', 'The Parquet file is encrypted.');
  if (magic !== 0x31524150) throw new Error('it does not end with PAR1');
  const length = view.getUint32(view.byteLength - 8, true) + 8;
  if (length > bytes - 4 || length > maxFooterBytes) throw new Error('its footer has an impossible length');
  return length;
}

/** Checks what the reading relies on, so that a damaged footer gives an error and no endless loop or wrong row. */
function checkedRows(metadata: FileMetaData, bytes: number): number {
  const broken = (why: string): Error => new Error(`its footer is damaged: ${why}`);
  let rows = 0;
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows);
    if (!Number.isSafeInteger(count) || count < 0) throw broken('a row group has no count');
    rows += count;
    for (const { meta_data: column } of group.columns) {
      if (!column) throw broken('a column has no description');
      const start = Number(column.dictionary_page_offset ?? column.data_page_offset);
      const end = start + Number(column.total_compressed_size);
      if (!(start >= 4 && end >= start && end <= bytes)) throw broken('a column lies outside of the file');
    }
  }
  if (rows > maxRows || rows !== Number(metadata.num_rows))
    throw broken('its row counts contradict each other');
  return rows;
}

async function explained<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) {
      throw new WorkbenchError(
        'not-found',
        `The table's file "${path}" is gone: the table was changed and cleaned up meanwhile, or the file was removed. ` +
          'Open the table again.',
        { cause: error },
      );
    }
    if (error instanceof WorkbenchError) throw error;
    const why = describeError(error);
    const unsupported = /unsupported|not supported/i.test(why);
    throw new WorkbenchError(
      unsupported ? 'unsupported' : 'protocol',
      `"${path}" cannot be read as Parquet: ${why}.${unsupported ? ' Read it through Spark.' : ''}`,
      { cause: error },
    );
  }
}
