import * as v from 'valibot';
import type { ChartSpec } from '../../chart/chartSpec.ts';
import type { ChartChanges, ChartModel } from '../../chart/chartModel.ts';

/** What the extension and the chart page say to each other. Each side checks what arrives. */

const numberFormat = v.object({
  style: v.exactOptional(v.picklist(['decimal', 'compact', 'percent'])),
  decimals: v.exactOptional(v.number()),
});
const encoding = {
  title: v.exactOptional(v.string()),
  unit: v.exactOptional(v.string()),
  format: v.exactOptional(numberFormat),
};
const grain = v.exactOptional(v.picklist(['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']));
const aggregate = v.exactOptional(
  v.picklist(['none', 'sum', 'mean', 'median', 'count', 'distinct', 'min', 'max']),
);
const mark = v.picklist([
  ...(['bar', 'horizontalBar', 'line', 'area', 'scatter', 'pie', 'histogram', 'box', 'heatMap'] as const),
]);
const specSchema = v.object({
  title: v.string(),
  description: v.exactOptional(v.string()),
  source: v.union([
    v.object({ table: v.string(), version: v.exactOptional(v.number()) }),
    v.object({ csv: v.string() }),
    v.object({ sql: v.string() }),
  ]),
  mark,
  x: v.object({ field: v.string(), ...encoding, grain, bins: v.exactOptional(v.number()) }),
  y: v.object({ field: v.exactOptional(v.string()), ...encoding, aggregate, grain }),
  value: v.exactOptional(v.object({ field: v.exactOptional(v.string()), ...encoding, aggregate })),
  color: v.exactOptional(v.object({ field: v.string(), title: v.exactOptional(v.string()) })),
  sort: v.exactOptional(
    v.object({
      by: v.picklist(['x', 'y']),
      order: v.exactOptional(v.picklist(['ascending', 'descending'])),
    }),
  ),
  top: v.exactOptional(v.object({ count: v.number(), other: v.exactOptional(v.boolean()) })),
});

/** Numbers travel as they are in memory: a million of them as JSON would take seconds. */
const numbers: v.GenericSchema<Float64Array> = v.instance(Float64Array);

const columnsSchema = v.array(v.object({ name: v.string(), type: v.string() }));

export const sourceSchema = v.object({
  /** As the chart file names it. */
  text: v.string(),
  version: v.optional(v.number()),
  /** When that version was written, in ms since 1970. */
  changedAt: v.optional(v.number()),
  /** SQL: then it is the time at which it was run, and there is no table to open. */
  isQuery: v.optional(v.boolean()),
});
export type ShownSource = v.InferOutput<typeof sourceSchema>;

export const modelSchema = v.object({
  mark,
  title: v.string(),
  description: v.string(),
  x: v.object({
    title: v.string(),
    kind: v.picklist(['category', 'number', 'time']),
    format: numberFormat,
    grain,
  }),
  y: v.object({ title: v.string(), format: numberFormat }),
  rows: v.exactOptional(v.object({ title: v.string() })),
  categories: v.array(v.string()),
  at: numbers,
  edges: v.exactOptional(numbers),
  series: v.array(v.object({ name: v.string(), y: numbers, boxes: v.exactOptional(numbers) })),
  isSplit: v.boolean(),
  isSparse: v.boolean(),
  summary: v.string(),
  notes: v.array(v.string()),
});

const changesSchema = v.object({
  series: v.array(v.object({ before: numbers })),
  came: v.array(v.string()),
  went: v.array(v.string()),
  cameCount: v.number(),
  wentCount: v.number(),
  changedCount: v.number(),
  sentence: v.string(),
});

const chartSchema = v.object({
  kind: v.literal('chart'),
  /** How the user knows it: `deliveriescount`. */
  name: v.string(),
  spec: specSchema,
  model: modelSchema,
  /** What the controls let choose from. */
  columns: columnsSchema,
  source: sourceSchema,
  /** Against the version before, where that was asked for. */
  changes: v.optional(changesSchema),
  canEdit: v.boolean(),
  /** BCP 47. */
  language: v.string(),
});
export type ChartMessage = v.InferOutput<typeof chartSchema>;

const failedSchema = v.object({
  kind: v.literal('failed'),
  name: v.string(),
  sentences: v.array(v.string()),
  /** With both, the controls stay: they may mend it. */
  spec: v.optional(specSchema),
  columns: v.optional(columnsSchema),
  /** A session is what is missing. */
  needsSession: v.optional(v.boolean()),
});
export type FailedMessage = v.InferOutput<typeof failedSchema>;

export const toChartPageSchema = v.variant('kind', [
  v.object({ kind: v.literal('reading'), name: v.string() }),
  chartSchema,
  failedSchema,
  v.object({ kind: v.literal('reply'), id: v.number(), ok: v.literal(true) }),
  v.object({ kind: v.literal('reply'), id: v.number(), ok: v.literal(false), error: v.string() }),
]);
export type ToChartPage = v.InferOutput<typeof toChartPageSchema>;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const json: v.GenericSchema<Json> = v.lazy(() =>
  v.union([v.null(), v.boolean(), v.number(), v.string(), v.array(json), v.record(v.string(), json)]),
);

const id = v.number();

/** A request that has an id is answered by a reply, or fails within a time. */
export const fromChartPageSchema = v.variant('kind', [
  v.object({ kind: v.literal('ready') }),
  v.object({
    kind: v.literal('edit'),
    id,
    /** Values of the chart's file to set, or, without a value, to take out. */
    changes: v.array(
      v.object({ path: v.array(v.union([v.string(), v.number()])), value: v.exactOptional(json) }),
    ),
  }),
  v.object({
    kind: v.literal('save'),
    id,
    format: v.picklist(['png', 'svg', 'csv']),
    /** A PNG in base64; the others are made by the host. */
    data: v.exactOptional(v.string()),
  }),
  v.object({ kind: v.literal('copy'), id, format: v.picklist(['markdown', 'csv']) }),
  v.object({ kind: v.literal('compare'), id, on: v.boolean() }),
  v.object({ kind: v.picklist(['refresh', 'openTable', 'openText', 'startSession']), id }),
]);
export type FromChartPage = v.InferOutput<typeof fromChartPageSchema>;
export type ChartChange = Extract<FromChartPage, { kind: 'edit' }>['changes'][number];

/** The schemas and the chart's own types say the same; this fails to compile where they do not. */
type Same<A extends B, B> = [A, B];
export type Checked = [
  Same<ChartMessage['spec'], ChartSpec>,
  Same<ChartMessage['model'], ChartModel>,
  Same<NonNullable<ChartMessage['changes']>, ChartChanges>,
  Same<ChartSpec, ChartMessage['spec']>,
  Same<ChartModel, ChartMessage['model']>,
  Same<keyof ChartSpec, keyof ChartMessage['spec']>,
  Same<keyof ChartModel, keyof ChartMessage['model']>,
  Same<keyof ChartChanges, keyof NonNullable<ChartMessage['changes']>>,
];
