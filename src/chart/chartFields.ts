import type { ChartSpec } from './chartSpec.ts';

/** The columns that a chart draws, each once. */
export function chartFields({ x, y, value, color }: ChartSpec): string[] {
  const names = [x.field, y.field, value?.field, color?.field].filter((name) => name !== undefined);
  return [...new Set(names)];
}
