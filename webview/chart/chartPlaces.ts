import type { ChartModel } from '../../src/chart/chartModel.ts';

/** What a place is found by in another model of the same chart: its label, or where it stands on a measured axis. */
export function keyOf(model: ChartModel, place: number | undefined): string | number | undefined {
  if (place === undefined) return undefined;
  return model.at.length > 0 ? model.at[place] : model.categories[place];
}

/** The place with a key; undefined if it is not there any more. */
export function placeWith(
  { at, categories }: ChartModel,
  key: string | number | undefined,
): number | undefined {
  if (key === undefined) return undefined;
  const place = typeof key === 'number' ? at.indexOf(key) : categories.indexOf(key);
  return place === -1 ? undefined : place;
}

/** The axis that places stand on: its position in a point, and where a place is on it. */
export function placeAxis(model: ChartModel): { index: 0 | 1; valueOf: (place: number) => number } {
  return {
    index: model.mark === 'horizontalBar' ? 1 : 0,
    valueOf: (place) => (model.at.length > 0 ? model.at[place]! : place),
  };
}

/** The place that is nearest to a value of the places' axis; the bin that it is in. */
export function nearest({ at, edges, categories }: ChartModel, value: number): number | undefined {
  if (at.length === 0) {
    const place = Math.round(value);
    return place >= 0 && place < categories.length ? place : undefined;
  }
  if (edges && (value < edges[0]! || value > edges[at.length]!)) return undefined;
  let [low, high] = [0, at.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle]! < value) low = middle + 1;
    else high = middle;
  }
  if (edges) return at[low]! > value ? low - 1 : low;
  return low > 0 && value - at[low - 1]! < at[low]! - value ? low - 1 : low;
}
