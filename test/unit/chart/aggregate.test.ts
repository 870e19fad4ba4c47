import assert from 'node:assert/strict';
import fc from 'fast-check';
import { aggregate, quantile } from '../../../src/chart/aggregate.ts';
import { boxesOf } from '../../../src/chart/box.ts';

const f = (...numbers: number[]): Float64Array => Float64Array.from(numbers);
const one = (count: number): Int32Array => new Int32Array(count);

describe('aggregate', () => {
  it('takes the values of each group', () => {
    const of = Int32Array.from([0, 1, 0, -1, 1, 1]);
    const values = f(1, 5, 2, 100, NaN, 5);
    const take = (how: Parameters<typeof aggregate>[0]): number[] =>
      Array.from(aggregate(how, of, 3, values));
    assert.deepEqual(take('sum'), [3, 10, NaN]);
    assert.deepEqual(take('mean'), [1.5, 5, NaN]);
    assert.deepEqual(take('median'), [1.5, 5, NaN]);
    assert.deepEqual(take('count'), [2, 2, NaN]);
    assert.deepEqual(take('distinct'), [2, 1, NaN]);
    assert.deepEqual(take('min'), [1, 5, NaN]);
    assert.deepEqual(take('max'), [2, 5, NaN]);
  });

  it('has no value that is not finite', () => {
    assert.deepEqual(Array.from(aggregate('sum', one(2), 1, f(1e308, 1e308))), [NaN]);
    assert.deepEqual(Array.from(aggregate('median', one(2), 1, f(-1.7e308, 1.7e308))), [0]);
  });

  it('interpolates quantiles as NumPy does', () => {
    assert.deepEqual(
      [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(f(1, 2, 4, 10), share)),
      [1, 1.75, 3, 5.5, 10],
    );
    assert.equal(quantile(f(7), 0.25), 7);
  });

  it('has the median between least and most, whatever the order', () => {
    const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (values) => {
        const [median] = aggregate('median', one(values.length), 1, f(...values));
        assert.ok(median! >= Math.min(...values) && median! <= Math.max(...values));
        assert.equal(aggregate('median', one(values.length), 1, f(...values.toReversed()))[0], median);
      }),
    );
  });
});

describe('boxesOf', () => {
  it('ends the whiskers at the last values within 1.5 quartile distances', () => {
    const { boxes, outliers } = boxesOf(one(9), 1, f(1, 2, 3, 4, 5, 6, 7, 8, 100));
    assert.deepEqual(Array.from(boxes), [1, 3, 5, 7, 8]);
    assert.equal(outliers, 1);
  });

  it('has no box without values', () => {
    assert.ok(boxesOf(one(1), 2, f(3)).boxes.subarray(5).every(Number.isNaN));
  });

  it('has its five numbers in their order, and loses no value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
        const { boxes, outliers } = boxesOf(one(values.length), 1, f(...values));
        assert.deepEqual(boxes, boxes.slice().sort());
        const beyond = values.filter((v) => v < boxes[0]! || v > boxes[4]!).length;
        assert.equal(outliers, beyond);
        assert.ok(outliers <= values.length / 2);
      }),
    );
  });
});
