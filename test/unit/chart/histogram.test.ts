import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import { placeLabel, tableRow } from '../../../src/chart/chartModel.ts';
import { binsOf } from '../../../src/chart/histogram.ts';

const spec: ChartSpec = {
  title: 'T',
  source: { table: 't' },
  mark: 'histogram',
  x: { field: 'v', title: 'Time', unit: 'hours' },
  y: { title: 'Orders' },
};
const build = (values: unknown[], x: Partial<ChartSpec['x']> = {}): ReturnType<typeof buildChart> =>
  buildChart(
    { ...spec, x: { ...spec.x, ...x } },
    values.map((v) => ({ v })),
  );
const edges = (values: number[], wanted?: number): number[] =>
  Array.from(binsOf(Float64Array.from(values), wanted).edges);

describe('Histograms', () => {
  it('have round edges, and the last bin has both of its', () => {
    assert.deepEqual(edges([0.5, 3, 9.7], 5), [0, 2, 4, 6, 8, 10]);
    assert.deepEqual(edges([0.1, 0.7], 6), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    const model = build([0, 1, 2, 3, 4], { bins: 2 });
    assert.deepEqual(Array.from(model.edges!), [0, 2, 4]);
    assert.deepEqual(Array.from(model.series[0]!.y), [2, 3]);
    assert.equal(placeLabel(model, 1), '2 – 4');
  });

  it('have whole edges for whole numbers', () => {
    assert.ok(edges([1, 2, 2, 3, 3, 3], 30).every(Number.isInteger));
  });

  it('have one bin where all values are the same', () => {
    assert.equal(build([7, 7, 7]).series[0]!.y.length, 1);
    assert.deepEqual(edges([0, 0]), [0, 1]);
  });

  it('take Sturges where half of the values are the same', () => {
    const values = [...Array<number>(90).fill(5), 0, 10];
    assert.ok(edges(values).length <= 14, String(edges(values)));
  });

  it('count what is no number', () => {
    const model = build([1, null, 'x', '2.5', 3n, NaN]);
    assert.deepEqual(model.notes, ['3 rows without a number in "v" left out.']);
    assert.equal(
      model.series[0]!.y.reduce((sum, n) => sum + n, 0),
      3,
    );
  });

  it('say what they show', () => {
    assert.equal(
      build([1, 2, 3, 9], { bins: 2 }).summary,
      'Histogram of Time (hours), 4 values in 2 bins: most in 0 – 5 (3).',
    );
    assert.match(build([]).summary, /no values/);
  });

  it('tell small edges apart', () => {
    const model = build([0.000012, 0.000018]);
    assert.notEqual(tableRow(model, 0)[0]!.split(' – ')[0], tableRow(model, 0)[0]!.split(' – ')[1]);
  });

  it('split by colour', () => {
    const model = buildChart({ ...spec, color: { field: 'c' } }, [
      { v: 1, c: 'a' },
      { v: 1, c: 'b' },
      { v: 1, c: 'b' },
    ]);
    assert.deepEqual(
      model.series.map(({ name, y }) => [name, y[0]]),
      [
        ['a', 1],
        ['b', 2],
      ],
    );
  });

  it('have ascending edges around all values, and count each once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
          minLength: 1,
        }),
        fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
        (values, bins) => {
          const model = build(values, bins === undefined ? {} : { bins });
          const all = model.edges!;
          assert.ok(all.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > all[i - 1]!)));
          assert.ok(all.length <= 202, String(all.length));
          assert.ok(all[0]! <= Math.min(...values) && all[all.length - 1]! >= Math.max(...values));
          all.slice(0, -1).forEach((edge, bin) => {
            const isLast = bin === all.length - 2;
            const inside = values.filter(
              (v) => v >= edge && (isLast ? v <= all[bin + 1]! : v < all[bin + 1]!),
            );
            assert.equal(model.series[0]!.y[bin], inside.length);
          });
        },
      ),
    );
  });
});
