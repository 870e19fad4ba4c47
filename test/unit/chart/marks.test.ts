import assert from 'node:assert/strict';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import {
  placeCount,
  tableColumns,
  tableRow,
  type ChartModel,
  type ChartRow,
} from '../../../src/chart/chartModel.ts';

const base = { title: 'T', source: { table: 't' } };
const table = (model: ChartModel): string[][] =>
  Array.from({ length: placeCount(model) }, (_, place) => tableRow(model, place));

describe('Time grains of charts', () => {
  const days = ['2026-01-05', '2026-01-06', '2026-03-01'];
  const rows = days.map((day, i) => ({ day, at: new Date(`${day}T13:00:00Z`), n: i + 1 }));
  const spec: ChartSpec = {
    ...{ ...base, mark: 'bar', x: { field: 'at', grain: 'month' }, y: { field: 'n', aggregate: 'sum' } },
  };

  it('put times together, and leave no period between them out', () => {
    const model = buildChart(spec, rows);
    assert.deepEqual(table(model), [
      ['2026-01', '3'],
      ['2026-02', ''],
      ['2026-03', '3'],
    ]);
    assert.equal(model.x.title, 'at (month, UTC)');
  });

  it('count nothing as none', () => {
    const model = buildChart({ ...spec, mark: 'line', y: { aggregate: 'count' } }, rows);
    assert.equal(model.x.kind, 'time');
    assert.deepEqual(Array.from(model.series[0]!.y), [2, 0, 1]);
    assert.equal(tableRow(model, 1)[0], '2026-02');
  });

  it('take dates that are texts, as tables give them', () => {
    const model = buildChart({ ...spec, x: { field: 'day', grain: 'week' } }, rows.slice(0, 2));
    assert.deepEqual(table(model), [['2026-01-05', '3']]);
    assert.equal(model.x.title, 'day (week)');
    assert.equal(buildChart({ ...spec, mark: 'line', x: { field: 'day' } }, rows).x.kind, 'time');
  });

  it('are refused for what is no time', () => {
    assert.throws(
      () => buildChart({ ...spec, x: { field: 'n', grain: 'day' } }, rows),
      /puts "n" together by day, and "1" in it is no time: take out "grain"/,
    );
    assert.throws(
      () =>
        buildChart({ ...spec, x: { field: 'day', grain: 'day' } }, [...rows, { day: '2026-02-30', n: 1 }]),
      /"2026-02-30" in it is no time/,
    );
  });

  it('want an aggregate where a period has several rows', () => {
    for (const mark of ['bar', 'line'] as const) {
      assert.throws(
        () => buildChart({ ...spec, mark, y: { field: 'n' } }, rows),
        /several rows for 2026-01:/,
      );
    }
  });
});

describe('Aggregates of charts', () => {
  const rows = [3, 1, 1, 8].map((n) => ({ b: 'a', n, s: `s${n}`, at: new Date(n) }));
  const value = (y: ChartSpec['y']): number =>
    buildChart({ ...base, mark: 'bar', x: { field: 'b' }, y }, rows).series[0]!.y[0]!;

  it('have a median, and count different values of any type', () => {
    assert.equal(value({ field: 'n', aggregate: 'median' }), 2);
    assert.equal(value({ field: 'n', aggregate: 'distinct' }), 3);
    assert.equal(value({ field: 's', aggregate: 'distinct' }), 3);
    assert.equal(value({ field: 'at', aggregate: 'distinct' }), 3);
  });
});

describe('Points', () => {
  const spec: ChartSpec = { ...base, mark: 'line', x: { field: 'x' }, y: { field: 'y' } };

  it('stand in the order of x, those with the same one in their own', () => {
    const rows = [
      { x: 2, y: 1 },
      { x: 1, y: 2 },
      { x: 2, y: 3 },
      { x: null, y: 4 },
    ];
    const model = buildChart(spec, rows);
    assert.deepEqual(
      [Array.from(model.at), Array.from(model.series[0]!.y)],
      [
        [1, 2, 2],
        [2, 1, 3],
      ],
    );
    assert.deepEqual(model.notes, ['1 row without "x" left out.']);
  });

  it('of several series share a place where they share an x', () => {
    const rows = [
      { x: 1, y: 1, c: 'a' },
      { x: 1, y: 2, c: 'b' },
      { x: 1, y: 3, c: 'b' },
      { x: 5, y: 4, c: 'a' },
    ];
    const model = buildChart({ ...spec, color: { field: 'c' } }, rows);
    assert.equal(model.isSparse, true);
    assert.deepEqual(table(model), [
      ['1', '1', '2'],
      ['1', '', '3'],
      ['5', '4', ''],
    ]);
  });
});

describe('Boxes', () => {
  const rows: ChartRow[] = [1, 2, 3, 4, 5, 50].map((n) => ({ b: 'a', n }));
  const spec: ChartSpec = { ...base, mark: 'box', x: { field: 'b' }, y: { field: 'n', unit: 'h' } };

  it('have five numbers in the table, and tell of what lies beyond', () => {
    const model = buildChart(spec, [...rows, { b: 'c', n: 9 }]);
    assert.deepEqual(
      tableColumns(model).map(({ title }) => title),
      ['b', 'n (h), low', 'n (h), lower quartile', 'n (h), median', 'n (h), upper quartile', 'n (h), high'],
    );
    assert.deepEqual(table(model), [
      ['a', '1', '2.25', '3.5', '4.75', '5'],
      ['c', '9', '9', '9', '9', '9'],
    ]);
    assert.deepEqual(model.notes, ['1 value beyond the whiskers not drawn.']);
  });

  it('are sorted by their medians', () => {
    const model = buildChart({ ...spec, sort: { by: 'y', order: 'descending' } }, [
      ...rows,
      { b: 'c', n: 9 },
    ]);
    assert.deepEqual(model.categories, ['c', 'a']);
  });
});

describe('Heat maps', () => {
  const spec: ChartSpec = {
    ...{ ...base, mark: 'heatMap', x: { field: 'hour' }, y: { field: 'day', title: 'Day' } },
    value: { field: 'n', title: 'Orders', aggregate: 'sum' },
  };
  const rows = [
    { hour: 10, day: 'Mon', n: 1 },
    { hour: 9, day: 'Mon', n: 2 },
    { hour: 9, day: 'Tue', n: 3 },
    { hour: 9, day: 'Tue', n: 4 },
  ];

  it('have a series for each row, numbers in their order', () => {
    const model = buildChart(spec, rows);
    assert.deepEqual(table(model), [
      ['9', '2', '7'],
      ['10', '1', ''],
    ]);
    assert.deepEqual(
      tableColumns(model).map(({ title }) => title),
      ['hour', 'Mon', 'Tue'],
    );
    assert.equal(
      model.summary,
      'Heat map of Orders by hour and Day, 3 values: highest 9, Tue (7), lowest 10, Mon (1).',
    );
  });

  it('count rows', () => {
    const model = buildChart({ ...spec, value: { aggregate: 'count' } }, rows);
    assert.deepEqual(
      model.series.map(({ y }) => Array.from(y)),
      [
        [1, 1],
        [2, NaN],
      ],
    );
  });

  it('want an aggregate where a cell has several rows', () => {
    assert.throws(
      () => buildChart({ ...spec, value: { field: 'n' } }, rows),
      /several rows for 9, Tue: say in value which aggregate/,
    );
  });

  it('have time going down too, without gaps', () => {
    const y = { field: 'at', grain: 'month' } as const;
    const model = buildChart(
      { ...spec, x: { field: 'b' }, y, value: { aggregate: 'count' } },
      ['2026-03-01', '2026-01-05'].map((at) => ({ b: 'a', at })),
    );
    assert.deepEqual(
      model.series.map(({ name }) => name),
      ['2026-01', '2026-02', '2026-03'],
    );
  });

  it('say how much they cannot show', () => {
    const many = Array.from({ length: 120 }, (_, i) => ({ hour: 1, day: `d${i}`, n: i }));
    assert.deepEqual(buildChart(spec, many).notes, ['20 of 120 rows not shown.']);
  });
});

describe('A million points', () => {
  it('are made into a chart without an object for each', function () {
    this.timeout(60_000);
    const rows = Array.from({ length: 1_000_000 }, (_, i) => ({ x: (i * 7919) % 1_000_003, y: i }));
    const model = buildChart({ ...base, mark: 'scatter', x: { field: 'x' }, y: { field: 'y' } }, rows);
    assert.equal(placeCount(model), rows.length);
    assert.ok(model.at.every((at, i) => i === 0 || at > model.at[i - 1]!));
    assert.ok(rows.slice(0, 100).every(({ x, y }) => model.series[0]!.y[model.at.indexOf(x)] === y));
  });
});
