import * as v from 'valibot';

/** What the lineage page and the extension say to each other; each side checks what it is told. */

const nodeSchema = v.object({
  id: v.string(),
  kind: v.picklist(['source', 'table', 'chart']),
  /** `orders`. */
  label: v.string(),
  /** `bronze`: in small above the label. */
  group: v.string(),
  column: v.number(),
  /** Below the label: "11,000 rows · 2 min. ago". */
  facts: v.string(),
  /** Beside the group: "stale". */
  note: v.string(),
  /** Below that: the step that writes it, and how it went. */
  step: v.string(),
  state: v.picklist(['none', 'finished', 'failed', 'running', 'waiting', 'stopped']),
  /** `absent`: not there yet. `behind`, `stale`: newer data has not come here; nothing has come for long. */
  freshness: v.picklist(['unknown', 'fresh', 'stale', 'behind', 'absent']),
  /** All of it as one sentence, for screen readers and as the tooltip. */
  sentence: v.string(),
});
export type ShownNode = v.InferOutput<typeof nodeSchema>;

export const toPageSchema = v.object({
  type: v.literal('lineage'),
  title: v.string(),
  /** Why something is missing. */
  message: v.string(),
  nodes: v.array(nodeSchema),
  edges: v.array(v.object({ from: v.string(), to: v.string() })),
});
export type ToPage = v.InferOutput<typeof toPageSchema>;

export const fromPageSchema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('open'), id: v.string() }),
]);
export type FromPage = v.InferOutput<typeof fromPageSchema>;
