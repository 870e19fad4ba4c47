import { parquetMetadata, parquetRead, parquetSchema, type FileMetaData } from 'hyparquet';
import { throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../base/errors.ts';
import type { Field } from './dataType.ts';
import type { CancelOptions, FileSource } from './fileSource.ts';
import { ParquetChunks, encodeOffsetIndex, type ReadRange } from './parquetChunks.ts';
import { compressors } from './parquetCodecs.ts';
import { checkFooter, checkedRows, footerLength } from './parquetFooter.ts';
import {
  columnsOf,
  findColumn,
  rawMetadata,
  set,
  withConvertedTypes,
  type Matching,
} from './parquetSchema.ts';
import { converter, type Convert } from './parquetValues.ts';
import type { RangeCache } from './rangeCache.ts';

/** number, bigint, string, boolean, Date, Uint8Array, null, or nested; see values.ts. */
export type Row = Record<string, unknown>;

/** A file up to this size is read in one request. */
const wholeFileBytes = 1024 * 1024;
/** What is read of the end of a larger file; most footers fit, so that it is one request. */
const suffixBytes = 256 * 1024;
const maxEmptyRows = 64 * 1024;

/** What to read of a file: the table's columns, and how the file names them. */
export interface Projection {
  fields: readonly Field[];
  matching: Matching;
}

export interface ParquetOpenOptions extends CancelOptions {
  /** Keeps what is read of the file's data. */
  cache?: RangeCache | undefined;
  /** A column chunk up to so many bytes is read whole rather than searched for the pages that are needed; default 256 kB. */
  smallChunkBytes?: number | undefined;
}

/** One Parquet file whose footer has been read and checked. */
export class ParquetFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly metadata: FileMetaData;
  readonly #source: FileSource;
  readonly #suffix: ArrayBuffer;
  readonly #footerBytes: number;
  readonly #cache: RangeCache | undefined;
  readonly #smallChunkBytes: number;
  #chunks: ParquetChunks | undefined;

  private constructor(
    source: FileSource,
    path: string,
    bytes: number,
    suffix: ArrayBuffer,
    footerBytes: number,
    { cache, smallChunkBytes = 256 * 1024 }: ParquetOpenOptions,
  ) {
    this.path = path;
    this.bytes = bytes;
    this.#source = source;
    this.#suffix = suffix;
    this.#footerBytes = footerBytes;
    this.#cache = cache;
    this.#smallChunkBytes = smallChunkBytes;
    checkFooter(this.footer);
    this.metadata = withConvertedTypes(parquetMetadata(suffix.slice(suffix.byteLength - footerBytes)));
    this.rows = checkedRows(this.metadata, bytes);
  }

  /** Reads the footer. `bytes` is the length of the file. Throws `protocol` if it is not Parquet. */
  static async open(
    source: FileSource,
    path: string,
    bytes: number,
    options: ParquetOpenOptions = {},
  ): Promise<ParquetFile> {
    const { signal } = options;
    return explained(path, async () => {
      const suffixStart = bytes <= wholeFileBytes ? 0 : bytes - suffixBytes;
      let suffix = await readExactly(source, path, suffixStart, bytes, { signal });
      const footerBytes = footerLength(suffix, bytes);
      if (footerBytes > suffix.byteLength) {
        suffix = await readExactly(source, path, bytes - footerBytes, bytes, { signal });
      }
      return new ParquetFile(source, path, bytes, suffix, footerBytes, options);
    });
  }

  /** The bytes of the file's metadata, a Thrift struct. */
  get footer(): Uint8Array {
    return new Uint8Array(this.#suffix, this.#suffix.byteLength - this.#footerBytes, this.#footerBytes - 8);
  }

  /** The file's own columns. */
  columns(): Field[] {
    try {
      return columnsOf(this.metadata, this.path);
    } catch (error) {
      throw explain(this.path, error);
    }
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
    let start = 0;
    for (const [i, group] of this.metadata.row_groups.entries()) {
      const end = Math.min(start + Number(group.num_rows), limit);
      if (end <= start) break;
      throwIfCancelled(signal);
      // Without a column nothing is read that would show that a count is absurd.
      const step = columns.some(({ stored }) => stored !== undefined) ? end - start : maxEmptyRows;
      for (let from = start; from < end; from += step) {
        const to = Math.min(from + step, end);
        yield await explained(this.path, () => this.#group(i, columns, start, from, to, signal));
      }
      start += Number(group.num_rows);
    }
  }

  /** The rows from `start` up to `end`, which are within the file. Reads only the pages that they are in. */
  async rowsBetween(
    projection: Projection,
    start: number,
    end: number,
    { signal }: CancelOptions = {},
  ): Promise<Row[]> {
    const columns = this.#plan(projection);
    const rows: Row[] = [];
    let groupStart = 0;
    for (const [i, group] of this.metadata.row_groups.entries()) {
      const from = Math.max(start, groupStart);
      const to = Math.min(end, groupStart + Number(group.num_rows));
      if (from < to) {
        throwIfCancelled(signal);
        const first = groupStart;
        for (const row of await explained(this.path, () =>
          this.#group(i, columns, first, from, to, signal, true),
        ))
          rows.push(row);
      }
      groupStart += Number(group.num_rows);
      if (groupStart >= end) break;
    }
    return rows;
  }

  async #group(
    group: number,
    columns: PlannedColumn[],
    groupStart: number,
    start: number,
    end: number,
    signal: AbortSignal | undefined,
    findPages = false,
  ): Promise<Row[]> {
    const stored = [...new Set(columns.flatMap(({ stored }) => (stored === undefined ? [] : [stored])))];
    const parts = new Map<string, { rowStart: number; data: ArrayLike<unknown> }[]>(
      stored.map((name) => [name, []]),
    );
    if (stored.length > 0) {
      const chunks = (this.#chunks ??= new ParquetChunks(this.metadata));
      const isPart = end - start < Number(this.metadata.row_groups[group]!.num_rows);
      const made =
        findPages && isPart
          ? await this.#madeIndexes(chunks, group, stored, end - groupStart, signal)
          : undefined;
      const read = this.#reader(signal);
      await parquetRead({
        file: {
          byteLength: this.bytes,
          slice: (from, to = this.bytes) => made?.buffers.get(from) ?? chunks.read(from, to, read),
        },
        metadata: rawMetadata(made?.metadata ?? this.metadata),
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

  /**
   * Indexes for the column chunks that have none, and the metadata that names them: they lie behind the end of the file.
   * `end` is within the row group.
   */
  async #madeIndexes(
    chunks: ParquetChunks,
    group: number,
    stored: readonly string[],
    end: number,
    signal: AbortSignal | undefined,
  ): Promise<{ metadata: FileMetaData; buffers: Map<number, ArrayBuffer> } | undefined> {
    const without = chunks
      .ofGroup(group)
      .map((chunk, column) => ({ chunk, column }))
      .filter(
        ({ chunk }) =>
          !chunk.index &&
          chunk.column.maxRepetition === 0 &&
          chunk.end - chunk.start > this.#smallChunkBytes &&
          stored.includes(chunk.column.meta.path_in_schema[0]!),
      );
    if (without.length === 0) return undefined;
    const read = this.#reader(signal);
    await Promise.all(without.map(({ chunk }) => chunks.findPages(chunk, end, read)));
    const buffers = new Map<number, ArrayBuffer>();
    const own = this.metadata.row_groups[group]!;
    const columns = [...own.columns];
    let at = this.bytes;
    for (const { chunk, column } of without) {
      const index = encodeOffsetIndex(chunk.pages);
      buffers.set(at, index);
      columns[column] = {
        ...columns[column]!,
        offset_index_offset: BigInt(at),
        offset_index_length: index.byteLength,
      };
      at += index.byteLength;
    }
    const groups = [...this.metadata.row_groups];
    groups[group] = { ...own, columns };
    return { metadata: { ...this.metadata, row_groups: groups }, buffers };
  }

  #reader(signal: AbortSignal | undefined): ReadRange {
    const suffixStart = this.bytes - this.#suffix.byteLength;
    return async (start, end) => {
      if (start >= suffixStart) return this.#suffix.slice(start - suffixStart, end - suffixStart);
      const kept = this.#cache?.get(this.path, start, end);
      if (kept) return kept;
      const data = await readExactly(this.#source, this.path, start, end, { signal });
      this.#cache?.put(this.path, start, data);
      return data;
    };
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
    const nodes = parquetSchema(this.metadata).children;
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

async function explained<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw explain(path, error);
  }
}

function explain(path: string, error: unknown): WorkbenchError {
  if (isWorkbenchError(error, 'not-found')) {
    return new WorkbenchError(
      'not-found',
      `The table's file "${path}" is gone: the table was changed and cleaned up meanwhile, or the file was removed. ` +
        'Open the table again.',
      { cause: error },
    );
  }
  if (error instanceof WorkbenchError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new WorkbenchError('cancelled', 'Cancelled.', { cause: error });
  }
  // What the decoder itself did not foresee has no sentence.
  const isUnforeseen = error instanceof TypeError || error instanceof RangeError;
  const why = isUnforeseen ? 'its content is damaged' : describeError(error);
  const unsupported = /unsupported|not supported/i.test(why);
  return new WorkbenchError(
    unsupported ? 'unsupported' : 'protocol',
    `"${path}" cannot be read as Parquet: ${why}.${unsupported ? ' Read it through Spark.' : ''}`,
    { cause: error },
  );
}
