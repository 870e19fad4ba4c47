import { WorkbenchError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import type { FileSource } from '../lake/fileSource.ts';
import { chartFields, sourceName } from './chartFields.ts';
import type { ChartSpec } from './chartSpec.ts';
import type { ChartRow } from './chartModel.ts';

/** The rows that a chart draws, and where they come from. */
export interface ChartData {
  rows: readonly ChartRow[];
  /** All of the source, for who chooses among them. `type` is Spark's. */
  columns: { name: string; type: string }[];
  /** As the chart file calls it: `gold/deliveriescount`. */
  source: string;
  /** The table's path on HDFS; undefined for a CSV. */
  table?: string;
  /** Delta's. */
  version?: number;
  /** Of a query, when it was run. */
  changedAt: Date;
  isQuery?: boolean;
}

/** The first rows of a query. */
export interface QueryRows {
  rows: readonly ChartRow[];
  columns: { name: string; type: string }[];
  /** Whether there are more than were asked for. */
  hasMore: boolean;
}

/** Where the names in a chart file lead. */
export interface ChartPlaces {
  /** `gold/orders` or a whole path: a path in the lake. */
  tablePath(name: string): string;
  lake(): Promise<FileSource>;
  /** A path beside the chart file: the files that it lies in, and its path there. */
  beside(path: string): Promise<{ files: FileSource; path: string }>;
  /** Runs a query in the warm session; not there where none runs. Rows have `fields`, or all where some are missing. */
  query?:
    | ((
        sql: string,
        options: { limit: number; fields: readonly string[]; signal?: AbortSignal | undefined },
      ) => Promise<QueryRows>)
    | undefined;
}

export interface ReadSourceOptions {
  maxRows: number;
  signal?: AbortSignal | undefined;
  /** Of a table, instead of the one in the file or the newest. */
  version?: number | undefined;
}

/**
 * Reads the columns that a chart draws. Throws `invalid` for more than `maxRows` rows, `not-found` for SQL where no
 * session runs, and what opening a table or file, or the query, throws.
 */
export async function readSource(
  spec: ChartSpec,
  places: ChartPlaces,
  options: ReadSourceOptions,
): Promise<ChartData> {
  const { source } = spec;
  if ('table' in source) return readTable(spec, source, places, options);
  if ('csv' in source) return readCsv(source.csv, places, options);
  return readQuery(spec, source.sql, places, options);
}

async function readTable(
  spec: ChartSpec,
  source: { table: string; version?: number },
  places: ChartPlaces,
  { maxRows, signal, version = source.version }: ReadSourceOptions,
): Promise<ChartData> {
  const { openTable } = await import('../lake/table.ts');
  const path = places.tablePath(source.table);
  const table = await openTable(await places.lake(), path, { signal, version });
  if ((table.rows ?? 0) > maxRows) throw tooMany(source.table, table.rows ?? 0);
  const known = new Set(table.columns.map(({ name }) => name));
  const fields = chartFields(spec);
  // A field that is missing is named by whoever draws, who is to have the names of the others.
  const columns = fields.every((name) => known.has(name)) ? fields : undefined;
  return {
    rows: await table.head(maxRows, { signal, columns }),
    columns: table.columns.map(({ name, type }) => ({ name, type })),
    source: source.table,
    table: path,
    ...(table.version === undefined ? {} : { version: table.version }),
    changedAt: table.lastChange,
  };
}

async function readCsv(
  csv: string,
  places: ChartPlaces,
  { maxRows, signal }: ReadSourceOptions,
): Promise<ChartData> {
  const { openPreview } = await import('../lake/preview/openPreview.ts');
  const { files, path } = csv.startsWith('/')
    ? { files: await places.lake(), path: csv }
    : await places.beside(csv);
  const preview = await openPreview(files, path, { signal });
  const rows = await preview.rows(0, maxRows + 1, { signal });
  if (rows.length > maxRows) throw tooMany(csv, rows.length);
  return {
    rows,
    columns: preview.columns.map(({ name, type }) => ({ name, type })),
    source: csv,
    changedAt: preview.lastChange,
  };
}

async function readQuery(
  spec: ChartSpec,
  sql: string,
  { query }: ChartPlaces,
  { maxRows, signal }: ReadSourceOptions,
): Promise<ChartData> {
  if (!query) throw noSession();
  const { rows, columns, hasMore } = await query(sql, { limit: maxRows, fields: chartFields(spec), signal });
  if (hasMore) {
    throw new WorkbenchError(
      'invalid',
      `The query has more than ${formatCount(maxRows)} rows: let it sum them up.`,
    );
  }
  return { rows, columns, source: sourceName(spec), changedAt: new Date(), isQuery: true };
}

export function noSession(): WorkbenchError {
  return new WorkbenchError(
    'not-found',
    'A chart of SQL is drawn through the warm session, and none runs: start it in the editor (Medallion: Start Session).',
  );
}

function tooMany(source: string, rows: number): WorkbenchError {
  return new WorkbenchError(
    'invalid',
    `${source} has ${formatCount(rows)} rows: draw a table that sums them up.`,
  );
}
