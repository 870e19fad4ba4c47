import { quantile } from './aggregate.ts';
import type { ChartSpec } from './chartSpec.ts';
import type { ChartParts, ChartRow } from './chartModel.ts';
import { readSeries } from './series.ts';
import { axisTitle, counted, withUnit } from './titles.ts';
import { displaySafe, toNumber } from './values.ts';

/** A histogram has no more bins than can be told apart. */
const maxBins = 200;

/** The bars of a histogram: how many rows have an x in each bin. */
export function histogramParts(spec: ChartSpec, rows: readonly ChartRow[]): ChartParts {
  const numbers = Float64Array.from(rows, (row) => toNumber(row[spec.x.field]) ?? NaN);
  const notes: string[] = [];
  const missing = numbers.reduce((count, number) => count + Number(Number.isNaN(number)), 0);
  if (missing > 0) {
    notes.push(`${counted(missing, 'row')} without a number in "${displaySafe(spec.x.field)}" left out.`);
  }
  const { edges, decimals } = binsOf(numbers, spec.x.bins);
  const bins = Math.max(0, edges.length - 1);
  const of = Int32Array.from(numbers, (number) => (Number.isNaN(number) ? -1 : binAt(edges, number)));
  const values = new Float64Array(rows.length).fill(1);
  const series = readSeries(spec.color, rows, { placeOf: of, values, aggregate: 'count', notes });
  const counts = series.names.map(() => new Float64Array(bins));
  const totals = new Float64Array(bins);
  of.forEach((bin, i) => {
    if (bin < 0) return;
    totals[bin]!++;
    counts[series.of[i]!]![bin]!++;
  });
  const title = withUnit(spec.y.title ?? 'Rows', spec.y.unit);
  return {
    x: {
      title: axisTitle(spec.x, false),
      kind: 'number',
      format: spec.x.format ?? { decimals: Math.min(decimals, 10) },
    },
    y: { title, format: spec.y.format ?? {} },
    ...{ categories: [], at: edges.slice(0, bins), edges },
    series: series.names.map((name, i) => ({ name: name || title, y: counts[i]! })),
    ...{ isSplit: spec.color !== undefined, isSparse: false, notes, totals },
  };
}

/** Edges further apart would soon be infinite. */
const maxWidth = 1e307;

/** Bins of the same width; all but the last are open at their upper edge. */
export interface Bins {
  /** One more than there are bins, ascending. */
  edges: Float64Array;
  /** Decimals that tell the edges apart. */
  decimals: number;
}

/**
 * Bins with round edges for the numbers, NaN left out: about `wanted`, else as many as Freedman and Diaconis (1981)
 * take, or Sturges (1926) where half of the values are the same.
 */
export function binsOf(numbers: Float64Array, wanted?: number): Bins {
  const sorted = numbers.filter((number) => !Number.isNaN(number)).sort();
  if (sorted.length === 0) return { edges: new Float64Array(0), decimals: 0 };
  const low = sorted[0]!;
  const high = sorted[sorted.length - 1]!;
  const areWhole = sorted.every(Number.isInteger);
  let step = roundStep(Math.min(widthOf(sorted, wanted), maxWidth), areWhole);
  let [first, last] = edgesAround(low, high, step);
  // Round edges may need a bin more at either end.
  while (last - first > maxBins) {
    step = roundStep(step.size * 1.5, areWhole);
    [first, last] = edgesAround(low, high, step);
  }
  const edges = Float64Array.from({ length: last - first + 1 }, (_, i) => edgeAt(first + i, step));
  return { edges, decimals: Math.max(0, (step.digits % 1 ? 1 : 0) - step.power) };
}

function binAt(edges: Float64Array, number: number): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (edges[middle]! <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}

function widthOf(sorted: Float64Array, wanted: number | undefined): number {
  const low = sorted[0]!;
  const high = sorted[sorted.length - 1]!;
  // So divided, the range of huge numbers does not become infinite.
  const divided = (bins: number): number => high / bins - low / bins;
  const largest = Math.max(Math.abs(low), Math.abs(high));
  // Below that, the edges would not be different numbers.
  const least = Math.max(largest * 2 ** -40, 1e-300);
  if (low === high) return largest === 0 ? 1 : Math.max(largest / 10, least);
  if (wanted !== undefined) return Math.max(divided(wanted), least);
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const width = (2 * spread) / Math.cbrt(sorted.length);
  const sturges = divided(Math.ceil(Math.log2(sorted.length)) + 1);
  return Math.max(width > 0 && Number.isFinite(width) ? width : sturges, divided(maxBins), least);
}

/** A width of 1, 2, 2.5 or 5 times a power of ten. */
interface Step {
  digits: number;
  power: number;
  size: number;
}

/** The round step that is nearest to `width`; whole where the values are. */
function roundStep(width: number, isWhole: boolean): Step {
  let power = Math.floor(Math.log10(width));
  const share = width / 10 ** power;
  let digits = [1, 2, 2.5, 5].find((one, i) => share < Math.sqrt(one * [2, 2.5, 5, 10][i]!));
  if (digits === undefined) {
    digits = 1;
    power++;
  }
  if (isWhole && digits * 10 ** power < 1) return { digits: 1, power: 0, size: 1 };
  if (isWhole && digits === 2.5 && power === 0) return { digits: 2, power: 0, size: 2 };
  return { digits, power, size: edgeAt(1, { digits, power }) };
}

/** Between which edges the values lie, counted in steps from zero. */
function edgesAround(low: number, high: number, step: Step): [first: number, last: number] {
  let first = Math.floor(low / step.size);
  while (edgeAt(first, step) > low) first--;
  while (edgeAt(first + 1, step) <= low) first++;
  let last = Math.ceil(high / step.size);
  while (edgeAt(last, step) < high) last++;
  while (last > first + 1 && edgeAt(last - 1, step) >= high) last--;
  return [first, Math.max(last, first + 1)];
}

/** Read as text, a decimal is as exact as a number can be; multiplied, 3 * 0.1 is not 0.3. */
function edgeAt(count: number, { digits, power }: Omit<Step, 'size'>): number {
  const edge = Number(`${count * digits}e${power}`);
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, edge));
}
