import { equal } from 'node:assert/strict';
import { buildChart } from '../../../../src/chart/buildChart.ts';
import type { ChartSpec } from '../../../../src/chart/chartSpec.ts';
import { keyOf, nearest, placeWith } from '../../../../webview/chart/chartPlaces.ts';

const bar: ChartSpec = {
  ...{ title: 'Orders', source: { table: 'gold/orders' }, mark: 'bar' },
  ...{ x: { field: 'branch' }, y: { field: 'orders' } },
};
const line: ChartSpec = { ...bar, mark: 'line', x: { field: 'day' } };
const days = [1, 2, 5].map((day) => ({ day: new Date(Date.UTC(2026, 0, day)), orders: day }));

describe('chartPlaces', () => {
  it('finds a category again where it stands elsewhere', () => {
    const before = buildChart(bar, [
      { branch: 'Berlin', orders: 1 },
      { branch: 'constructor', orders: 2 },
    ]);
    const now = buildChart(bar, [
      { branch: 'constructor', orders: 3 },
      { branch: 'Ulm', orders: 4 },
    ]);
    equal(placeWith(now, keyOf(before, 1)), 0);
    equal(placeWith(now, keyOf(before, 0)), undefined);
    equal(placeWith(now, keyOf(before, undefined)), undefined);
  });

  it('finds a time again', () => {
    const before = buildChart(line, days);
    const now = buildChart(line, [...days, { day: new Date(Date.UTC(2025, 11, 31)), orders: 9 }]);
    equal(placeWith(now, keyOf(before, 1)), 2);
  });

  it('knows the place that is nearest to a point of the axis', () => {
    const model = buildChart(line, days);
    equal(nearest(model, Date.UTC(2025, 0, 1)), 0);
    equal(nearest(model, Date.UTC(2026, 0, 3)), 1);
    equal(nearest(model, Date.UTC(2026, 0, 4)), 2);
    equal(nearest(model, Date.UTC(2027, 0, 1)), 2);
  });

  it('knows the bin that a value is in', () => {
    const spec: ChartSpec = {
      ...bar,
      mark: 'histogram',
      x: { field: 'n', bins: 4 },
      y: { aggregate: 'count' },
    };
    const model = buildChart(
      spec,
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({ n })),
    );
    const { edges = new Float64Array() } = model;
    for (let bin = 0; bin + 1 < edges.length; bin++) {
      equal(nearest(model, edges[bin]! + 0.1), bin);
      equal(nearest(model, edges[bin + 1]! - 0.1), bin);
    }
    equal(nearest(model, edges[0]! - 1), undefined);
    equal(nearest(model, edges.at(-1)! + 1), undefined);
  });
});
