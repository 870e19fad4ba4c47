import * as v from 'valibot';
import type { ViewOptions } from './tableView.ts';

const keptViewSchema = v.object({
  sort: v.optional(v.object({ column: v.string(), descending: v.boolean() })),
  filters: v.array(
    v.object({
      column: v.string(),
      is: v.picklist(['contains', 'equals', 'less', 'greater', 'null', 'notNull']),
      value: v.string(),
    }),
  ),
  search: v.string(),
});
type KeptView = v.InferOutput<typeof keptViewSchema>;

/** What the page keeps over being hidden and over a reload of the window. Columns are told by name: others may come. */
const pageStateSchema = v.object({
  topRow: v.optional(v.number(), 0),
  leftPx: v.optional(v.number(), 0),
  active: v.optional(v.object({ row: v.number(), column: v.string() })),
  view: v.optional(keptViewSchema, { filters: [], search: '' }),
  /** How many rows were loaded for sort, filter and search. */
  loadRows: v.optional(v.number(), 1_000),
  panel: v.optional(v.string()),
  zone: v.optional(v.string(), 'UTC'),
  widths: v.optional(v.record(v.string(), v.number()), {}),
});
export type PageState = v.InferOutput<typeof pageStateSchema>;

/** What was kept, or the beginning where that cannot be read. */
export function readPageState(kept: unknown): PageState {
  const parsed = v.safeParse(pageStateSchema, kept ?? {});
  return parsed.success ? parsed.output : v.parse(pageStateSchema, {});
}

type Columns = readonly { name: string }[];

/** The view that was kept, as far as the table has its columns. */
export function keptOptions({ view }: PageState, columns: Columns): ViewOptions {
  const at = (name: string): number => columns.findIndex((column) => column.name === name);
  const { sort, filters, search } = view;
  const sortAt = sort ? at(sort.column) : -1;
  return {
    sort: sort && sortAt >= 0 ? { column: sortAt, descending: sort.descending } : undefined,
    filters: filters
      .map(({ column, is, value }) => ({ column: at(column), is, value }))
      .filter(({ column }) => column >= 0),
    search,
  };
}

export function keptView({ sort, filters, search }: ViewOptions, columns: Columns): KeptView {
  return {
    ...(sort && { sort: { column: columns[sort.column]!.name, descending: sort.descending } }),
    filters: filters.map(({ column, is, value }) => ({ column: columns[column]!.name, is, value })),
    search,
  };
}
