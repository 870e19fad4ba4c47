import type { EChartsCoreOption } from 'echarts/core';
import type { ChartModel } from './chartModel.ts';
import { themes, type ChartTheme, type ThemeName } from './chartTheme.ts';
import { fitText, textWidth } from './textWidth.ts';
import { formatTime, numberFormatter } from './values.ts';

// Without quotes: the server-side renderer puts it into an attribute as it is.
const fontFamily = 'system-ui, -apple-system, Segoe UI, Noto Sans, DejaVu Sans, sans-serif';
/** Above this many, numbers beside the bars would overlap. */
const maxValueLabels = 30;
/** Longer category labels end in an ellipsis; the table has them whole. */
const labelWidth = { down: 160, across: 90 };

/** What ECharts draws for a model. Texts go in as plain texts: no rich text and no HTML formatter is used. */
export function echartsOption(
  model: ChartModel,
  o: { width: number; theme?: ThemeName | undefined },
): EChartsCoreOption {
  const themeName = o.theme ?? 'light';
  const theme = themes[themeName];
  const legend = model.series.length > 1 && model.mark !== 'pie';
  const top = 16 + 24 + (model.description ? 20 : 0) + (legend ? 28 : 0) + 12;
  // A title has no overflow of its own; these are the widths of a bold 16 px and a plain 12 px letter.
  const fit = (text: string, letter: number): string => fitText(text, Math.floor((o.width - 40) / letter));
  return {
    animation: false,
    backgroundColor: theme.background,
    color: [...theme.palette],
    textStyle: { fontFamily, color: theme.text },
    title: {
      ...{ text: fit(model.title, 9.6), subtext: fit(model.description, 6.8), left: 16, top: 12, itemGap: 6 },
      textStyle: { fontFamily, fontSize: 16, fontWeight: 600, color: theme.text },
      subtextStyle: { fontFamily, fontSize: 12, color: theme.dimText },
    },
    ...(legend
      ? {
          legend: {
            ...{ type: 'plain', left: 16, top: model.description ? 60 : 42, itemWidth: 14, itemHeight: 10 },
            textStyle: { fontFamily, color: theme.text },
          },
        }
      : {}),
    ...(model.mark === 'pie' ? { series: [pie(model, theme, top)] } : cartesian(model, theme, top, o.width)),
  };
}

function cartesian(model: ChartModel, theme: ChartTheme, top: number, width: number): EChartsCoreOption {
  const lying = model.mark === 'horizontalBar';
  const xAxis = placeAxis(model, theme, lying, width);
  const yAxis = valueAxis(model, theme, lying);
  return {
    grid: {
      ...{ left: 16, right: lying ? 56 : 24, top: lying ? top - 8 : top + 16, bottom: 16 },
      outerBoundsMode: 'same',
      outerBoundsContain: 'all',
    },
    xAxis: lying ? yAxis : xAxis,
    yAxis: lying ? xAxis : yAxis,
    series: model.series.map((one) => ({ ...marks[model.mark], ...seriesOf(model, one, theme, width) })),
  };
}

const marks: Record<ChartModel['mark'], object> = {
  bar: { type: 'bar', barMaxWidth: 56 },
  horizontalBar: { type: 'bar', barMaxWidth: 28 },
  line: { type: 'line', symbolSize: 6, lineStyle: { width: 2 } },
  area: { type: 'line', showSymbol: false, areaStyle: { opacity: 0.3 }, lineStyle: { width: 2 } },
  scatter: { type: 'scatter', symbolSize: 8, itemStyle: { opacity: 0.8 } },
  pie: { type: 'pie' },
};

function seriesOf(
  model: ChartModel,
  one: ChartModel['series'][number],
  theme: ChartTheme,
  width: number,
): object {
  const overCategories = model.x.kind === 'category';
  const bars = model.mark === 'bar' || model.mark === 'horizontalBar';
  const longest = Math.max(0, ...one.points.map(([, y]) => (y === null ? 0 : textWidth(model.formatY(y)))));
  const fits = model.mark === 'horizontalBar' || longest * 7.5 < (width - 100) / model.categories.length;
  const few = fits && model.categories.length <= maxValueLabels;
  return {
    name: one.name,
    data: overCategories ? one.points.map(([, y]) => y) : one.points.map(([x, y]) => [x, y]),
    ...(bars && few && model.series.length === 1
      ? {
          label: {
            ...{ show: true, position: model.mark === 'bar' ? 'top' : 'right', fontFamily },
            color: theme.text,
            formatter: ({ value }: { value: unknown }) =>
              typeof value === 'number' ? model.formatY(value) : '',
          },
        }
      : {}),
  };
}

/** The axis of categories, times or numbers. */
function placeAxis(model: ChartModel, theme: ChartTheme, lying: boolean, width: number): object {
  const { kind, title } = model.x;
  const shared = {
    ...axisName(title, theme, lying),
    axisLine: { lineStyle: { color: theme.dimText } },
  };
  if (kind === 'category') {
    return {
      ...shared,
      type: 'category',
      data: model.categories,
      // The first category on top, as in the table.
      inverse: lying,
      axisTick: { show: false },
      axisLabel: {
        ...{ color: theme.text, fontFamily, width: lying ? labelWidth.down : labelWidth.across },
        overflow: lying ? 'truncate' : 'break',
        hideOverlap: true,
        ...(model.categories.length <= maxValueLabels ? { interval: 0 } : {}),
        ...(!lying && width / model.categories.length < labelWidth.across + 10
          ? { rotate: 35, overflow: 'truncate' }
          : {}),
      },
    };
  }
  return {
    ...shared,
    type: kind === 'time' ? 'time' : 'value',
    scale: true,
    splitLine: { show: false },
    axisLabel: {
      ...{ color: theme.text, fontFamily, hideOverlap: true },
      ...(kind === 'time' ? { formatter: (value: number) => formatTime(value) } : {}),
    },
  };
}

function valueAxis(model: ChartModel, theme: ChartTheme, lying: boolean): object {
  return {
    type: 'value',
    ...axisName(model.y.title, theme, !lying),
    // A bar that does not begin at zero lies; points may.
    scale: model.mark === 'scatter',
    axisLabel: {
      ...{ color: theme.dimText, fontFamily, hideOverlap: true },
      formatter: (value: number) => tick(value, model),
    },
    splitLine: { lineStyle: { color: theme.grid } },
  };
}

const compact = numberFormatter({ style: 'compact' });

/** Ticks are round: the decimals of the values would be noise, except for percents. */
function tick(value: number, model: ChartModel): string {
  const text = model.formatY(value);
  if (text.endsWith('%') || /[KMBT]$/.test(text)) return text;
  if (Math.abs(value) >= 1e6) return compact(value);
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function axisName(name: string, theme: ChartTheme, down: boolean): object {
  return {
    ...{ name, nameLocation: 'middle', nameGap: down ? 12 : 10 },
    nameMoveOverlap: true,
    nameTextStyle: { color: theme.dimText, fontFamily, fontSize: 12 },
  };
}

function pie(model: ChartModel, theme: ChartTheme, top: number): object {
  const values = model.series[0]?.points.map(([, y]) => y) ?? [];
  return {
    ...{ type: 'pie', radius: ['0%', '70%'], top, bottom: 16, startAngle: 90 },
    avoidLabelOverlap: true,
    itemStyle: { borderColor: theme.background, borderWidth: 2 },
    label: {
      ...{ color: theme.text, fontFamily, width: labelWidth.down, overflow: 'truncate' },
      formatter: ({ name, value }: { name: string; value: number }) => `${name}: ${model.formatY(value)}`,
    },
    labelLine: { lineStyle: { color: theme.dimText } },
    data: model.categories
      .map((name, i) => ({ name, value: values[i] ?? null }))
      // A slice has no place for a gap or a loss.
      .filter((slice) => slice.value !== null && slice.value > 0),
  };
}
