import * as v from 'valibot';

/** Which table, and what of it, a panel shows; the webview keeps it over a reload of the window. */
export const tableViewSchema = v.object({
  /** The connection, as the authority of `hdfs:` URIs. */
  authority: v.string(),
  path: v.pipe(v.string(), v.startsWith('/')),
  show: v.picklist(['rows', 'history']),
  /** An older version of a Delta table. */
  version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
});
export type TableView = v.InferOutput<typeof tableViewSchema>;

/** What the webview asks for. */
export const tableRequestSchema = v.variant('kind', [
  v.object({ kind: v.literal('refresh') }),
  /** More rows or older versions. */
  v.object({ kind: v.literal('more') }),
  v.object({ kind: v.literal('rows'), version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))) }),
  v.object({ kind: v.literal('history') }),
]);
export type TableRequest = v.InferOutput<typeof tableRequestSchema>;
