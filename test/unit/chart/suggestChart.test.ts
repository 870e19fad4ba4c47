import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { parseChart } from '../../../src/chart/chartFile.ts';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import type { ChartRow } from '../../../src/chart/chartModel.ts';
import { fieldKind } from '../../../src/chart/fieldKind.ts';
import { suggestChart, suggestRows } from '../../../src/chart/suggestChart.ts';

const suggest = (columns: Record<string, string>, rows: ChartRow[]): ChartSpec =>
  suggestChart(
    { name: 'gold/t', columns: Object.entries(columns).map(([name, type]) => ({ name, type })) },
    rows,
  );
const many = (row: (i: number) => ChartRow, count = 100): ChartRow[] =>
  Array.from({ length: count }, (_, i) => row(i));
const dayMs = 86_400_000;

describe('fieldKind', () => {
  it("knows Spark's types", () => {
    for (const type of ['int', 'bigint', 'decimal(10,2)', 'DOUBLE', 'long'])
      assert.equal(fieldKind(type), 'number');
    for (const type of ['date', 'timestamp', 'timestamp_ntz']) assert.equal(fieldKind(type), 'time');
    for (const type of ['string', 'varchar(20)', 'boolean', 'time(6)']) assert.equal(fieldKind(type), 'text');
    for (const type of ['array<int>', 'struct<a:int>', 'map<string,int>', 'binary', 'variant', '']) {
      assert.equal(fieldKind(type), 'other');
    }
  });
});

describe('suggestChart', () => {
  it('ranks the rows of a gold table', () => {
    assert.deepEqual(
      suggest({ branch: 'string', avg_hours: 'double', _version: 'bigint' }, [
        { branch: 'a', avg_hours: 1, _version: 1n },
        { branch: 'b', avg_hours: 2, _version: 1n },
      ]),
      {
        title: 'Avg hours by Branch',
        source: { table: 'gold/t' },
        mark: 'horizontalBar',
        x: { field: 'branch', title: 'Branch' },
        y: { field: 'avg_hours', title: 'Avg hours' },
        sort: { by: 'y', order: 'descending' },
      },
    );
  });

  it('puts days on a line, and raw events together by a grain', () => {
    const day = (i: number): string => new Date(i * dayMs).toISOString().slice(0, 10);
    const daily = suggest(
      { day: 'date', orders: 'bigint' },
      many((i) => ({ day: day(i), orders: i })),
    );
    assert.deepEqual([daily.mark, daily.x.grain, daily.y.aggregate], ['line', undefined, undefined]);
    const events = suggest(
      { at: 'timestamp', order_id: 'bigint', hours: 'double' },
      many((i) => ({ at: new Date(i * dayMs * 0.7), order_id: i, hours: i }), suggestRows),
    );
    assert.deepEqual(
      [events.mark, events.x.grain, events.y.field, events.y.aggregate],
      ['line', 'week', 'hours', 'mean'],
    );
    const counted = suggest(
      { at: 'timestamp', id: 'string' },
      many((i) => ({ at: new Date(i), id: `${i}` })),
    );
    assert.deepEqual(counted.y, { aggregate: 'count', title: 'Rows' });
  });

  it('has a series for each of a few states', () => {
    const spec = suggest(
      { day: 'date', state: 'string', n: 'int' },
      many((i) => ({ day: new Date(Math.floor(i / 2) * dayMs), state: i % 2 ? 'open' : 'sent', n: i })),
    );
    assert.deepEqual([spec.mark, spec.color], ['line', { field: 'state' }]);
  });

  it('makes a heat map of two categories', () => {
    const spec = suggest(
      { branch: 'string', item: 'string', sold: 'int' },
      many((i) => ({ branch: `b${i % 10}`, item: `i${Math.floor(i / 10)}`, sold: i })),
    );
    assert.deepEqual(
      [spec.mark, spec.value],
      ['heatMap', { field: 'sold', title: 'Sold', aggregate: 'none' }],
    );
  });

  it('takes two numbers for points, one for a histogram, none for a count', () => {
    assert.equal(
      suggest(
        { a: 'double', b: 'double' },
        many((i) => ({ a: i, b: i })),
      ).mark,
      'scatter',
    );
    assert.equal(
      suggest(
        { user_id: 'int', price: 'double' },
        many((i) => ({ user_id: i, price: i })),
      ).mark,
      'histogram',
    );
    const count = suggest(
      { name: 'string' },
      many((i) => ({ name: `n${i}` })),
    );
    assert.deepEqual([count.y.aggregate, count.top], ['count', { count: 30 }]);
  });

  it('says when there is nothing to draw', () => {
    assert.throws(
      () => suggest({ a: 'array<int>' }, []),
      (e) => isWorkbenchError(e, 'invalid') && e.message.includes('no column that can be drawn'),
    );
  });

  it('suggests what can be drawn, for any table', () => {
    const values: Record<string, fc.Arbitrary<unknown>> = {
      string: fc.oneof(fc.string(), fc.constantFrom('a', 'b', 'c')),
      bigint: fc.oneof(fc.integer(), fc.bigInt()),
      double: fc.double(),
      'decimal(20,2)': fc.integer().map((n) => `${n}.25`),
      date: fc.constantFrom('2026-01-01', '2026-02-01', '12026-01-01'),
      timestamp: fc.oneof(fc.date({ noInvalidDate: true }), fc.constant('12026-01-01T00:00:00Z')),
      boolean: fc.boolean(),
      'array<int>': fc.array(fc.integer()),
    };
    const column = fc.constantFrom(...Object.keys(values)).chain((type) =>
      fc.record({
        type: fc.constant(type),
        name: fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('avg_x', 'user_id', 'ähm Größe', 'n')),
        cells: fc.array(fc.option(values[type]!), { minLength: 40, maxLength: 40 }),
      }),
    );
    const columns = fc.uniqueArray(column, { selector: ({ name }) => name, minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(columns, fc.integer({ min: 0, max: 40 }), (table, count) => {
        fc.pre(table.some(({ type }) => fieldKind(type) !== 'other'));
        const rows = Array.from({ length: count }, (_, i) =>
          Object.fromEntries(table.map(({ name, cells }) => [name, cells[i]])),
        );
        const spec = suggestChart({ name: 'gold/t', columns: table }, rows);
        assert.deepEqual(parseChart(JSON.stringify(spec)), spec);
        assert.equal(buildChart(spec, rows).mark, spec.mark);
      }),
    );
  });
});
