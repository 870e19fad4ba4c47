import type { Mark } from './chartSpec.ts';
import type { ChartChanges, ChartModel } from './chartModel.ts';
import { labelWidth, maxValueLabels, type Drawing } from './drawing.ts';
import { drawnPlaces } from './drawnPlaces.ts';
import { textWidth } from './textWidth.ts';
import { numberFormatter } from './values.ts';

export const beforeName = 'Before';
/** More points are drawn as one shape, and those of lines that share a pixel thinned out. */
const manyPoints = 5_000;
/** More symbols on a line hide it. */
const maxSymbols = 100;

type SeriesMark = Exclude<Mark, 'pie' | 'heatMap'>;

const marks: Record<SeriesMark, object> = {
  bar: { type: 'bar', barMaxWidth: 56 },
  horizontalBar: { type: 'bar', barMaxWidth: 28 },
  line: { type: 'line', symbolSize: 6, lineStyle: { width: 2 } },
  area: { type: 'line', showSymbol: false, areaStyle: { opacity: 0.3 }, lineStyle: { width: 2 } },
  scatter: { type: 'scatter', symbolSize: 8, itemStyle: { opacity: 0.8 } },
  histogram: { type: 'bar', barCategoryGap: '4%', stack: 'bins' },
  box: { type: 'boxplot', boxWidth: [7, 56] },
};

/** One series of a chart with axes. */
export function seriesOf(drawing: Drawing, series: number): object {
  const { model, theme, interactive } = drawing;
  const one = model.series[series]!;
  const mark = model.mark as SeriesMark;
  const data = dataOf(model, series);
  const isMany = model.x.kind !== 'category' && 'dimensions' in data && data.data.length / 2 > manyPoints;
  return {
    ...marks[mark],
    ...(interactive ? { id: `series ${series}` } : {}),
    name: one.name,
    ...data,
    ...(mark === 'box' ? boxStyle(drawing, series) : {}),
    ...(mark === 'line' && data.data.length / 2 > maxSymbols && model.x.kind !== 'category'
      ? { showSymbol: false }
      : {}),
    ...(theme.isHighContrast && model.series.length > 1 ? shapes(mark, series) : {}),
    ...(isMany ? { ...large[mark], ...(interactive ? { emphasis: { disabled: true } } : {}) } : {}),
    ...labelsOf(drawing),
  };
}

const symbols = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin', 'arrow', 'emptyCircle'];
const dashes = ['solid', 'dashed', 'dotted', [8, 3, 2, 3]];

/** In high contrast series differ by more than their colours. */
function shapes(mark: SeriesMark, series: number): object {
  if (mark !== 'line' && mark !== 'area' && mark !== 'scatter') return {};
  const symbol = symbols[series % symbols.length]!;
  if (mark === 'scatter') return { symbol };
  return { symbol, symbolSize: 9, lineStyle: { width: 2, type: dashes[series % dashes.length]! } };
}

const large: Partial<Record<SeriesMark, object>> = {
  line: { sampling: 'lttb' },
  area: { sampling: 'lttb' },
  // A pixel for a point is what tells a million of them apart.
  scatter: { large: true, symbolSize: 3, progressive: 10_000, progressiveThreshold: 10_000 },
};

/** The data of a series: on a measured axis pairs in one typed array, which is neither copied nor made into objects. */
function dataOf(
  model: ChartModel,
  series: number,
): { data: ArrayLike<unknown> } | { data: Float64Array; dimensions: string[] } {
  const { y, boxes } = model.series[series]!;
  if (boxes) {
    return {
      data: Array.from(y, (median, place) =>
        Number.isNaN(median) ? '-' : Array.from(boxes.subarray(place * 5, place * 5 + 5)),
      ),
    };
  }
  if (model.x.kind === 'category') return { data: Array.from(y, orNull) };
  const places = drawnPlaces(model, series);
  const count = places?.length ?? y.length;
  const pairs = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) {
    const place = places ? places[i]! : i;
    pairs[i * 2] = middleOf(model, place);
    pairs[i * 2 + 1] = y[place]!;
  }
  return { data: pairs, dimensions: ['x', 'y'] };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** Where a place is on a measured axis; a bar stands over the middle of its bin. */
function middleOf({ at, edges }: ChartModel, place: number): number {
  return edges ? edges[place]! / 2 + edges[place + 1]! / 2 : at[place]!;
}

/** Numbers beside the bars of one series, where they fit. */
function labelsOf({ model, theme, fontFamily, width, changes }: Drawing): object {
  const { mark, categories, series } = model;
  const isBar = mark === 'bar' || mark === 'horizontalBar';
  if (!isBar || series.length !== 1 || changes || categories.length > maxValueLabels) return {};
  const write = numberFormatter(model.y.format);
  const longest = series[0]!.y.reduce(
    (most, y) => Math.max(most, Number.isNaN(y) ? 0 : textWidth(write(y))),
    0,
  );
  if (mark === 'bar' && longest * 7.5 >= (width - 100) / categories.length) return {};
  return {
    label: {
      ...{ show: true, position: mark === 'bar' ? 'top' : 'right', fontFamily },
      color: theme.text,
      formatter: ({ value }: { value: unknown }) => (typeof value === 'number' ? write(value) : ''),
    },
  };
}

function boxStyle({ theme }: Drawing, series: number): object {
  const color = theme.palette[series % theme.palette.length]!;
  return {
    itemStyle: {
      color: `${color}40`,
      borderColor: color,
      borderWidth: 1.5,
    },
  };
}

/** Where the values were before: outlines of bars, broken lines, hollow points. Pies and heat maps tell it in words. */
export function beforeSeries({ model, theme, interactive }: Drawing, changes: ChartChanges): object[] {
  if (model.mark === 'pie' || model.rows) return [];
  const mark = model.mark as SeriesMark;
  return changes.series.map(({ before }, i) => {
    const color = theme.palette[i % theme.palette.length]!;
    const was = {
      ...model,
      series: model.series.map(({ name }, s) => ({ name, y: s === i ? before : new Float64Array(0) })),
    };
    return {
      ...(interactive ? { id: `before ${i}` } : {}),
      // With the name of what it was the legend hides both.
      name: changes.series.length === 1 ? beforeName : model.series[i]!.name,
      ...dataOf(was, i),
      ...{ xAxisIndex: mark === 'horizontalBar' ? 0 : 1, yAxisIndex: mark === 'horizontalBar' ? 1 : 0 },
      ...{ silent: true, z: 3, emphasis: { disabled: true }, tooltip: { show: false } },
      ...ghost(mark, theme.text, color),
    };
  });
}

function ghost(mark: SeriesMark, text: string, color: string): object {
  const outline = { color: 'transparent', borderColor: text, borderType: 'dashed', borderWidth: 1.5 };
  switch (mark) {
    case 'bar':
    case 'horizontalBar':
    case 'histogram':
      return { ...marks[mark], stack: undefined, itemStyle: { ...outline, decal: { color: 'transparent' } } };
    case 'line':
    case 'area':
      return {
        type: 'line',
        showSymbol: false,
        lineStyle: { width: 1.5, type: 'dashed', color },
        itemStyle: { color },
      };
    case 'scatter':
      return {
        type: 'scatter',
        symbolSize: 8,
        itemStyle: { color: 'transparent', borderColor: color, borderWidth: 1.5 },
      };
    case 'box':
      return {
        type: 'scatter',
        symbol: 'diamond',
        symbolSize: 10,
        itemStyle: { ...outline, borderType: 'solid' },
      };
  }
}

export function pieSeries({ model, theme, fontFamily }: Drawing, top: number): object {
  const write = numberFormatter(model.y.format);
  const y = model.series[0]?.y ?? new Float64Array(0);
  return {
    ...{ type: 'pie', radius: ['0%', '70%'], top, bottom: 16, startAngle: 90 },
    avoidLabelOverlap: true,
    itemStyle: { borderColor: theme.background, borderWidth: 2 },
    label: {
      ...{ color: theme.text, fontFamily, width: labelWidth.down, overflow: 'truncate' },
      formatter: ({ name, value }: { name: string; value: number }) => `${name}: ${write(value)}`,
    },
    labelLine: { lineStyle: { color: theme.dimText } },
    data: Array.from(drawnPlaces(model, 0) ?? [], (place) => ({
      name: model.categories[place]!,
      value: y[place]!,
    })),
  };
}
