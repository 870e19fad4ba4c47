import * as v from 'valibot';
import { modelSchema, sourceSchema } from './chartProtocol.ts';

/** What the extension and the page of a dashboard say to each other. Each side checks what arrives. */

const index = v.pipe(v.number(), v.integer(), v.minValue(0));

export const toDashboardPageSchema = v.variant('kind', [
  /** The layout; each chart follows when it has been read. */
  v.object({
    kind: v.literal('dashboard'),
    title: v.string(),
    description: v.string(),
    columns: v.number(),
    charts: v.array(v.object({ name: v.string(), width: v.number() })),
    /** BCP 47. */
    language: v.string(),
  }),
  v.object({ kind: v.literal('chart'), index, model: modelSchema, source: sourceSchema }),
  v.object({ kind: v.literal('chartFailed'), index, sentence: v.string() }),
  /** The file itself cannot be read. */
  v.object({ kind: v.literal('failed'), name: v.string(), sentence: v.string() }),
  v.object({ kind: v.literal('reply'), id: v.number(), ok: v.literal(true) }),
  v.object({ kind: v.literal('reply'), id: v.number(), ok: v.literal(false), error: v.string() }),
]);
export type ToDashboardPage = v.InferOutput<typeof toDashboardPageSchema>;

export const fromDashboardPageSchema = v.variant('kind', [
  v.object({ kind: v.literal('ready') }),
  v.object({ kind: v.picklist(['refresh', 'openText']), id: v.number() }),
  v.object({ kind: v.picklist(['openChart', 'openTable']), id: v.number(), index }),
]);
export type FromDashboardPage = v.InferOutput<typeof fromDashboardPageSchema>;
