import * as v from 'valibot';

/** What the page of results and the extension say to each other; each side checks what it is told. */

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const headSchema = v.object({
  id: v.string(),
  /** `silver.py, cell 3`. */
  title: v.string(),
  language: v.picklist(['python', 'sql']),
  state: v.picklist(['waiting', 'running', 'ok', 'error', 'interrupted', 'aborted', 'lost']),
  /** Jupyter's execution count. */
  count: v.optional(count),
  /** Milliseconds since 1970. */
  startedAt: v.number(),
  /** How long it ran, or runs by now; absent before it has begun. */
  tookMs: v.optional(v.number()),
  /** Whether its code stands in a document. */
  canGoTo: v.boolean(),
  /** Whether its outputs are told. */
  isOpen: v.boolean(),
});
export type ShownRun = v.InferOutput<typeof headSchema>;

/** Numbers, texts and nothing: what is no number of JSON is text. By hand, for a table has many. */
export type TableCell = string | number | boolean | null;
function isCell(value: unknown): value is TableCell {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** The value of `application/vnd.medallion.table+json`. */
export const tableSchema = v.object({
  /** The variable that holds it. */
  name: v.nullable(v.string()),
  /** Types as Spark shows them, or pandas. */
  columns: v.array(v.object({ name: v.string(), type: v.string() })),
  /** The first ones. */
  rows: v.array(v.array(v.custom<TableCell>(isCell, 'Expected a cell'))),
  more: v.boolean(),
  /** Of the whole table, where that is known. */
  rowCount: v.nullable(count),
});
export type ShownTable = v.InferOutput<typeof tableSchema>;

export const pictureTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml'] as const;

const frameSchema = v.object({
  /** `silver.py:12`. */
  label: v.string(),
  function: v.string(),
  code: v.string(),
  isOwn: v.boolean(),
});
export type ShownFrame = v.InferOutput<typeof frameSchema>;

const id = count;
const outputSchema = v.variant('kind', [
  /** `lines` are the last ones; their first has the number `from`. Lines from `first` on can be asked for. */
  v.object({
    ...{ kind: v.literal('text'), id, stream: v.picklist(['stdout', 'stderr']) },
    ...{ first: count, from: count, lines: v.array(v.string()) },
  }),
  v.object({ kind: v.literal('plain'), id, text: v.string(), isCut: v.boolean() }),
  /** `data` in base64, SVG as it is. */
  v.object({
    ...{ kind: v.literal('picture'), id, type: v.picklist(pictureTypes) },
    ...{ data: v.string(), alt: v.string() },
  }),
  v.object({ kind: v.literal('table'), id, table: tableSchema }),
  v.object({
    ...{ kind: v.literal('error'), id, name: v.string(), message: v.string() },
    /** The failure, then what it was raised from. */
    parts: v.array(v.object({ text: v.string(), frames: v.array(frameSchema) })),
    /** As Jupyter writes it, with colours. */
    traceback: v.string(),
  }),
  v.object({ kind: v.literal('gap'), id, messages: count }),
]);
export type ShownOutput = v.InferOutput<typeof outputSchema>;

/** As many lines of one text as the page is given without asking. */
export const shownLines = 1_000;
/** As many more as it gets when it asks. */
export const earlierLines = 5_000;

const run = v.string();
export const toResultsPageSchema = v.variant('kind', [
  /** All of them, in their order. */
  v.object({ kind: v.literal('runs'), runs: v.array(headSchema) }),
  /** A new one, or another state of one. */
  v.object({ kind: v.literal('run'), run: headSchema }),
  v.object({ kind: v.literal('removed'), runs: v.array(v.string()) }),
  /** All outputs of a run. `isCut`: earlier ones are not among them. */
  v.object({ kind: v.literal('outputs'), run, outputs: v.array(outputSchema), isCut: v.boolean() }),
  /** A new output, or another value of one. */
  v.object({ kind: v.literal('output'), run, output: outputSchema }),
  /** Takes the place of all lines of a text from `from` on. `first` as above. */
  v.object({
    ...{ kind: v.literal('lines'), run, output: id },
    ...{ first: count, from: count, lines: v.array(v.string()) },
  }),
  /** Lines before those that are shown; the last one has the number `to` - 1. */
  v.object({
    ...{ kind: v.literal('earlier'), run, output: id, first: count, from: count },
    lines: v.array(v.string()),
  }),
  /** What a run is at; empty when that is not known any more. */
  v.object({
    ...{ kind: v.literal('progress'), run, text: v.string() },
    ...{ done: v.optional(count), total: v.optional(count) },
  }),
  /** Brings a run into sight. */
  v.object({ kind: v.literal('show'), run }),
  v.object({ kind: v.literal('reply'), id, ok: v.literal(true) }),
  v.object({ kind: v.literal('reply'), id, ok: v.literal(false), error: v.string() }),
]);
export type ToResultsPage = v.InferOutput<typeof toResultsPageSchema>;

const text = v.pipe(v.string(), v.maxLength(10_000_000));

export const fromResultsPageSchema = v.variant('kind', [
  v.object({ kind: v.literal('ready') }),
  v.object({ kind: v.literal('open'), id, run }),
  v.object({ kind: v.literal('goTo'), id, run }),
  v.object({ kind: v.literal('goToFrame'), id, run, output: count, part: count, frame: count }),
  v.object({ kind: v.literal('copy'), id, run }),
  v.object({ kind: v.literal('copyText'), id, text }),
  v.object({ kind: v.literal('rerun'), id, run }),
  v.object({ kind: v.literal('stop'), id }),
  v.object({ kind: v.literal('clear'), id, run }),
  v.object({ kind: v.literal('clearAll'), id }),
  v.object({ kind: v.literal('openAll'), id, run }),
  v.object({ kind: v.literal('earlier'), id, run, output: count, before: count }),
  v.object({ kind: v.literal('openTable'), id, name: v.string() }),
  v.object({ kind: v.literal('chartTable'), id, name: v.string() }),
]);
export type FromResultsPage = v.InferOutput<typeof fromResultsPageSchema>;
export type ResultsRequest = Exclude<FromResultsPage, { kind: 'ready' }>;
