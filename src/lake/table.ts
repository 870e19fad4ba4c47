import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import { ahead } from './ahead.ts';
import { typeText, type Field } from './dataType.ts';
import type { Commit } from './deltaLog.ts';
import { openDelta } from './deltaTable.ts';
import type { CancelOptions, FileSource } from './fileSource.ts';
import { joinPath } from './hdfsPath.ts';
import { openParquet } from './parquetTable.ts';
import { ParquetFile, type Row } from './parquetFile.ts';
import { set } from './parquetSchema.ts';
import type { TableContent, TableFile } from './tableContent.ts';

export type { Row } from './parquetFile.ts';
export type { Commit } from './deltaLog.ts';
export type { TableFile } from './tableContent.ts';

export interface Column {
  name: string;
  /** As Spark shows it: `bigint`, `array<struct<a:int>>`. */
  type: string;
  nullable: boolean;
  comment?: string;
}

export interface ReadRowsOptions extends CancelOptions {
  /** At most so many. */
  limit?: number | undefined;
  /** Only these columns are read; default all. */
  columns?: readonly string[] | undefined;
}

/** How many files are opened ahead of the one that is read. */
const filesAtOnce = 4;

/** A table at one version. What was read of its log is kept; its rows are read when asked for. */
export class Table {
  readonly path: string;
  readonly format: 'delta' | 'parquet';
  /** Delta's version. */
  readonly version?: number;
  readonly lastChange: Date;
  readonly columns: Column[];
  readonly partitionColumns: string[];
  /** Newest commit first, and within a commit in the order of Spark's partitions. */
  readonly files: TableFile[];
  /** Undefined if a file does not tell. */
  readonly rows?: number;
  readonly bytes: number;
  /** The last version that each application committed (`txnAppId` of Delta's writers). */
  readonly transactions: ReadonlyMap<string, number>;
  /** What the log or the listing says of the table. */
  readonly content: TableContent;
  readonly #source: FileSource;

  constructor(source: FileSource, content: TableContent) {
    this.#source = source;
    this.content = content;
    this.path = content.path;
    this.format = content.format;
    if (content.version !== undefined) this.version = content.version;
    this.lastChange = content.lastChange;
    this.columns = content.fields.map(toColumn);
    this.partitionColumns = content.partitionColumns;
    this.files = content.files;
    let rows: number | undefined = 0;
    for (const file of content.files)
      rows = rows === undefined || file.rows === undefined ? undefined : rows + file.rows;
    if (rows !== undefined) this.rows = rows;
    this.bytes = content.files.reduce((sum, file) => sum + file.bytes, 0);
    this.transactions = content.transactions ?? new Map<string, number>();
  }

  /** The first rows; reads only the files, row groups and pages that they are in. */
  async head(limit: number, options: Omit<ReadRowsOptions, 'limit'> = {}): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.rowsIn({ ...options, limit })) rows.push(row);
    return rows;
  }

  /** All rows, a row group in memory at a time. Throws `not-found` if a file was cleaned up meanwhile. */
  async *rowsIn(options: ReadRowsOptions = {}): AsyncGenerator<Row, void, undefined> {
    const { limit = Infinity, columns, signal } = options;
    const fields = this.fieldsOf(columns);
    let left = limit;
    if (left <= 0) return;
    const open = async (file: TableFile): Promise<[TableFile, ParquetFile]> => [
      file,
      await ParquetFile.open(this.#source, file.path, file.bytes, { signal }),
    ];
    for await (const [file, parquet] of ahead(this.#filesFor(limit), filesAtOnce, open)) {
      const inFile = fields.filter(({ name }) => !Object.hasOwn(file.partition, name));
      for await (const rows of parquet.read(
        { fields: inFile, matching: this.content.matching },
        { limit: left, signal },
      )) {
        for (const row of rows) {
          yield inFile.length === fields.length ? row : inOrder(fields, row, file.partition);
          if (--left <= 0) return;
        }
      }
    }
  }

  /** The last commits, newest first. Empty for plain Parquet. */
  async history(limit = 20, options: CancelOptions = {}): Promise<Commit[]> {
    return (await this.content.history?.(limit, options)) ?? [];
  }

  /** The table's columns, or those of these names. Throws `invalid` for a name that it has not. */
  fieldsOf(columns: readonly string[] | undefined): readonly Field[] {
    if (!columns) return this.content.fields;
    return columns.map((name) => {
      const field = this.content.fields.find((candidate) => candidate.name === name);
      if (!field) {
        const known = this.columns.map((column) => column.name).join(', ');
        throw new WorkbenchError('invalid', `"${this.path}" has no column "${name}". It has: ${known}.`);
      }
      return field;
    });
  }

  /** No more files than can be needed, so that none is opened in vain. */
  *#filesFor(limit: number): Generator<TableFile, void, undefined> {
    let known = 0;
    for (const file of this.files) {
      if (known >= limit) return;
      if (file.rows === 0) continue;
      yield file;
      known += file.rows ?? 0;
    }
  }
}

function toColumn({ name, type, nullable, comment }: Field): Column {
  return { name, type: typeText(type), nullable, ...(comment !== undefined && { comment }) };
}

/** A row with the values of its file and of its partition, in the order of `fields`. */
export function inOrder(fields: readonly Field[], row: Row, partition: Row): Row {
  const whole: Row = {};
  for (const { name } of fields)
    set(whole, name, Object.hasOwn(partition, name) ? partition[name] : row[name]);
  return whole;
}

/**
 * Opens a table by its path: Delta (a directory with `_delta_log`), a directory of Parquet files, with or without
 * partition directories, or one Parquet file. `version` asks for an older version of a Delta table, `statistics`
 * keeps what its log says of the files' values. Throws
 * `not-found` if there is no table, `unsupported` for a feature that only Spark can read, `protocol` for damage.
 */
export async function openTable(
  source: FileSource,
  path: string,
  options: CancelOptions & { version?: number | undefined; statistics?: boolean | undefined } = {},
): Promise<Table> {
  const { version, signal, statistics } = options;
  const clean = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const status = await source.stat(clean, { signal });
  const isDelta =
    status.type === 'DIRECTORY' && (await isDirectory(source, joinPath(clean, '_delta_log'), { signal }));
  if (isDelta) return new Table(source, await openDelta(source, clean, { version, signal, statistics }));
  if (version !== undefined) {
    throw new WorkbenchError('invalid', `"${clean}" is not a Delta table, so it has no versions.`);
  }
  return new Table(source, await openParquet(source, status, { signal }));
}

async function isDirectory(source: FileSource, path: string, options: CancelOptions): Promise<boolean> {
  try {
    return (await source.stat(path, options)).type === 'DIRECTORY';
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return false;
    throw error;
  }
}
