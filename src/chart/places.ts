import type { ChartSpec, TimeGrain } from './chartSpec.ts';
import type { ChartRow } from './chartModel.ts';
import { checkGrain, measure } from './columns.ts';
import { grainLabel, nextStart, startOf } from './timeGrain.ts';
import { toLabel } from './values.ts';

/** The places of an axis, and at which of them each row stands. */
export interface Places {
  kind: 'category' | 'number' | 'time';
  /** -1 for a row without one. */
  of: Int32Array;
  count: number;
  /** Of categories. */
  labels: string[];
  /** Of a measured axis, ascending; of categories too that are numbers or times, in the order of `labels`. */
  at: Float64Array;
  hasInstants: boolean;
}

/** With more of them, periods without a row are not put between those that have some. */
const maxFilledPeriods = 2_000;

export interface PlaceOptions {
  /** Whether numbers and times become a scale rather than categories. */
  isMeasured: boolean;
  /** Whether a period of the grain that no row is in gets a place too. */
  fillGaps: boolean;
}

/** Reads an axis. Throws `invalid` for a grain of what is no time. */
export function readPlaces(
  title: string,
  { field, grain }: Pick<ChartSpec['x'], 'field' | 'grain'>,
  rows: readonly ChartRow[],
  o: PlaceOptions,
): Places {
  const column = measure(field, rows);
  const { hasInstants } = column;
  if (grain) {
    checkGrain(title, { field, grain }, rows, column);
    return { ...grainPlaces(grain, column.numbers, o), hasInstants };
  }
  if (!o.isMeasured || column.kind === 'text') {
    const { names, of } = namesOf(field, rows);
    const at = column.kind === 'text' ? new Float64Array(0) : numberOfEach(of, names.length, column.numbers);
    return { kind: 'category', of, count: names.length, labels: names, at, hasInstants };
  }
  const { of, at } = distinctPlaces(column.numbers);
  return { kind: column.kind, of, count: at.length, labels: [], at, hasInstants };
}

function grainPlaces(grain: TimeGrain, times: Float64Array, o: PlaceOptions): Omit<Places, 'hasInstants'> {
  const starts = times.map((ms) => (Number.isNaN(ms) ? NaN : startOf(grain, ms)));
  let { of, at } = distinctPlaces(starts);
  const filled = o.fillGaps ? periodsBetween(grain, at) : undefined;
  if (filled) {
    at = filled;
    of = starts.reduce((places, ms, i) => {
      places[i] = Number.isNaN(ms) ? -1 : firstAtLeast(filled, ms);
      return places;
    }, new Int32Array(starts.length));
  }
  const labels = o.isMeasured ? [] : Array.from(at, (ms) => grainLabel(grain, ms));
  return { kind: o.isMeasured ? 'time' : 'category', of, count: at.length, labels, at };
}

function periodsBetween(grain: TimeGrain, at: Float64Array): Float64Array | undefined {
  const all: number[] = [];
  for (let ms = at[0] ?? Infinity; ms <= at[at.length - 1]!; ms = nextStart(grain, ms)) {
    if (all.push(ms) > maxFilledPeriods) return undefined;
  }
  return Float64Array.from(all);
}

/** Orders two places by where they stand; those without a number come last. */
export function compareAt(at: Float64Array, a: number, b: number): number {
  const [left, right] = [at[a]!, at[b]!];
  if (Number.isNaN(left) || Number.isNaN(right))
    return Number(Number.isNaN(left)) - Number(Number.isNaN(right)) || a - b;
  return left - right || a - b;
}

/** The labels of a column in the order in which they first come, and which of them each row has. */
export function namesOf(field: string, rows: readonly ChartRow[]): { names: string[]; of: Int32Array } {
  const of = new Int32Array(rows.length);
  const names: string[] = [];
  const byName = new Map<string, number>();
  // Making a text safe to show costs more than finding it again.
  const byCell = new Map<unknown, number>();
  for (let i = 0; i < rows.length; i++) {
    const cell = rows[i]![field];
    let name = byCell.get(cell);
    if (name === undefined) {
      const label = toLabel(cell);
      name = byName.get(label);
      if (name === undefined) byName.set(label, (name = names.push(label) - 1));
      if (typeof cell !== 'object') byCell.set(cell, name);
    }
    of[i] = name;
  }
  return { names, of };
}

function numberOfEach(of: Int32Array, count: number, numbers: Float64Array): Float64Array {
  const result = new Float64Array(count).fill(NaN);
  for (let i = 0; i < of.length; i++) result[of[i]!] = numbers[i]!;
  return result;
}

/** The different numbers, ascending, and which of them each row has; -1 for NaN. */
function distinctPlaces(numbers: Float64Array): { of: Int32Array; at: Float64Array } {
  // Sorting a typed array without a comparator is many times faster than sorting rows.
  const at = numbers.filter((number) => !Number.isNaN(number)).sort();
  let count = 0;
  for (const number of at) {
    // Zero has two signs, one place.
    if (count === 0 || number !== at[count - 1]) at[count++] = number + 0;
  }
  const distinct = at.slice(0, count);
  const of = new Int32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    of[i] = Number.isNaN(numbers[i]!) ? -1 : firstAtLeast(distinct, numbers[i]!);
  }
  return { of, at: distinct };
}

/** The index of the first of ascending numbers that is not below `number`. */
export function firstAtLeast(ascending: Float64Array, number: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A place for each row on a measured axis: the k-th row of a series that shares an x stands at the k-th place there.
 * `seriesOf` is -1 for a row that is not drawn.
 */
export function rowPlaces(places: Places, seriesOf: Int32Array, seriesCount: number): Places {
  const rowsOf = new Uint32Array(places.count * seriesCount);
  const depth = new Uint32Array(places.count);
  const nth = new Uint32Array(places.of.length);
  for (let i = 0; i < places.of.length; i++) {
    const place = places.of[i]!;
    if (place < 0 || seriesOf[i]! < 0) continue;
    nth[i] = rowsOf[place * seriesCount + seriesOf[i]!]!++;
    depth[place] = Math.max(depth[place]!, nth[i]! + 1);
  }
  const starts = new Uint32Array(places.count);
  let count = 0;
  for (let place = 0; place < places.count; place++) {
    starts[place] = count;
    count += depth[place]!;
  }
  const at = new Float64Array(count);
  for (let place = 0; place < places.count; place++) {
    at.fill(places.at[place]!, starts[place], starts[place]! + depth[place]!);
  }
  const of = places.of.map((place, i) => (place < 0 || seriesOf[i]! < 0 ? -1 : starts[place]! + nth[i]!));
  return { ...places, of, at, count };
}
