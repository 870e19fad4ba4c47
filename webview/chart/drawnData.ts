import { drawnPlaces } from '../../src/chart/drawnPlaces.ts';
import type { ChartModel } from '../../src/chart/chartModel.ts';

/** Where ECharts has a value: a series and an index into its data. */
export interface DataAt {
  seriesIndex: number;
  dataIndex: number;
}

/** The place that a value of the picture stands at. */
export function placeOf(model: ChartModel, seriesIndex: number, dataIndex: number): number {
  const drawn = drawnPlaces(model, seriesIndex)?.[dataIndex] ?? dataIndex;
  return model.rows ? drawn % model.categories.length : drawn;
}

/** The values of the picture at a place: one of each series, of a heat map the cells of its column. */
export function dataAt(model: ChartModel, place: number): DataAt[] {
  if (model.rows) {
    const columns = model.categories.length;
    const cells = drawnPlaces(model, 0) ?? new Int32Array(0);
    return [...cells.keys()]
      .filter((index) => cells[index]! % columns === place)
      .map((dataIndex) => ({ seriesIndex: 0, dataIndex }));
  }
  return model.series.flatMap((_, seriesIndex) => {
    const drawn = drawnPlaces(model, seriesIndex);
    const dataIndex = drawn ? drawn.indexOf(place) : place;
    return dataIndex === -1 ? [] : [{ seriesIndex, dataIndex }];
  });
}
