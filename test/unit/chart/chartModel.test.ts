import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import {
  placeCount,
  tableColumns,
  tableRow,
  type ChartModel,
  type ChartRow,
} from '../../../src/chart/chartModel.ts';
import { maxSeries } from '../../../src/chart/series.ts';

const spec: ChartSpec = {
  title: 'Deliveries per branch',
  source: { table: 'gold/t' },
  mark: 'bar',
  x: { field: 'branch', title: 'Branch' },
  y: { field: 'n', title: 'Deliveries', unit: 'orders' },
};
const rows = [
  { branch: 'B', n: 2 },
  { branch: 'A', n: 3n },
  { branch: 'C', n: '10.5' },
];
const values = (s: ChartSpec, r: readonly ChartRow[]): (number | null)[] => yOf(buildChart(s, r));
/** NaN is shown as null. */
function yOf(model: ChartModel, series = 0): (number | null)[] {
  return Array.from(model.series[series]!.y, (y) => (Number.isNaN(y) ? null : y));
}
const table = (model: ChartModel): string[][] =>
  Array.from({ length: placeCount(model) }, (_, place) => tableRow(model, place));

describe('buildChart', () => {
  it('takes numbers, bigints and decimal strings', () => {
    assert.deepEqual(values(spec, rows), [2, 3, 10.5]);
  });

  it('sorts by x and y, in both orders, ties by name and gaps last', () => {
    const more = [...rows, { branch: 'D', n: null }, { branch: '0', n: 3 }];
    const order = (sort: ChartSpec['sort']): string =>
      buildChart({ ...spec, ...(sort ? { sort } : {}) }, more).categories.join('');
    assert.equal(order(undefined), 'BACD0');
    assert.equal(order({ by: 'x' }), '0ABCD');
    assert.equal(order({ by: 'x', order: 'descending' }), 'DCBA0');
    assert.equal(order({ by: 'y' }), 'B0ACD');
    assert.equal(order({ by: 'y', order: 'descending' }), 'C0ABD');
  });

  it('counts what is no number, and draws a gap', () => {
    const bad = [NaN, Infinity, null, undefined, 'ten', true, {}, '1e999'].map((n, i) => ({
      branch: `b${i}`,
      n,
    }));
    const model = buildChart(spec, bad);
    assert.ok(yOf(model).every((y) => y === null));
    assert.deepEqual(model.notes, ['8 rows without a number in "n".']);
    assert.match(model.summary, /no values/);
  });

  it('aggregates', () => {
    const twice = [...rows, { branch: 'A', n: 5 }, { branch: 'A', n: null }];
    const of = (aggregate: ChartSpec['y']['aggregate']): number | null =>
      values({ ...spec, y: { ...spec.y, ...(aggregate ? { aggregate } : {}) } }, twice)[1]!;
    assert.deepEqual([of('sum'), of('mean'), of('count'), of('min'), of('max')], [8, 4, 2, 3, 5]);
    assert.throws(() => of('none'), /several rows for A/);
    assert.deepEqual(values({ ...spec, y: { aggregate: 'count' } }, twice), [1, 3, 1]);
  });

  it('puts the rest together as Other, with the right mean', () => {
    const model = buildChart(
      { ...spec, y: { field: 'n', aggregate: 'mean' }, sort: { by: 'x' }, top: { count: 1, other: true } },
      [...rows, { branch: 'C', n: 2.5 }],
    );
    assert.deepEqual(model.categories, ['A', 'Other']);
    assert.equal(model.series[0]!.y[1], 5);
    assert.deepEqual(model.notes, ['Other stands for 2 categories.']);
    assert.throws(() => buildChart({ ...spec, top: { count: 1, other: true } }, rows), /by which aggregate/);
  });

  it('splits by colour, eight at most', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ branch: 'A', n: i, c: `c${i}` }));
    const by = (aggregate: 'none' | 'sum'): string[] =>
      buildChart({ ...spec, y: { field: 'n', aggregate }, color: { field: 'c' } }, many).series.map(
        (one) => `${one.name}=${one.y[0]}`,
      );
    assert.deepEqual(by('sum').slice(-2), ['c11=11', 'Other=10']);
    assert.equal(by('sum').length, maxSeries);
    assert.ok(!by('none').join().includes('Other'));
  });

  it('gives a pie at most eight slices that add up', () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ branch: `b${i}`, n: i }));
    const model = buildChart({ ...spec, mark: 'pie' }, many);
    assert.equal(model.categories.length, 8);
    assert.equal(
      model.series[0]!.y.reduce((sum, y) => sum + y, 0),
      190,
    );
  });

  it('puts lines over time', () => {
    const days = [3, 1, 2].map((day) => ({ branch: new Date(Date.UTC(2026, 0, day)), n: day }));
    const model = buildChart({ ...spec, mark: 'line' }, [...days, { branch: null, n: 1 }]);
    assert.equal(model.x.kind, 'time');
    assert.deepEqual(values({ ...spec, mark: 'line' }, days), [1, 2, 3]);
    assert.deepEqual(model.notes, ['1 row without "branch" left out.']);
    assert.equal(model.x.title, 'Branch (UTC)');
    assert.equal(tableRow(model, 0)[0], '2026-01-01');
  });

  it('names a column that is not there, and those that are', () => {
    assert.throws(
      () => buildChart({ ...spec, y: { field: 'deliverys' } }, rows),
      (e) => isWorkbenchError(e, 'invalid') && e.message.includes('Its columns: branch, n.'),
    );
  });

  it('has the table and the summary', () => {
    const model = buildChart({ ...spec, sort: { by: 'y', order: 'descending' } }, rows);
    assert.deepEqual(tableColumns(model), [
      { title: 'Branch', numeric: false },
      { title: 'Deliveries (orders)', numeric: true },
    ]);
    assert.deepEqual(table(model), [
      ['C', '10.5'],
      ['A', '3'],
      ['B', '2'],
    ]);
    assert.equal(
      model.summary,
      'Bar chart of Deliveries (orders) by Branch, 3 values: highest C (10.5), lowest B (2).',
    );
  });

  it('draws an empty table', () => {
    assert.match(buildChart(spec, []).summary, /no values/);
  });

  const cell = fc.oneof(
    ...[fc.double(), fc.bigInt(), fc.string({ unit: 'binary' }), fc.constant(null), fc.integer()],
    fc.date({ noInvalidDate: false }),
  );
  it('gives finite numbers, safe texts and one table row per place for any data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ branch: cell, n: cell, c: fc.oneof(cell, fc.constant('x')) }), {
          maxLength: 30,
        }),
        fc.constantFrom('bar' as const, 'line' as const, 'scatter' as const, 'horizontalBar' as const),
        fc.constantFrom('sum' as const, 'mean' as const, 'min' as const, 'count' as const),
        fc.option(fc.record({ count: fc.integer({ min: 1, max: 5 }), other: fc.boolean() })),
        (data, mark, aggregate, top) => {
          const model = buildChart(
            {
              ...{ ...spec, mark, y: { field: 'n', aggregate }, color: { field: 'c' } },
              ...(top ? { top } : {}),
            },
            data,
          );
          assert.ok(model.series.length <= maxSeries);
          for (const { y } of model.series) {
            assert.equal(y.length, placeCount(model));
            assert.ok(y.every((value) => Number.isFinite(value) || Number.isNaN(value)));
          }
          assert.ok(model.at.every(Number.isFinite));
          assert.deepEqual(structuredClone(model), model);
          // eslint-disable-next-line no-control-regex -- they are what must not be there
          assert.doesNotMatch(JSON.stringify(table(model)) + model.summary, /[\u0000-\u001f\u007f-\u009f]/);
        },
      ),
    );
  });

  it('keeps the sum of what it is given', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ branch: fc.constantFrom('a', 'b', 'c', 'd'), n: fc.integer() }), {
          minLength: 1,
        }),
        fc.integer({ min: 1, max: 4 }),
        (data, count) => {
          const sums = values(
            { ...spec, y: { field: 'n', aggregate: 'sum' }, top: { count, other: true } },
            data,
          );
          const total = (list: (number | null)[]): number =>
            list.reduce<number>((sum, n) => sum + (n ?? 0), 0);
          assert.equal(total(sums), total(data.map((row) => row.n)));
        },
      ),
    );
  });
});
