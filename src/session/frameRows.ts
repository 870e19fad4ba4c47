import * as v from 'valibot';
import type { CancelOptions } from '../lake/fileSource.ts';
import { set } from '../lake/parquetSchema.ts';
import type { Row } from '../lake/table.ts';
import { readAnswer } from './readAnswer.ts';
import { rowValue } from './rowValues.ts';
import type { WarmSession } from './sessionTypes.ts';

/** Whose rows are wanted. */
export type RowSource =
  | { table: { path: string; format: 'delta' | 'parquet'; version?: number } }
  /** A frame of Spark's or of pandas'. */
  | { variable: string }
  | { sql: string };

/** A session, as far as rows are asked of it. */
export type Asked = Pick<WarmSession, 'ask'>;

export interface FrameColumn {
  name: string;
  /** As Spark shows it. */
  type: string;
  nullable: boolean;
}

/** What is shown of a source, and in which order; the page's own options say what they mean. */
export interface FrameView {
  sort?: { column: number; descending: boolean } | undefined;
  filters: readonly { column: number; is: string; value: string }[];
  search: string;
  /** IANA name: in which times are written. */
  zone: string;
  /** BCP 47: in which numbers are written. */
  language: string;
}

export interface FrameRowsRequest {
  source: RowSource;
  /** Names the opening of the source: its views go on showing what they showed first. */
  opened: string;
  start: number;
  end: number;
  /** Names of the columns as the page knows them, which a table must have. */
  columns?: readonly string[] | undefined;
  /** Numbers of the columns that are wanted; default all. */
  only?: readonly number[] | undefined;
  view?: FrameView | undefined;
  /** Counts all rows, which takes a pass over them. */
  count?: boolean;
  /** Long values are wanted as their beginnings only. */
  cut?: boolean;
}

export interface FrameRows {
  /** Values as values.ts says, or a `CutValue`. */
  rows: unknown[][];
  rowCount: { rows: number; isFinal: boolean };
}

/** Behind a cell that runs, and over all rows of a table. */
const rowsTimeoutMs = 900_000;
const shortTimeoutMs = 120_000;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const columnSchema = v.object({ name: v.string(), type: v.string(), nullable: v.boolean() });
const columnsSchema = v.object({
  kind: v.picklist(['spark', 'pandas']),
  columns: v.array(columnSchema),
  rows: v.nullable(count),
  bytes: v.nullable(count),
});
const rowsSchema = v.object({
  rows: v.array(v.array(v.unknown())),
  rowCount: v.object({ rows: count, isFinal: v.boolean() }),
});
const queryRowsSchema = v.object({
  columns: v.array(v.object({ name: v.string(), type: v.string() })),
  fields: v.array(count),
  values: v.array(v.array(v.unknown())),
  rows: count,
  more: v.boolean(),
});
const viewSchema = v.object({ name: v.string(), sql: v.string() });

export type FrameFacts = v.InferOutput<typeof columnsSchema>;

/** The columns of a source. All of these throw what `ask` throws: `invalid` with the kernel's own sentence. */
export async function askColumns(
  session: Asked,
  source: RowSource,
  { signal }: CancelOptions = {},
): Promise<FrameFacts> {
  return ask(session, 'columns', columnsSchema, { source }, shortTimeoutMs, signal);
}

export async function askRows(
  session: Asked,
  request: FrameRowsRequest,
  { signal }: CancelOptions = {},
): Promise<FrameRows> {
  const { source, opened, start, end, columns, only, view, count: counts, cut } = request;
  const args = {
    ...{ source, opened, start, end },
    ...(columns && { names: columns }),
    ...(only && { only }),
    ...(view && viewArguments(view)),
    ...(counts && { count: true }),
    ...(cut && { cut: true }),
  };
  const { rows, rowCount } = await ask(session, 'rows', rowsSchema, args, rowsTimeoutMs, signal);
  return { rows: rows.map((row) => row.map((value) => rowValue(value))), rowCount };
}

/** Lets the session forget what it keeps of an opening. */
export async function releaseRows(session: Asked, opened: string): Promise<void> {
  await session.ask('release', { opened }, { timeoutMs: shortTimeoutMs });
}

export interface QueryRows {
  rows: Row[];
  /** All of the query; rows have those of `fields`, or all where the query has not all of them. */
  columns: { name: string; type: string }[];
  /** Whether the query has more rows than these. */
  hasMore: boolean;
}

/** The first `limit` rows of a query; what is no query is refused. */
export async function askQueryRows(
  session: Asked,
  sql: string,
  { limit, fields, signal }: { limit: number; fields: readonly string[]; signal?: AbortSignal | undefined },
): Promise<QueryRows> {
  const answer = await ask(
    session,
    'chartRows',
    queryRowsSchema,
    { sql, limit, fields },
    rowsTimeoutMs,
    signal,
  );
  const names = answer.fields.map((field) => answer.columns[field]?.name);
  const rows = Array.from({ length: answer.rows }, (_row, i) => {
    const row: Row = {};
    names.forEach((name, column) => {
      if (name !== undefined) set(row, name, rowValue(answer.values[column]?.[i] ?? null));
    });
    return row;
  });
  return { rows, columns: answer.columns, hasMore: answer.more };
}

/** Makes a frame known to SQL, as long as the session lives; gives the query for all of it. */
export async function askView(
  session: Asked,
  variable: string,
  { signal }: CancelOptions = {},
): Promise<{ name: string; sql: string }> {
  return ask(session, 'view', viewSchema, { variable }, shortTimeoutMs, signal);
}

function viewArguments({ sort, filters, search, zone, language }: FrameView): object {
  const parts = new Intl.NumberFormat(language).formatToParts(-1_234_567.8);
  const sign = (type: 'group' | 'decimal'): string => parts.find((part) => part.type === type)?.value ?? '';
  const [group, point] = [sign('group'), sign('decimal')];
  return {
    ...(sort && { sort }),
    ...{ filters, search, zone },
    ...(group.length === 1 && point.length === 1 && { group, point }),
  };
}

async function ask<T>(
  session: Asked,
  name: string,
  schema: v.GenericSchema<unknown, T>,
  args: object,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const answer = await session.ask(name, args, { timeoutMs, ...(signal && { signal }) });
  return readAnswer(schema, answer, "The session's answer about rows");
}
