import type { Aggregate } from './chartSpec.ts';

/**
 * One value for each of `groups` groups. `groupOf` says of each row which it belongs to, -1 for none; a value that is
 * NaN is no value. A group without values gives NaN; counted, one without rows does.
 */
export function aggregate(
  how: Aggregate,
  groupOf: Int32Array,
  groups: number,
  values: Float64Array,
): Float64Array {
  if (how === 'median' || how === 'distinct') return ofSorted(how, groupOf, groups, values);
  const result = new Float64Array(groups).fill(NaN);
  const counts = how === 'mean' ? new Uint32Array(groups) : undefined;
  for (let i = 0; i < groupOf.length; i++) {
    const group = groupOf[i]!;
    if (group < 0) continue;
    const value = values[i]!;
    const before = result[group]!;
    const isFirst = Number.isNaN(before);
    if (how === 'count') result[group] = (isFirst ? 0 : before) + (Number.isNaN(value) ? 0 : 1);
    if (how === 'count' || Number.isNaN(value)) continue;
    if (counts) counts[group]!++;
    if (isFirst) result[group] = value;
    else if (how === 'min') result[group] = Math.min(before, value);
    else if (how === 'max') result[group] = Math.max(before, value);
    else result[group] = before + value;
  }
  for (let group = 0; group < groups; group++) {
    if (counts) result[group]! /= counts[group]!;
    // The sum of two finite numbers may be none.
    if (!Number.isFinite(result[group])) result[group] = NaN;
  }
  return result;
}

function ofSorted(
  how: 'median' | 'distinct',
  groupOf: Int32Array,
  groups: number,
  values: Float64Array,
): Float64Array {
  const result = new Float64Array(groups).fill(NaN);
  if (how === 'distinct') for (const group of groupOf) if (group >= 0) result[group] = 0;
  eachSorted(groupOf, groups, values, (group, sorted) => {
    result[group] = how === 'median' ? quantile(sorted, 0.5) : distinctCount(sorted);
  });
  return result;
}

function distinctCount(sorted: Float64Array): number {
  let count = sorted.length > 0 ? 1 : 0;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) count++;
  return count;
}

/** Calls back with the ascending values of each group that has some. */
export function eachSorted(
  groupOf: Int32Array,
  groups: number,
  values: Float64Array,
  take: (group: number, sorted: Float64Array) => void,
): void {
  const ends = new Uint32Array(groups + 1);
  for (let i = 0; i < groupOf.length; i++) {
    if (groupOf[i]! >= 0 && !Number.isNaN(values[i]!)) ends[groupOf[i]! + 1]!++;
  }
  for (let group = 0; group < groups; group++) ends[group + 1]! += ends[group]!;
  const grouped = new Float64Array(ends[groups]!);
  const next = ends.slice();
  for (let i = 0; i < groupOf.length; i++) {
    if (groupOf[i]! >= 0 && !Number.isNaN(values[i]!)) grouped[next[groupOf[i]!]!++] = values[i]!;
  }
  for (let group = 0; group < groups; group++) {
    if (ends[group] !== ends[group + 1]) take(group, grouped.subarray(ends[group], ends[group + 1]).sort());
  }
}

/**
 * The quantile of ascending values by linear interpolation, type 7 of Hyndman and Fan (1996): that of NumPy, R and
 * Spark's `percentile`.
 */
export function quantile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  const high = sorted[Math.ceil(at)]!;
  const value = low + (high - low) * (at - Math.floor(at));
  // The difference of two finite numbers may be none.
  return Number.isFinite(value) ? value : low / 2 + high / 2;
}
