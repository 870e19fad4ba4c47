import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Timestamp } from '../../../../src/lake/values.ts';
import { columnStatistics } from '../../../../src/vscode/tables/columnStatistics.ts';

describe('statistics of a column', () => {
  it('counts nulls and distinct values, and knows the ends', () => {
    const { rows, nulls, distinct, min, max, mean } = columnStatistics(3, 'int', [3, null, 1, 1, 3, 1, 7]);
    assert.deepEqual(
      { rows, nulls, distinct, min, max },
      { rows: 7, nulls: 1, distinct: { count: 3, isLimited: false }, min: 1, max: 7 },
    );
    assert.ok(Math.abs(mean! - 16 / 6) < 1e-12);
  });

  it('has steps of numbers and times, in which each value is once', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double(), fc.integer(), fc.bigInt()), { maxLength: 50 }), (values) => {
        const finite = values.filter((value) => Number.isFinite(Number(value)));
        const { bins } = columnStatistics(0, 'double', values);
        const counted = bins?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
        assert.equal(counted, finite.length);
      }),
    );
    const times = columnStatistics(0, 'timestamp', [new Timestamp(0n), new Timestamp(24_000n)]);
    assert.deepEqual([times.bins?.isTime, times.bins?.from, times.bins?.to], [true, 0, 24]);
    assert.equal(columnStatistics(0, 'date', ['2024-01-01', '2024-01-03']).bins?.counts.length, 24);
  });

  it('has the most frequent values where there are such', () => {
    assert.deepEqual(columnStatistics(0, 'string', ['a', 'b', 'b']).top, [
      { value: 'b', count: 2 },
      { value: 'a', count: 1 },
    ]);
    assert.equal(columnStatistics(0, 'string', ['a', 'b', 'c']).top, undefined);
  });

  it('tells 1, "1" and true apart', () => {
    assert.equal(columnStatistics(0, 'string', [1, '1', true, 'true']).distinct?.count, 4);
  });

  it('only counts what it does not compare', () => {
    assert.deepEqual(columnStatistics(0, 'array<int>', [[1], null, [2]]), { column: 0, rows: 3, nulls: 1 });
  });

  it('stops to tell values apart at a limit', () => {
    const values = Array.from({ length: 12_000 }, (_x, i) => i);
    const { distinct, top } = columnStatistics(0, 'int', values);
    assert.deepEqual([distinct, top], [{ count: 10_000, isLimited: true }, undefined]);
  });
});
