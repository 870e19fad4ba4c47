import type { ChartSpec } from './chartSpec.ts';
import { compareAt, type Places } from './places.ts';
import { maxSeries, nameBeside } from './series.ts';

/** Puts categories into the order of the chart, and its rest together or aside. `totals` has a value for each. */
export function arrange(places: Places, totals: Float64Array, spec: ChartSpec, notes: string[]): Places {
  const order = inOrder(places, totals, spec);
  const top = limitOf(spec, order.length);
  const shown = order.slice(0, top.count);
  const rest = order.length - shown.length;
  const labels = shown.map((place) => places.labels[place]!);
  const placeOf = new Int32Array(places.count).fill(-1);
  shown.forEach((place, i) => (placeOf[place] = i));
  if (rest > 0 && top.other) {
    const other = nameBeside(labels, rest);
    const otherPlace = labels.push(other) - 1;
    for (const place of order.slice(top.count)) placeOf[place] = otherPlace;
    notes.push(`Other stands for ${rest} categories.`);
  } else if (rest > 0) {
    notes.push(`${rest} of ${order.length} categories not shown.`);
  }
  const of = places.of.map((place) => (place < 0 ? -1 : placeOf[place]!));
  return { ...places, of, labels, count: labels.length, at: new Float64Array(0) };
}

function limitOf(spec: ChartSpec, count: number): { count: number; other: boolean } {
  const { top } = spec;
  if (spec.mark === 'pie' && count > maxSeries) {
    // Slices are parts of a whole, so they may be added up; each needs a colour of its own.
    return { count: Math.min(top?.count ?? Infinity, maxSeries - 1), other: top?.other ?? top === undefined };
  }
  return { count: top?.count ?? count, other: top?.other ?? false };
}

function inOrder({ labels, at, count }: Places, totals: Float64Array, spec: ChartSpec): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  const sort = spec.sort ?? (spec.mark === 'pie' ? { by: 'y', order: 'descending' } : undefined);
  if (!sort) return order;
  const direction = sort.order === 'descending' ? -1 : 1;
  const byLabel = (a: number, b: number): number =>
    at.length > 0 ? compareAt(at, a, b) : compareTexts(labels[a]!, labels[b]!);
  if (sort.by === 'x') return order.sort((a, b) => direction * byLabel(a, b));
  return order.sort((a, b) => {
    const [left, right] = [totals[a]!, totals[b]!];
    // Those without a value come last, whatever the order.
    if (Number.isNaN(left) || Number.isNaN(right)) {
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right)) || byLabel(a, b);
    }
    return direction * (left - right) || byLabel(a, b);
  });
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
