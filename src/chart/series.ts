import type { Aggregate, ChartSpec } from './chartSpec.ts';
import type { ChartRow } from './chartModel.ts';
import { namesOf } from './places.ts';

/** The palette has eight colours; more series cannot be told apart. */
export const maxSeries = 8;
export const otherLabel = 'Other';

/** The series of a chart and which of them each row belongs to, -1 for none. */
export interface SeriesOfRows {
  names: string[];
  of: Int32Array;
}

export interface SeriesOptions {
  /** -1 for a row that is not drawn. */
  placeOf: Int32Array;
  values: Float64Array;
  /** Without one, nothing says how the values of several series become one: averages must not be added up. */
  aggregate: Aggregate;
  notes: string[];
}

/** Splits the rows by colour: the largest series where there are too many, and one of the rest if it can be one. */
export function readSeries(
  color: ChartSpec['color'],
  rows: readonly ChartRow[],
  o: SeriesOptions,
): SeriesOfRows {
  if (!color) return { names: [''], of: new Int32Array(rows.length) };
  const all = namesOf(color.field, rows);
  const { names, sizes, rename } = used(all, o);
  const of = all.of.map((name) => rename[name]!);
  if (names.length <= maxSeries) return { names: names.length === 0 ? [''] : names, of };
  const largest = names.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const kept = largest.slice(0, maxSeries - 1).sort((a, b) => a - b);
  const rest = names.length - kept.length;
  const shown = kept.map((i) => names[i]!);
  let otherPlace = -1;
  if (o.aggregate !== 'none') {
    const other = nameBeside(shown, rest);
    otherPlace = shown.push(other) - 1;
    o.notes.push(`${other} stands for ${rest} of ${names.length} series.`);
  } else {
    o.notes.push(`${rest} of ${names.length} series not shown.`);
  }
  const placeOf = new Int32Array(names.length).fill(otherPlace);
  kept.forEach((name, i) => (placeOf[name] = i));
  return { names: shown, of: of.map((name) => (name < 0 ? -1 : placeOf[name]!)) };
}

/** `Other`, or a name like it that stands for nothing else. */
export function nameBeside(names: readonly string[], count: number): string {
  let other = otherLabel;
  while (names.includes(other)) other += ` (${count})`;
  return other;
}

/** Leaves out the series whose rows all have no place. */
function used(
  all: SeriesOfRows,
  { placeOf, values, aggregate }: SeriesOptions,
): { names: string[]; sizes: Float64Array; rename: Int32Array } {
  const sums = new Float64Array(all.names.length);
  const isUsed = new Uint8Array(all.names.length);
  for (let i = 0; i < all.of.length; i++) {
    if (placeOf[i]! < 0) continue;
    isUsed[all.of[i]!] = 1;
    if (!Number.isNaN(values[i]!)) sums[all.of[i]!]! += aggregate === 'distinct' ? 1 : values[i]!;
  }
  const rename = new Int32Array(all.names.length).fill(-1);
  const names = all.names.filter((_, i) => isUsed[i]);
  let next = 0;
  isUsed.forEach((is, i) => {
    if (is) rename[i] = next++;
  });
  return { names, sizes: sums.filter((_, i) => isUsed[i]).map(Math.abs), rename };
}
