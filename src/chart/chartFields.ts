import type { ChartSpec } from './chartSpec.ts';

/** The columns that a chart draws, each once. */
export function chartFields({ x, y, value, color }: ChartSpec): string[] {
  const names = [x.field, y.field, value?.field, color?.field].filter((name) => name !== undefined);
  return [...new Set(names)];
}

/** As people call what a chart draws. */
export function sourceName({ source }: ChartSpec): string {
  if ('table' in source) return source.table;
  return 'csv' in source ? source.csv : 'SQL';
}
