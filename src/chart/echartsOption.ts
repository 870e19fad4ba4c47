import type { EChartsCoreOption } from 'echarts/core';
import { placeAxis, rowAxis, valueAxis } from './axes.ts';
import { placeCount, type ChartChanges, type ChartModel } from './chartModel.ts';
import { themeOf, type ChartTheme, type ThemeName } from './chartTheme.ts';
import type { Drawing } from './drawing.ts';
import { beforeName, beforeSeries, pieSeries, seriesOf } from './drawnSeries.ts';
import { colorScale, heatMapSeries } from './heatMapSeries.ts';
import { fitText, textWidth } from './textWidth.ts';
import { tooltipOf } from './tooltip.ts';

export interface OptionSettings {
  /** Pixels. */
  width: number;
  /** A name, or the editor's own colours. Default light. */
  theme?: ThemeName | ChartTheme | undefined;
  /** With tooltips, zoom, and a legend that hides series. Default false: a picture. */
  interactive?: boolean | undefined;
  reducedMotion?: boolean | undefined;
  /** Shows where the values were before. */
  changes?: ChartChanges | undefined;
}

// Without quotes: the server-side renderer puts it into an attribute as it is.
const systemFont = 'system-ui, -apple-system, Segoe UI, Noto Sans, DejaVu Sans, sans-serif';
const motionMs = 250;
/** Moving more than this is not smooth. */
const maxMoving = 2_000;
/** More categories than this are zoomed into. */
const maxAtOnce = { across: 40, down: 25 };

/** What ECharts draws for a model. Texts go in as plain texts: no rich text and no HTML formatter is used. */
export function echartsOption(model: ChartModel, o: OptionSettings): EChartsCoreOption {
  const theme = themeOf(o.theme);
  const { interactive = false, changes, width } = o;
  const fontFamily = theme.fontFamily ?? systemFont;
  const drawing: Drawing = { model, theme, fontFamily, width, interactive, changes };
  const legend = legendOf(drawing);
  const above = 16 + 24 + (model.description ? 20 : 0);
  const top = above + (legend ? legend.height : 0) + (model.rows ? 34 : 0) + 12;
  const isMoving = interactive && o.reducedMotion !== true && placeCount(model) <= maxMoving;
  // A title has no overflow of its own; these are the widths of a bold 16 px and a plain 12 px letter.
  const fit = (text: string, letter: number): string => fitText(text, Math.floor((width - 40) / letter));
  return {
    animation: isMoving,
    ...(isMoving ? { animationDuration: motionMs, animationDurationUpdate: motionMs } : {}),
    ...(interactive && !isMoving ? { stateAnimation: { duration: 0 } } : {}),
    // The same ticks in every time zone.
    useUTC: true,
    backgroundColor: theme.background,
    color: [...theme.palette],
    textStyle: { fontFamily, color: theme.text },
    title: {
      ...{
        text: fit(model.title, 9.6),
        subtext: fit(model.description, 6.8),
        left: 16,
        top: 12,
        itemGap: interactive ? 10 : 6,
      },
      textStyle: { fontFamily, fontSize: 16, fontWeight: 600, color: theme.text },
      subtextStyle: { fontFamily, fontSize: 12, color: theme.dimText },
    },
    ...(legend ? { legend: legend.option } : {}),
    ...(model.rows ? { visualMap: colorScale(drawing, above) } : {}),
    ...(model.mark === 'pie' ? { series: [pieSeries(drawing, top)] } : cartesian(drawing, top)),
    ...(interactive
      ? {
          tooltip: tooltipOf(drawing),
          aria: {
            ...{ enabled: true, label: { description: model.summary } },
            // In cells they would hide the numbers.
            decal: { show: theme.isHighContrast && !model.rows },
          },
        }
      : {}),
  };
}

const legendLine = 24;

function legendOf({
  model,
  theme,
  fontFamily,
  width,
  changes,
}: Drawing): { option: object; height: number } | undefined {
  if (model.mark === 'pie' || model.rows) return undefined;
  const isGhosted = changes !== undefined && model.series.length === 1;
  const names = [...model.series.map((one) => one.name), ...(isGhosted ? [beforeName] : [])];
  if (names.length < 2) return undefined;
  const formatter = (name: string): string => fitText(name, Math.min(40, Math.floor((width - 70) / 7)));
  let lines = 1;
  let used = 0;
  for (const name of names) {
    const room = 14 + 5 + textWidth(formatter(name)) * 7 + 18;
    if (used > 0 && used + room > width - 32) {
      lines++;
      used = 0;
    }
    used += room;
  }
  return {
    height: 28 + (lines - 1) * legendLine,
    option: {
      ...{
        type: 'plain',
        left: 16,
        top: model.description ? 60 : 42,
        itemWidth: 14,
        itemHeight: 10,
        itemGap: 18,
      },
      ...{ data: names, formatter, inactiveColor: theme.grid },
      textStyle: { fontFamily, color: theme.text },
    },
  };
}

function cartesian(drawing: Drawing, top: number): EChartsCoreOption {
  const { model, changes, interactive } = drawing;
  const lying = model.mark === 'horizontalBar';
  const places = placeAxis(drawing, lying);
  const values = model.rows ? rowAxis(drawing) : valueAxis(drawing, lying);
  const ghosts = changes ? beforeSeries(drawing, changes) : [];
  // Bars stand beside each other on one axis; on one of their own, those of before stand behind those of now.
  const second = ghosts.length > 0 ? [places, { ...places, show: false }] : places;
  const zoom = interactive ? zoomOf(drawing, lying, ghosts.length > 0 ? [0, 1] : [0]) : undefined;
  const slider = zoom && !lying ? 36 : 0;
  return {
    grid: {
      ...{ left: 16, right: (lying ? 56 : 24) + (zoom && lying ? 36 : 0) },
      ...{ top: lying ? top - 8 : top + 16, bottom: 16 + slider },
      outerBoundsMode: 'same',
      outerBoundsContain: 'all',
    },
    xAxis: lying ? values : second,
    yAxis: lying ? second : values,
    series: [
      ...(model.rows ? [heatMapSeries(drawing)] : model.series.map((_, i) => seriesOf(drawing, i))),
      ...ghosts,
    ],
    ...(zoom ? { dataZoom: zoom } : {}),
  };
}

/** Zoom by wheel, pinch and a slider: of a scale always, of categories where there are many. */
function zoomOf({ model, theme }: Drawing, lying: boolean, axes: number[]): object[] | undefined {
  const most = lying ? maxAtOnce.down : maxAtOnce.across;
  if (model.x.kind === 'category' && model.categories.length <= most) return undefined;
  const shared = {
    [lying ? 'yAxisIndex' : 'xAxisIndex']: axes,
    // What is left out scales the values anew; of a few points, lines go on beyond the edge.
    filterMode: model.x.kind === 'category' || placeCount(model) > maxMoving ? 'filter' : 'none',
  };
  const edge = { borderColor: theme.grid, fillerColor: `${theme.palette[0]!}33` };
  return [
    { ...shared, type: 'inside' },
    {
      ...{ ...shared, ...edge, type: 'slider', showDetail: false, brushSelect: false },
      ...(lying ? { right: 12, width: 20 } : { bottom: 12, height: 20 }),
      textStyle: { color: theme.text },
      handleStyle: { color: theme.background, borderColor: theme.text },
      moveHandleStyle: { color: theme.dimText },
      dataBackground: {
        lineStyle: { color: theme.dimText },
        areaStyle: { color: theme.grid },
      },
    },
  ];
}
