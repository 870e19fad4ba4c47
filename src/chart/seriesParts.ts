import { WorkbenchError } from '../base/errors.ts';
import { aggregate } from './aggregate.ts';
import { boxesOf } from './box.ts';
import { arrange } from './categories.ts';
import type { Aggregate, ChartSpec } from './chartSpec.ts';
import type { ChartParts, ChartRow, ChartSeries } from './chartModel.ts';
import { readValues } from './columns.ts';
import { readPlaces, rowPlaces, type Places } from './places.ts';
import { readSeries, type SeriesOfRows } from './series.ts';
import { grainLabel } from './timeGrain.ts';
import { axisTitle, counted, valueName, withUnit } from './titles.ts';
import { displaySafe } from './values.ts';

/** The marks that have values over places, a series for each colour: all but histogram and heat map. */
export function seriesParts(spec: ChartSpec, rows: readonly ChartRow[]): ChartParts {
  const { mark, x, y } = spec;
  const how = mark === 'box' ? 'median' : (y.aggregate ?? 'none');
  const isMeasured = mark === 'line' || mark === 'area' || mark === 'scatter';
  const inTime = mark !== 'pie' && mark !== 'scatter' && !spec.sort && !spec.top;
  const notes: string[] = [];
  const values = readValues({ ...y, aggregate: how }, rows);
  let places = readPlaces(spec.title, x, rows, { isMeasured, fillGaps: inTime });
  noteMissing(spec, how, places, values, notes);
  const seriesNotes: string[] = [];
  const series = readSeries(spec.color, rows, {
    ...{ placeOf: places.of, values, aggregate: how, notes: seriesNotes },
  });
  const standAlone = places.kind !== 'category' && how === 'none' && !x.grain;
  if (standAlone) places = rowPlaces(places, series.of, series.names.length);
  else if (how === 'none') checkOneRowEach(spec, places, series);
  if (places.kind === 'category') {
    places = arrange(places, aggregate(how, places.of, places.count, values), spec, notes);
  }
  const isCounted = x.grain !== undefined && (how === 'count' || how === 'distinct');
  // A period in which there is nothing to count has none of it.
  const filled = (sums: Float64Array): Float64Array =>
    isCounted ? sums.map((sum) => (Number.isNaN(sum) ? 0 : sum)) : sums;
  const drawn =
    mark === 'box' ? boxSeries(places, series, values, notes) : valueSeries(places, series, values, how);
  return {
    x: {
      ...{ title: axisTitle(x, places.hasInstants), kind: places.kind, format: x.format ?? {} },
      ...(x.grain ? { grain: x.grain } : {}),
    },
    y: { title: withUnit(valueName(y), y.unit), format: y.format ?? {} },
    categories: places.labels,
    at: places.kind === 'category' ? new Float64Array(0) : places.at,
    series: drawn.map((one) => ({ ...one, name: one.name || valueName(y), y: filled(one.y) })),
    isSplit: spec.color !== undefined,
    isSparse: standAlone && series.names.length > 1,
    notes: [...notes, ...seriesNotes],
    totals: filled(aggregate(how, places.of, places.count, values)),
  };
}

function noteMissing(
  { x, y }: ChartSpec,
  how: Aggregate,
  places: Places,
  values: Float64Array,
  notes: string[],
): void {
  let withoutX = 0;
  let withoutY = 0;
  places.of.forEach((place, i) => {
    if (place < 0) withoutX++;
    else if (Number.isNaN(values[i]!)) withoutY++;
  });
  if (withoutX > 0) notes.push(`${counted(withoutX, 'row')} without "${displaySafe(x.field)}" left out.`);
  if (withoutY > 0 && how !== 'count' && how !== 'distinct') {
    notes.push(`${counted(withoutY, 'row')} without a number in "${displaySafe(y.field ?? '')}".`);
  }
}

function checkOneRowEach(spec: ChartSpec, places: Places, series: SeriesOfRows): void {
  const cells = places.count * series.names.length;
  const seen = new Uint8Array(cells);
  cellsOf(places, series).forEach((cell) => {
    if (cell < 0) return;
    if (seen[cell]!++ === 0) return;
    const place = Math.floor(cell / series.names.length);
    const label = places.labels[place] ?? grainLabel(spec.x.grain!, places.at[place]!);
    const which = [label, series.names[cell % series.names.length]].filter(Boolean).join(', ');
    throw new WorkbenchError(
      'invalid',
      `"${displaySafe(spec.title)}" has several rows for ${which}: say in y which aggregate makes one value of them.`,
    );
  });
}

/** Place and series of each row as one number, -1 for a row that is not drawn. */
function cellsOf(places: Places, series: SeriesOfRows): Int32Array {
  return places.of.map((place, i) =>
    place < 0 || series.of[i]! < 0 ? -1 : place * series.names.length + series.of[i]!,
  );
}

function valueSeries(
  places: Places,
  series: SeriesOfRows,
  values: Float64Array,
  how: Aggregate,
): ChartSeries[] {
  const count = series.names.length;
  const all = aggregate(how, cellsOf(places, series), places.count * count, values);
  if (count === 1) return [{ name: series.names[0]!, y: all }];
  return series.names.map((name, s) => ({
    name,
    y: Float64Array.from({ length: places.count }, (_, place) => all[place * count + s]!),
  }));
}

function boxSeries(
  places: Places,
  series: SeriesOfRows,
  values: Float64Array,
  notes: string[],
): ChartSeries[] {
  let outliers = 0;
  const result = series.names.map((name, s) => {
    const of = places.of.map((place, i) => (series.of[i] === s ? place : -1));
    const { boxes, outliers: beyond } = boxesOf(of, places.count, values);
    outliers += beyond;
    return {
      name,
      boxes,
      y: Float64Array.from({ length: places.count }, (_, place) => boxes[place * 5 + 2]!),
    };
  });
  if (outliers > 0) notes.push(`${counted(outliers, 'value')} beyond the whiskers not drawn.`);
  return result;
}
