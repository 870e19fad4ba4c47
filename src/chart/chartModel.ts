import type { Mark, NumberFormat, TimeGrain } from './chartSpec.ts';
import { grainLabel } from './timeGrain.ts';
import { formatTime, numberFormatter, type Cell } from './values.ts';

export type ChartRow = Readonly<Record<string, Cell>>;

/**
 * What every front draws: plain data, so that it can be sent to another thread or page. All texts in it are safe to
 * show; a number that is not finite is no value.
 */
export interface ChartModel {
  mark: Mark;
  title: string;
  description: string;
  x: {
    title: string;
    kind: 'category' | 'number' | 'time';
    /** How the places of a number axis are written. */
    format: NumberFormat;
    /** How the places of a time axis are written. */
    grain?: TimeGrain;
  };
  /** The values; `format` is how they are written. In a heat map its colour. */
  y: { title: string; format: NumberFormat };
  /** Heat map only: what its rows, which are its series, are. */
  rows?: { title: string };
  /** Labels of the places in their order, one per place; empty on a measured axis (number, time). */
  categories: string[];
  /** Where the places stand on a measured axis (number, or ms since 1970), ascending; empty for categories. */
  at: Float64Array;
  /** Histogram only: the edges of its bins, one more than places; `at` has the lower ones. */
  edges?: Float64Array;
  series: ChartSeries[];
  /** Whether the values are split by colour, so that the series have names of their own. */
  isSplit: boolean;
  /** Whether each series has values at places of its own only: its line passes over those of the others. */
  isSparse: boolean;
  /** One or two sentences for a screen reader. */
  summary: string;
  /** What is not drawn, and why. */
  notes: string[];
}

export interface ChartSeries {
  name: string;
  /** One for each place; NaN is no value. Of a box its median. */
  y: Float64Array;
  /** Box only: low, lower quartile, median, upper quartile and high of each place. */
  boxes?: Float64Array;
}

/** What a mark makes of the rows, and the value of each place over all series. */
export type ChartParts = Omit<ChartModel, 'mark' | 'title' | 'description' | 'summary'> & {
  totals: Float64Array;
};

/** What became of a chart: plain data, for the picture, the table and a sentence. */
export interface ChartChanges {
  /** Of each series of the chart, and at each of its places, the value before; NaN where there was none. */
  series: { before: Float64Array }[];
  /** Labels of the places that came and went, the first few of each. */
  came: string[];
  went: string[];
  cameCount: number;
  wentCount: number;
  /** How many values are others than before, where there is one now and was one then. */
  changedCount: number;
  sentence: string;
}

/** How many places a chart has, and so rows its table. */
export function placeCount(model: ChartModel): number {
  return model.x.kind === 'category' ? model.categories.length : model.at.length;
}

/** The text of a place: its category, number or time, or the range of a bin. */
export function placeLabel({ x, categories, at, edges }: ChartModel, place: number): string {
  if (x.kind === 'category') return categories[place]!;
  const value = at[place]!;
  if (x.kind === 'time') return x.grain ? grainLabel(x.grain, value) : formatTime(value);
  const write = numberFormatter(x.format);
  return edges ? `${write(value)} – ${write(edges[place + 1]!)}` : write(value);
}

/** What the table of a chart has beside its first column: a value of each place, with a title of its own. */
interface TableValue {
  title: string;
  text(place: number): string;
}

/** The columns of the table of a chart, its accessible twin; with `changes` the values before and what became of them. */
export function tableColumns(
  model: ChartModel,
  changes?: ChartChanges,
): { title: string; numeric: boolean }[] {
  const first = { title: model.x.title, numeric: model.x.kind === 'number' };
  return [first, ...tableValues(model, changes).map(({ title }) => ({ title, numeric: true }))];
}

/** The row of one place, made when it is asked for: a table of a million rows is never there as a whole. */
export function tableRow(model: ChartModel, place: number, changes?: ChartChanges): string[] {
  return [placeLabel(model, place), ...tableValues(model, changes).map((value) => value.text(place))];
}

const boxTitles = ['low', 'lower quartile', 'median', 'upper quartile', 'high'];

function tableValues(model: ChartModel, changes: ChartChanges | undefined): TableValue[] {
  const write = numberFormatter(model.y.format);
  const text = (value: number): string => (Number.isNaN(value) ? '' : write(value));
  return model.series.flatMap((one, i) => {
    const title = model.isSplit ? one.name : model.y.title;
    const now: TableValue[] = one.boxes
      ? boxTitles.map((part, p) => ({
          title: `${title}, ${part}`,
          text: (place) => text(one.boxes![place * boxTitles.length + p]!),
        }))
      : [{ title, text: (place) => text(one.y[place]!) }];
    const before = changes?.series[i]?.before;
    if (!before) return now;
    return [
      ...now,
      { title: `${title}, before`, text: (place) => text(before[place]!) },
      { title: `${title}, change`, text: (place) => change(one.y[place]! - before[place]!, write) },
    ];
  });
}

function change(difference: number, write: (value: number) => string): string {
  if (Number.isNaN(difference)) return '';
  return difference > 0 ? `+${write(difference)}` : write(difference);
}
