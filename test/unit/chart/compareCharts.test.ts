import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import { placeCount, tableColumns, tableRow, type ChartRow } from '../../../src/chart/chartModel.ts';
import { compareCharts } from '../../../src/chart/compareCharts.ts';

const spec: ChartSpec = {
  title: 'T',
  source: { table: 't' },
  mark: 'bar',
  x: { field: 'b', title: 'Branch' },
  y: { field: 'n', title: 'Orders', aggregate: 'sum' },
};
const build = (rows: ChartRow[], parts: Partial<ChartSpec> = {}): ReturnType<typeof buildChart> =>
  buildChart({ ...spec, ...parts }, rows);

describe('compareCharts', () => {
  const now = build([
    { b: 'a', n: 5 },
    { b: 'new', n: 1 },
    { b: 'same', n: 2 },
  ]);
  const before = build([
    { b: 'same', n: 2 },
    { b: 'gone', n: 9 },
    { b: 'a', n: 7 },
  ]);

  it('lays the values before over those of now', () => {
    const changes = compareCharts(now, before);
    assert.deepEqual(Array.from(changes.series[0]!.before), [7, NaN, 2]);
    assert.deepEqual([changes.came, changes.went, changes.changedCount], [['new'], ['gone'], 1]);
    assert.equal(changes.sentence, '1 value changed, 1 new, 1 gone.');
    assert.deepEqual(structuredClone(changes), changes);
  });

  it('shows them in the table', () => {
    const changes = compareCharts(now, before);
    assert.deepEqual(
      tableColumns(now, changes).map(({ title }) => title),
      ['Branch', 'Orders', 'Orders, before', 'Orders, change'],
    );
    assert.deepEqual(tableRow(now, 0, changes), ['a', '5', '7', '-2']);
    assert.deepEqual(tableRow(now, 1, changes), ['new', '1', '', '']);
    assert.deepEqual(tableRow(now, 2, changes), ['same', '2', '2', '0']);
  });

  it('finds the points of a scale by where they stand', () => {
    const parts: Partial<ChartSpec> = { mark: 'scatter', y: { field: 'n' } };
    const changes = compareCharts(
      build(
        [
          { b: 1, n: 1 },
          { b: 1, n: 2 },
          { b: 3, n: 3 },
        ],
        parts,
      ),
      build(
        [
          { b: 1, n: 4 },
          { b: 2, n: 9 },
          { b: 1, n: 2 },
        ],
        parts,
      ),
    );
    assert.deepEqual(Array.from(changes.series[0]!.before), [4, 2, NaN]);
    assert.deepEqual([changes.came, changes.went], [['3'], ['2']]);
  });

  it('finds series by their names', () => {
    const rows = [
      { b: 'a', n: 1, c: 'x' },
      { b: 'a', n: 2, c: 'y' },
    ];
    const parts = { color: { field: 'c' } };
    const changes = compareCharts(build(rows, parts), build(rows.toReversed(), parts));
    assert.deepEqual(
      changes.series.map((one) => one.before[0]),
      [1, 2],
    );
    assert.equal(changes.sentence, 'Nothing changed.');
  });

  it('finds nothing between a chart and itself, and all new against an empty one', () => {
    const rows = fc.array(
      fc.record({ b: fc.oneof(fc.string(), fc.integer()), n: fc.integer(), c: fc.constantFrom('x', 'y') }),
    );
    const marks = fc.constantFrom('bar' as const, 'line' as const, 'pie' as const);
    fc.assert(
      fc.property(rows, marks, (data, mark) => {
        const parts: Partial<ChartSpec> = { mark, ...(mark === 'pie' ? {} : { color: { field: 'c' } }) };
        const model = build(data, parts);
        assert.equal(compareCharts(model, build(data, parts)).sentence, 'Nothing changed.');
        const fromNothing = compareCharts(model, build([], parts));
        assert.equal(fromNothing.cameCount, placeCount(model));
        for (const { before: values } of fromNothing.series) assert.equal(values.length, placeCount(model));
      }),
    );
  });
});
