import { deepEqual } from 'node:assert/strict';

import { buildChart } from '../../../src/chart/buildChart.ts';
import { renderSvg } from '../../../src/chart/svg.ts';

describe('A chart of labels that are names of properties', () => {
  it('leaves the properties of all objects alone', () => {
    const names = ['__proto__', 'constructor', '__proto__ and more', 'toString', 'Berlin'];
    const model = buildChart(
      {
        ...{ title: '__proto__', source: { table: 'gold/orders' }, mark: 'bar' },
        ...{ x: { field: 'name', title: 'constructor' }, y: { field: 'orders' } },
      },
      names.map((name, i) => ({ name, orders: i })),
    );
    renderSvg(model);
    renderSvg(model);
    deepEqual(Object.keys(Object.prototype), []);
    deepEqual(Object.keys(Object), []);
  });
});
