import { tick } from './axes.ts';
import type { ChartModel } from './chartModel.ts';
import type { Drawing } from './drawing.ts';
import { drawnPlaces } from './drawnPlaces.ts';
import { fitText, textWidth } from './textWidth.ts';
import { numberFormatter } from './values.ts';

/** More numbers in cells are too much to read. */
const maxCellLabels = 200;

/** All cells that have a value, as one series. */
export function heatMapSeries(drawing: Drawing): object {
  const { model, theme, fontFamily, interactive } = drawing;
  const cells = drawnPlaces(model, 0)!;
  const columns = model.categories.length;
  const valueOf = (cell: number): number => model.series[Math.floor(cell / columns)]!.y[cell % columns]!;
  const shared = {
    ...{ type: 'heatmap', ...(interactive ? { id: 'cells' } : {}), name: model.y.title },
    itemStyle: { borderColor: theme.background, borderWidth: cells.length > 2_000 ? 0 : 1 },
    ...(interactive ? { emphasis: { itemStyle: { borderColor: theme.text, borderWidth: 2 } } } : {}),
    progressive: 0,
  };
  if (!hasLabels(drawing, cells.length)) {
    const data = new Float64Array(cells.length * 3);
    cells.forEach((cell, i) => data.set([cell % columns, Math.floor(cell / columns), valueOf(cell)], i * 3));
    return { ...shared, data, dimensions: ['x', 'y', 'value'] };
  }
  const write = numberFormatter(model.y.format);
  const [low, high] = rangeOf(model);
  return {
    ...shared,
    label: { show: true, fontFamily, formatter: ({ value }: { value: number[] }) => write(value[2]!) },
    data: Array.from(cells, (cell) => {
      const value = valueOf(cell);
      const share = high > low ? (value - low) / (high - low) : 0.5;
      return {
        value: [cell % columns, Math.floor(cell / columns), value],
        label: { color: inkOn(theme.scale[Math.round(share * (theme.scale.length - 1))]!) },
      };
    }),
  };
}

function hasLabels({ model, width }: Drawing, cells: number): boolean {
  if (cells > maxCellLabels) return false;
  const write = numberFormatter(model.y.format);
  const room = (width - 200) / Math.max(1, model.categories.length);
  return model.series.every(({ y }) =>
    y.every((one) => Number.isNaN(one) || textWidth(write(one)) * 7.5 < room),
  );
}

/** Black or white, whichever stands out more: the contrast of WCAG 2.2 with each is the same at a luminance of 0.18. */
function inkOn(color: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#000000' : '#ffffff';
}

/** The scale of colours above a heat map, with the title of its values. */
export function colorScale({ model, theme, fontFamily, width, interactive }: Drawing, top: number): object {
  const [low, high] = rangeOf(model);
  const title = fitText(model.y.title, Math.max(8, Math.floor((width - 260) / 7)));
  return {
    ...{ type: 'continuous', min: low, max: high > low ? high : low + 1, dimension: 2, calculable: false },
    ...{ orient: 'horizontal', left: 16, top, itemWidth: 12, itemHeight: 120, padding: 4 },
    // What is measured stands at the right, where a wider font than expected has room.
    text: [`${tick(high, model)}   ${title}`, tick(low, model)],
    textGap: 8,
    textStyle: { color: theme.text, fontFamily },
    inRange: { color: [...theme.scale] },
    hoverLink: interactive,
  };
}

function rangeOf({ series }: ChartModel): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { y } of series) {
    for (const value of y) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}
