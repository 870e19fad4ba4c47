import { WorkbenchError } from '../base/errors.ts';
import { aggregate } from './aggregate.ts';
import { arrange } from './categories.ts';
import type { ChartSpec } from './chartSpec.ts';
import type { ChartParts, ChartRow } from './chartModel.ts';
import { readValues } from './columns.ts';
import { compareAt, readPlaces, type Places } from './places.ts';
import { axisTitle, counted, valueName, withUnit } from './titles.ts';
import { displaySafe } from './values.ts';

/** More rows or columns of cells cannot be told apart. */
const maxAcross = 1_000;
const maxDown = 100;

/** The cells of a heat map: a place for each x, a series for each y, the value of both. */
export function heatMapParts(spec: ChartSpec, rows: readonly ChartRow[]): ChartParts {
  const { x, y, value = {} } = spec;
  const how = value.aggregate ?? 'none';
  const notes: string[] = [];
  const values = readValues(value, rows);
  const inTime = !spec.sort && !spec.top;
  const across = ascending(readPlaces(spec.title, x, rows, { isMeasured: false, fillGaps: inTime }));
  const byColumn = aggregate(how, across.of, across.count, values);
  const yField = { ...y, field: y.field! };
  const second = ascending(readPlaces(spec.title, yField, rows, { isMeasured: false, fillGaps: true }));
  noteMissing(spec, [across, second], how === 'count' || how === 'distinct', values, notes);
  const columns = cut(arrange(across, byColumn, spec, notes), maxAcross, 'columns', notes);
  const down = cut(second, maxDown, 'rows', notes);
  const of = columns.of.map((place, i) =>
    place < 0 || down.of[i]! < 0 ? -1 : down.of[i]! * columns.count + place,
  );
  if (how === 'none') checkOneRowEach(spec, of, columns, down);
  const cells = aggregate(how, of, columns.count * down.count, values);
  return {
    x: {
      ...{ title: axisTitle(x, columns.hasInstants), kind: 'category', format: x.format ?? {} },
      ...(x.grain ? { grain: x.grain } : {}),
    },
    rows: { title: axisTitle(yField, down.hasInstants) },
    y: { title: withUnit(valueName(value), value.unit), format: value.format ?? {} },
    ...{ categories: columns.labels, at: new Float64Array(0) },
    series: down.labels.map((name, i) => ({
      name,
      y: cells.slice(i * columns.count, (i + 1) * columns.count),
    })),
    ...{ isSplit: true, isSparse: false, notes },
    totals: cells,
  };
}

/** Numbers and times in their order; texts, such as days of the week, as the rows have them. */
function ascending(places: Places): Places {
  if (places.at.length === 0) return places;
  const order = Array.from(places.at.keys()).sort((a, b) => compareAt(places.at, a, b));
  const placeOf = new Int32Array(places.count);
  order.forEach((place, i) => (placeOf[place] = i));
  return {
    ...places,
    of: places.of.map((place) => (place < 0 ? -1 : placeOf[place]!)),
    labels: order.map((place) => places.labels[place]!),
    at: Float64Array.from(order, (place) => places.at[place]!),
  };
}

function cut(places: Places, count: number, what: string, notes: string[]): Places {
  if (places.count <= count) return places;
  notes.push(`${places.count - count} of ${places.count} ${what} not shown.`);
  return {
    ...{ ...places, count, labels: places.labels.slice(0, count), at: places.at.slice(0, count) },
    of: places.of.map((place) => (place < count ? place : -1)),
  };
}

function noteMissing(
  { x, y, value }: ChartSpec,
  [across, down]: readonly [Places, Places],
  counts: boolean,
  values: Float64Array,
  notes: string[],
): void {
  const without = (places: Places): number => places.of.reduce((sum, place) => sum + Number(place < 0), 0);
  for (const [{ field }, count] of [
    [x, without(across)],
    [y, without(down)],
  ] as const) {
    if (count > 0) notes.push(`${counted(count, 'row')} without "${displaySafe(field ?? '')}" left out.`);
  }
  const missing = values.reduce((sum, one) => sum + Number(Number.isNaN(one)), 0);
  if (missing > 0 && !counts) {
    notes.push(`${counted(missing, 'row')} without a number in "${displaySafe(value?.field ?? '')}".`);
  }
}

function checkOneRowEach(spec: ChartSpec, of: Int32Array, columns: Places, down: Places): void {
  const seen = new Uint8Array(columns.count * down.count);
  for (const cell of of) {
    if (cell < 0 || seen[cell]!++ === 0) continue;
    const which = `${columns.labels[cell % columns.count]!}, ${down.labels[Math.floor(cell / columns.count)]!}`;
    throw new WorkbenchError(
      'invalid',
      `"${displaySafe(spec.title)}" has several rows for ${which}: say in value which aggregate makes one value of them.`,
    );
  }
}
