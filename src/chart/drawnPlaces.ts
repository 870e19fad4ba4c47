import { placeCount, type ChartModel } from './chartModel.ts';

/**
 * Which places the data of a series in the picture stand for, in their order; undefined where each stands for its own.
 * A heat map is one series in the picture: its numbers are cells, `row * columns + place`.
 */
export function drawnPlaces(model: ChartModel, series: number): Int32Array | undefined {
  if (model.rows) {
    const columns = model.categories.length;
    return indicesWhere(columns * model.series.length, (cell) => {
      return !Number.isNaN(model.series[Math.floor(cell / columns)]!.y[cell % columns]!);
    });
  }
  const y = model.series[series]?.y ?? new Float64Array(0);
  // A slice has no place for a gap or a loss.
  if (model.mark === 'pie') return indicesWhere(placeCount(model), (place) => y[place]! > 0);
  if (model.isSparse) return indicesWhere(placeCount(model), (place) => !Number.isNaN(y[place]!));
  return undefined;
}

function indicesWhere(count: number, is: (index: number) => boolean): Int32Array {
  const result = new Int32Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) if (is(i)) result[length++] = i;
  return result.slice(0, length);
}
