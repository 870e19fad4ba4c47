import type { ChartModel } from './chartModel.ts';
import { labelWidth, maxValueLabels, type Drawing } from './drawing.ts';
import { textWidth } from './textWidth.ts';
import { grainLabel, startOf } from './timeGrain.ts';
import { formatTime, numberFormatter } from './values.ts';

/** The axis of categories, times, numbers or bins. `lying` where it runs down the side. */
export function placeAxis(drawing: Drawing, lying: boolean): object {
  const { model, theme, fontFamily, width } = drawing;
  const shared = {
    ...axisName(model.x.title, drawing, lying),
    axisLine: { lineStyle: { color: theme.dimText } },
  };
  if (model.x.kind === 'category') {
    // Periods and hours follow each other: what stands between two of them needs no label.
    const isTime = model.x.grain !== undefined;
    const isShort = model.rows !== undefined && model.categories.every((label) => label.length <= 3);
    const mayLack = isTime || isShort;
    const isTilted = !lying && !mayLack && isNarrow(model, width);
    return {
      ...shared,
      type: 'category',
      data: model.categories,
      // The first category on top, as in the table.
      inverse: lying,
      // Where labels are left out, ECharts does not keep the name away from them.
      ...(isTime && !lying ? { nameGap: 32 } : {}),
      axisTick: { show: false },
      axisLabel: {
        ...{ color: theme.text, fontFamily, width: lying ? labelWidth.down : labelWidth.across },
        overflow: lying ? 'truncate' : 'break',
        hideOverlap: true,
        ...(model.categories.length <= maxValueLabels && !mayLack ? { interval: 0 } : {}),
        ...(isTilted ? { rotate: 35, overflow: 'truncate' } : {}),
      },
    };
  }
  const labels = { color: theme.text, fontFamily, hideOverlap: true };
  if (model.edges) {
    const { ticks, ...range } = binTicks(drawing, model.edges);
    return {
      ...{ ...shared, ...range, type: 'value', splitLine: { show: false } },
      axisTick: { show: true, customValues: ticks },
      axisLabel: { ...labels, customValues: ticks, formatter: numberFormatter(model.x.format) },
    };
  }
  return {
    ...shared,
    type: model.x.kind === 'time' ? 'time' : 'value',
    scale: true,
    splitLine: { show: false },
    axisLabel: {
      ...labels,
      ...(model.x.kind === 'time'
        ? { textMargin: [0, 10], formatter: (ms: number) => timeTick(ms, model) }
        : {}),
    },
  };
}

/** Whether the labels of categories do not fit beside each other. */
function isNarrow({ categories, rows }: ChartModel, width: number): boolean {
  const room = width / categories.length;
  if (!rows) return room < labelWidth.across + 10;
  // Columns of a heat map are often short: hours, days.
  const longest = categories.reduce((most, label) => Math.max(most, Math.min(textWidth(label), 13)), 0);
  return room < longest * 7 + 10;
}

/** Ticks at the edges of bins, as many as there is room for. */
function binTicks(
  { model, width }: Drawing,
  edges: Float64Array,
): { ticks: number[]; min: number; max: number } {
  const [min, max] = [edges[0] ?? 0, edges[edges.length - 1] ?? 1];
  const write = numberFormatter(model.x.format);
  const longest = Math.max(...[min, max].map((edge) => textWidth(write(edge)))) * 7 + 16;
  const most = Math.max(1, Math.floor((width - 120) / longest));
  const every = [1, 2, 5, 10, 20, 50, 100].find((count) => edges.length / count <= most) ?? 200;
  // At round numbers: of bins of 1 from 2 on, 5, 10, 15.
  const first = Math.round(min / ((max - min) / Math.max(1, edges.length - 1)));
  return { ticks: Array.from(edges).filter((_, i) => (first + i) % every === 0), min, max };
}

/** Periods and dates, and at other times of the day the time behind the date. */
function timeTick(ms: number, { x }: ChartModel): string {
  const grain = wholeGrains.find((one) => one === x.grain);
  const begun = [grain, 'month' as const].find((one) => one !== undefined && startOf(one, ms) === ms);
  if (grain && begun) return grainLabel(begun, ms);
  const [date, clock] = formatTime(ms).split(' ');
  if (clock === undefined) return date!;
  return `${date!.slice(5)} ${clock.endsWith(':00') ? clock.slice(0, -3) : clock}`;
}

/** Between those, ticks are whole months at least. */
const wholeGrains = ['year', 'quarter', 'month'] as const;

export function valueAxis(drawing: Drawing, lying: boolean): object {
  const { model, theme, fontFamily } = drawing;
  return {
    type: 'value',
    ...axisName(model.y.title, drawing, !lying),
    // A bar that does not begin at zero lies; points may.
    scale: model.mark === 'scatter' || model.mark === 'box',
    ...(model.series.every(({ y }) => y.every(isWhole)) ? { minInterval: 1 } : {}),
    axisLabel: {
      ...{ color: theme.dimText, fontFamily, hideOverlap: true },
      formatter: (value: number) => tick(value, model),
    },
    splitLine: { lineStyle: { color: theme.grid } },
  };
}

/** There is no half of what was counted. */
function isWhole(value: number): boolean {
  return Number.isInteger(value) || Number.isNaN(value);
}

/** The rows of a heat map, the first one on top. */
export function rowAxis(drawing: Drawing): object {
  const { model, theme, fontFamily } = drawing;
  return {
    type: 'category',
    data: model.series.map((one) => one.name),
    ...axisName(model.rows?.title ?? '', drawing, true),
    inverse: true,
    axisLine: { lineStyle: { color: theme.dimText } },
    axisTick: { show: false },
    axisLabel: {
      ...{ color: theme.text, fontFamily, width: labelWidth.down, overflow: 'truncate', hideOverlap: true },
      ...(model.series.length <= maxValueLabels ? { interval: 0 } : {}),
    },
  };
}

const compact = numberFormatter({ style: 'compact' });

/** Ticks are round: the decimals of the values would be noise, except for percents. */
export function tick(value: number, { y }: ChartModel): string {
  const text = numberFormatter(y.format)(value);
  if (text.endsWith('%') || /[KMBT]$/.test(text)) return text;
  if (Math.abs(value) >= 1e6) return compact(value);
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function axisName(name: string, { theme, fontFamily, interactive }: Drawing, down: boolean): object {
  return {
    // On a canvas texts are measured as they are, and stand closer.
    ...{ name, nameLocation: 'middle', nameGap: down ? 12 : interactive ? 30 : 10 },
    nameMoveOverlap: true,
    nameTextStyle: { color: theme.dimText, fontFamily, fontSize: 12 },
  };
}
