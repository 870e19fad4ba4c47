import { compareCells, isNumber, isTimestamp, numberText } from './compareCells.ts';
import type { ColumnStatistics, WireCell } from './tableProtocol.ts';
import { wireCell } from './wireCell.ts';

/** Beyond so many, distinct values are not told apart any more. */
const maxDistinct = 10_000;
const binCount = 24;
const topCount = 10;

/** What the values of one column have in common; `column` is its number. Nested values and bytes are only counted. */
export function columnStatistics(column: number, type: string, values: readonly unknown[]): ColumnStatistics {
  const counts = new Map<string, { value: WireCell; count: number }>();
  let nulls = 0;
  let isLimited = false;
  let least: WireCell = null;
  let most: WireCell = null;
  let canCompare = true;
  const points: number[] = [];
  let isTime = false;
  for (const raw of values) {
    const value = wireCell(raw, type);
    if (value === null) {
      nulls++;
      continue;
    }
    const key = keyOf(value);
    if (key === undefined) canCompare = false;
    if (!canCompare || key === undefined) continue;
    const known = counts.get(key);
    if (known) known.count++;
    else if (counts.size < maxDistinct) counts.set(key, { value, count: 1 });
    else isLimited = true;
    if (least === null || compareCells(value, least) < 0) least = value;
    if (most === null || compareCells(value, most) > 0) most = value;
    const point = pointOf(value, type);
    if (point === undefined) continue;
    isTime = !isNumber(value);
    points.push(point);
  }
  const base = { column, rows: values.length, nulls };
  if (!canCompare) return base;
  const top = isLimited ? [] : [...counts.values()].sort((a, b) => b.count - a.count).slice(0, topCount);
  const isNumeric = points.length > 0;
  return {
    ...base,
    distinct: { count: counts.size, isLimited },
    ...(least !== null && { min: least, max: most }),
    ...(isNumeric && !isTime && { mean: meanOf(points) }),
    ...(isNumeric && { bins: binsOf(points, isTime) }),
    ...(tells(top, values.length - nulls) && { top }),
  };
}

/** Where nearly all values differ, the most frequent ones tell nothing. */
function tells(top: readonly { count: number }[], values: number): boolean {
  const covered = top.reduce((sum, { count }) => sum + count, 0);
  return (top[0]?.count ?? 0) > 1 && covered >= values / 5;
}

/** The same for equal values only; undefined where they are not compared. */
function keyOf(value: Exclude<WireCell, null>): string | undefined {
  if (typeof value !== 'object') return `${typeof value} ${value}`;
  if (value.t === 'nested' || value.t === 'binary') return undefined;
  return value.t === 'text' ? `string ${value.text} ${value.size}` : `${value.t} ${value.text}`;
}

/** The value on an axis: a number, or milliseconds since 1970; undefined if it has no place there. */
function pointOf(value: WireCell, type: string): number | undefined {
  let point: number | undefined;
  if (isNumber(value)) point = Number(numberText(value));
  else if (isTimestamp(value)) point = Number(value.text) / 1000;
  else if (typeof value === 'string' && (type === 'date' || type === 'timestamp_ntz')) {
    point = Date.parse(type === 'date' ? value : `${value}Z`);
  }
  return point !== undefined && Number.isFinite(point) ? point : undefined;
}

function meanOf(points: readonly number[]): number {
  // Running, for the sum of large doubles may not be finite.
  let mean = 0;
  points.forEach((point, i) => (mean += (point - mean) / (i + 1)));
  return Number.isFinite(mean) ? mean : 0;
}

function binsOf(points: readonly number[], isTime: boolean): ColumnStatistics['bins'] {
  let [from, to] = [Infinity, -Infinity];
  for (const point of points) {
    from = Math.min(from, point);
    to = Math.max(to, point);
  }
  const width = to / binCount - from / binCount;
  if (!(width > 0)) return { from, to, isTime, counts: [points.length] };
  const counts = new Array<number>(binCount).fill(0);
  for (const point of points) {
    const bin = Math.min(binCount - 1, Math.floor((point - from) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, to, isTime, counts };
}
