import type { ChartModel } from '../../src/chart/chartModel.ts';
import { make } from '../shared/elements.ts';
import { placeAxis } from './chartPlaces.ts';
import { gridOf, type Rectangle } from './drawnParts.ts';
import type { EChartsType } from './echarts.ts';

/**
 * What shows the selected place over the picture: a frame around a category, a line on a measured axis. It is an element,
 * for a million points would be drawn again to show one of them.
 */
export class PlaceMark {
  readonly element = make('div', { class: 'place-mark', hidden: true });

  /** Puts it at a place; nowhere if it is undefined, not on an axis, or out of sight. */
  put(chart: EChartsType, model: ChartModel, place: number | undefined): void {
    const grid = place === undefined ? undefined : gridOf(chart);
    const band = grid && bandOf(chart, model, place!);
    this.element.hidden = true;
    if (!grid || !band) return;
    const lying = placeAxis(model).index === 1;
    const [least, size] = lying ? [grid.y, grid.height] : [grid.x, grid.width];
    const from = Math.max(band.from, least);
    const to = Math.min(band.to, least + size);
    if (to < from || band.to < least || band.from > least + size) return;
    const across = lying ? { x: grid.x, width: grid.width } : { y: grid.y, height: grid.height };
    const along = lying ? { y: from, height: to - from } : { x: from, width: to - from };
    const { x, y, width, height } = { ...across, ...along } as Rectangle;
    Object.assign(this.element.style, {
      ...{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` },
    });
    this.element.replaceChildren(...dots(chart, model, place!, { x, y, grid }));
    this.element.classList.toggle('line', to - from < 1);
    this.element.classList.toggle('lying', lying);
    this.element.hidden = false;
  }
}

/** Where the values of a place on a measured axis are, within the mark at `x` and `y`. */
function dots(
  chart: EChartsType,
  { at, edges, series }: ChartModel,
  place: number,
  { x, y, grid }: { x: number; y: number; grid: Rectangle },
): HTMLElement[] {
  if (at.length === 0 || edges) return [];
  return series.flatMap((one) => {
    const value = one.y[place]!;
    if (Number.isNaN(value)) return [];
    const [left = 0, top = 0] = chart.convertToPixel('grid', [at[place]!, value]);
    if (top < grid.y || top > grid.y + grid.height) return [];
    const dot = make('span', { class: 'dot' });
    Object.assign(dot.style, { left: `${left - x}px`, top: `${top - y}px` });
    return [dot];
  });
}

function bandOf(
  chart: EChartsType,
  model: ChartModel,
  place: number,
): { from: number; to: number } | undefined {
  const { index, valueOf } = placeAxis(model);
  const pixel = (value: number): number =>
    chart.convertToPixel(index === 0 ? { xAxisIndex: 0 } : { yAxisIndex: 0 }, value);
  const middle = pixel(valueOf(place));
  if (!Number.isFinite(middle)) return undefined;
  // A bin is as wide as it is.
  if (model.edges) return { from: middle, to: pixel(model.edges[place + 1]!) };
  if (model.at.length > 0) return { from: middle, to: middle };
  // A category's neighbour is as far as it is wide; it may be out of sight.
  const half = Math.abs(pixel(valueOf(place) + 1) - middle) / 2;
  return Number.isFinite(half) ? { from: middle - half, to: middle + half } : undefined;
}
