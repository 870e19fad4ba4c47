import type { Mark } from './chartSpec.ts';
import type { ChartModel } from './chartModel.ts';
import { numberFormatter } from './values.ts';

const markNames: Record<Mark, string> = {
  bar: 'Bar chart',
  horizontalBar: 'Bar chart',
  line: 'Line chart',
  area: 'Area chart',
  scatter: 'Scatter chart',
  pie: 'Pie chart',
  histogram: 'Histogram',
  box: 'Box plot',
  heatMap: 'Heat map',
};

/**
 * A sentence for a screen reader. `totals` has the value of each place over all series, of a heat map those of its
 * cells, row by row; `label` is the text of a place.
 */
export function summaryOf(model: ChartModel, totals: Float64Array, label: (place: number) => string): string {
  const write = numberFormatter(model.y.format);
  const of = model.edges ? model.x.title : `${model.y.title} by ${model.x.title}`;
  const what = `${markNames[model.mark]} of ${of}${model.rows ? ` and ${model.rows.title}` : ''}`;
  let count = 0;
  let highest = -1;
  let lowest = -1;
  totals.forEach((value, place) => {
    if (Number.isNaN(value)) return;
    count++;
    if (highest < 0 || value > totals[highest]!) highest = place;
    if (lowest < 0 || value < totals[lowest]!) lowest = place;
  });
  if (count === 0) return `${what}: no values.`;
  const say = (place: number): string => `${label(place)} (${write(totals[place]!)})`;
  const range = count === 1 ? say(highest) : `highest ${say(highest)}, lowest ${say(lowest)}`;
  if (model.edges) {
    const rows = totals.reduce((sum, value) => sum + value, 0);
    return `${what}, ${write(rows)} ${rows === 1 ? 'value' : 'values'} in ${count} ${count === 1 ? 'bin' : 'bins'}: most in ${say(highest)}.`;
  }
  const series = model.series.length > 1 && !model.rows ? ` in ${model.series.length} series` : '';
  return `${what}, ${count} ${count === 1 ? 'value' : 'values'}${series}: ${range}.`;
}
