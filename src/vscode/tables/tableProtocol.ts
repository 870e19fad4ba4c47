import * as v from 'valibot';

/** What the table page and the extension say to each other; each side checks what it is told. */

/**
 * A value on its way to the page; messages are JSON. Nothing is rounded: what a number of JSON cannot hold is text.
 *   float      NaN, Infinity, -Infinity, -0
 *   long       an integer beyond 2^53
 *   decimal    all its digits
 *   timestamp  microseconds since 1970, so that the page shows it in any zone
 *   binary     its first bytes in hexadecimal digits
 *   nested     JSON, cut
 *   text       the beginning of a text that is too long to send
 */
export type WireCell =
  | null
  | boolean
  | number
  | string
  | { t: 'float' | 'long' | 'decimal' | 'timestamp'; text: string }
  /** `size` in bytes. */
  | { t: 'binary'; text: string; size: number }
  /** `size` in elements or fields. */
  | { t: 'nested'; text: string; size: number }
  /** `size` in UTF-16 units. */
  | { t: 'text'; text: string; size: number };

/** The parts of a nested value. */
export type WireTree =
  | { kind: 'leaf'; value: WireCell }
  /** `size` tells how many there are, `parts` are the first of them; names of a list are its positions. */
  | { kind: 'list' | 'struct'; size: number; parts: { name: string; tree: WireTree }[] };

const short = new Set(['float', 'long', 'decimal', 'timestamp']);
const long = new Set(['binary', 'nested', 'text']);

/** By hand, for a window of rows has many. */
function isWireCell(value: unknown): value is WireCell {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || !('t' in value) || !('text' in value)) return false;
  if (typeof value.t !== 'string' || typeof value.text !== 'string') return false;
  return short.has(value.t) || (long.has(value.t) && 'size' in value && typeof value.size === 'number');
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const cell = v.custom<WireCell>(isWireCell, 'Expected a cell');
const tree: v.GenericSchema<WireTree> = v.variant('kind', [
  v.object({ kind: v.literal('leaf'), value: cell }),
  v.object({
    kind: v.picklist(['list', 'struct']),
    size: count,
    parts: v.array(v.object({ name: v.string(), tree: v.lazy(() => tree) })),
  }),
]);

/** As many rows as one request may ask for. */
export const maxRowsPerRequest = 1_000;
/** As many rows as one copy may take. */
export const maxCopiedRows = 50_000;
const maxColumnsPerRequest = 1_000;
const columns = v.pipe(v.array(count), v.maxLength(maxColumnsPerRequest));

const columnSchema = v.object({
  name: v.string(),
  /** As Spark shows it. */
  type: v.string(),
  nullable: v.boolean(),
  comment: v.optional(v.string()),
  isPartition: v.optional(v.boolean()),
  /** Of the whole table, from the statistics of its files. */
  nullCount: v.optional(count),
  min: v.optional(cell),
  max: v.optional(cell),
});
export type TableColumn = v.InferOutput<typeof columnSchema>;

/** What the side panel can show besides schema and statistics, as the table has it. */
export const detailSchema = v.picklist(['rowGroups', 'metadata', 'partitions', 'history']);
export type Detail = v.InferOutput<typeof detailSchema>;

const rowCountSchema = v.object({
  /** Known to be there. */
  rows: count,
  isFinal: v.boolean(),
  /** While it is not final: how many there may be. */
  estimate: v.optional(count),
});
export type WireRowCount = v.InferOutput<typeof rowCountSchema>;

/** Statistics of one column over the rows that were read. */
const statisticsSchema = v.object({
  column: count,
  /** How many rows were looked at, and how many of them have no value. */
  rows: count,
  nulls: count,
  distinct: v.optional(v.object({ count, isLimited: v.boolean() })),
  min: v.optional(cell),
  max: v.optional(cell),
  mean: v.optional(v.number()),
  /** Counts of equal steps from `from` to `to`: numbers, or milliseconds since 1970. */
  bins: v.optional(
    v.object({ from: v.number(), to: v.number(), isTime: v.boolean(), counts: v.array(count) }),
  ),
  /** The most frequent values, the first one the most. */
  top: v.optional(v.array(v.object({ value: cell, count }))),
});
export type ColumnStatistics = v.InferOutput<typeof statisticsSchema>;

const commitSchema = v.object({
  version: count,
  /** Milliseconds since 1970. */
  at: v.number(),
  operation: v.string(),
  rows: v.optional(v.number()),
  files: v.optional(v.number()),
  parameters: v.string(),
});
export type WireCommit = v.InferOutput<typeof commitSchema>;

const listSchema = v.object({
  kind: v.literal('list'),
  heads: v.array(v.object({ title: v.string(), isNumeric: v.boolean() })),
  rows: v.array(v.array(cell)),
  /** How many there are, where `rows` are only the first. */
  total: count,
});
export type WireList = v.InferOutput<typeof listSchema>;

const rowsSchema = v.object({
  kind: v.literal('rows'),
  /** Each with the columns that were asked for. */
  rows: v.array(v.array(cell)),
  rowCount: rowCountSchema,
});

const differenceSchema = v.object({
  kind: v.literal('difference'),
  /** The version that the shown one is compared with. */
  version: count,
  added: count,
  removed: count,
  /** Columns that only the shown version has, and only the other. */
  columnsAdded: v.array(v.string()),
  columnsRemoved: v.array(v.string()),
  /** Names of what the rows below have. */
  columns: v.array(v.string()),
  addedRows: v.array(v.array(cell)),
  removedRows: v.array(v.array(cell)),
  /** Why this is not the whole truth; empty if it is. */
  note: v.string(),
});
export type Difference = v.InferOutput<typeof differenceSchema>;

const wholeCellSchema = v.object({
  kind: v.literal('cell'),
  value: cell,
  tree: v.optional(tree),
  /** Of a long text, or of bytes in hexadecimal digits: as much as is shown. */
  text: v.optional(v.string()),
  /** Text: UTF-16 units; binary: bytes; nested: parts. */
  size: v.optional(count),
});
export type WholeCell = v.InferOutput<typeof wholeCellSchema>;

export const answerSchema = v.variant('kind', [
  rowsSchema,
  wholeCellSchema,
  v.object({ kind: v.literal('statistics'), columns: v.array(statisticsSchema) }),
  listSchema,
  v.object({ kind: v.literal('history'), commits: v.array(commitSchema), hasMore: v.boolean() }),
  differenceSchema,
  v.object({ kind: v.literal('done') }),
]);
export type Answer = v.InferOutput<typeof answerSchema>;

const tableSchema = v.object({
  kind: v.literal('table'),
  name: v.string(),
  format: v.string(),
  columns: v.array(columnSchema),
  rowCount: rowCountSchema,
  bytes: count,
  /** Milliseconds since 1970. */
  changedAt: v.number(),
  version: v.optional(count),
  /** Whether a newer version than the shown one may be there: an older one was asked for. */
  isPast: v.boolean(),
  notes: v.array(v.string()),
  facts: v.array(v.object({ label: v.string(), value: v.string() })),
  details: v.array(detailSchema),
  /** Whether a warm session is there, which sorts and filters the whole table. */
  session: v.boolean(),
  /** Its time zone, an IANA name. */
  sessionZone: v.optional(v.string()),
  canChart: v.boolean(),
});
export type TableMessage = v.InferOutput<typeof tableSchema>;

export const toTablePageSchema = v.variant('kind', [
  /** `what` is being read: a path. */
  v.object({ kind: v.literal('reading'), name: v.string(), what: v.string() }),
  tableSchema,
  v.object({ kind: v.literal('grown'), rowCount: rowCountSchema }),
  /** What is shown is no longer what is there. */
  v.object({ kind: v.literal('changed'), sentence: v.string() }),
  /** A warm session came or went. */
  v.object({ kind: v.literal('session'), session: v.boolean(), sessionZone: v.optional(v.string()) }),
  /** Opens this part of the side panel. */
  v.object({ kind: v.literal('show'), detail: detailSchema }),
  v.object({ kind: v.literal('failed'), name: v.string(), sentences: v.array(v.string()) }),
  v.object({ kind: v.literal('reply'), id: count, ok: v.literal(true), answer: answerSchema }),
  v.object({ kind: v.literal('reply'), id: count, ok: v.literal(false), error: v.string() }),
]);
export type ToTablePage = v.InferOutput<typeof toTablePageSchema>;

export const filterSchema = v.object({
  column: count,
  is: v.picklist(['contains', 'equals', 'less', 'greater', 'null', 'notNull']),
  /** As the person wrote it; empty for the two that need none. */
  value: v.string(),
});
export type Filter = v.InferOutput<typeof filterSchema>;

export const sortSchema = v.object({ column: count, descending: v.boolean() });
export type Sort = v.InferOutput<typeof sortSchema>;

const id = count;
const range = v.tuple([count, count]);

export const fromTablePageSchema = v.variant('kind', [
  v.object({ kind: v.literal('ready') }),
  /** The page does not need the rows of this ticket any more. */
  v.object({ kind: v.literal('cancel'), ticket: count }),
  v.pipe(
    v.object({ kind: v.literal('rows'), id, ticket: count, start: count, end: count, columns }),
    v.check(({ start, end }) => start <= end && end - start <= maxRowsPerRequest, 'Too many rows'),
  ),
  /** The whole value. */
  v.object({ kind: v.literal('cell'), id, row: count, column: count }),
  v.object({ kind: v.literal('statistics'), id, columns }),
  /** Rows in the order in which they are shown, as ranges; the text goes to the clipboard. */
  v.object({
    kind: v.literal('copy'),
    id,
    format: v.picklist(['tsv', 'csv', 'markdown']),
    ranges: v.pipe(v.array(range), v.maxLength(maxCopiedRows)),
    columns,
  }),
  v.object({ kind: v.literal('detail'), id, detail: v.picklist(['rowGroups', 'metadata', 'partitions']) }),
  v.object({ kind: v.literal('history'), id, limit: v.pipe(positive, v.maxValue(1_000)) }),
  /** Shows this version in place of the one that is shown; without one, the newest. */
  v.object({ kind: v.literal('openVersion'), id, version: v.optional(count) }),
  v.object({ kind: v.literal('compare'), id, version: count }),
  v.object({ kind: v.literal('refresh'), id }),
  v.object({ kind: v.literal('chart'), id }),
  /** Rows of the whole table, by the session. */
  v.object({
    kind: v.literal('whole'),
    id,
    ticket: count,
    start: count,
    end: count,
    columns,
    sort: v.optional(sortSchema),
    filters: v.pipe(v.array(filterSchema), v.maxLength(100)),
    search: v.string(),
    /** That times are written in, in filters. */
    zone: v.string(),
    /** BCP 47: in which the page writes numbers. */
    language: v.string(),
  }),
]);
export type FromTablePage = v.InferOutput<typeof fromTablePageSchema>;
export type TableRequest = Extract<FromTablePage, { id: number }>;
export type WholeRequest = Extract<FromTablePage, { kind: 'whole' }>;
