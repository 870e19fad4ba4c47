import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TimeGrain } from '../../../src/chart/chartSpec.ts';
import { grainLabel, nextStart, startOf } from '../../../src/chart/timeGrain.ts';

const grains: TimeGrain[] = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
const at = Date.UTC(2026, 4, 14, 15, 16, 17, 18);

describe('Time grains', () => {
  it('cut times in UTC, and label them', () => {
    assert.deepEqual(
      grains.map((grain) => grainLabel(grain, startOf(grain, at))),
      ['2026-05-14 15:16', '2026-05-14 15:00', '2026-05-14', '2026-05-11', '2026-05', '2026-Q2', '2026'],
    );
  });

  it('begin weeks on Monday, before 1970 too', () => {
    for (const [day, monday] of [
      ['2026-11-29', '2026-11-23'],
      ['2026-11-30', '2026-11-30'],
      ['1969-12-28', '1969-12-22'],
      ['1970-01-01', '1969-12-29'],
    ] as const) {
      assert.equal(grainLabel('week', startOf('week', Date.parse(day))), monday);
    }
  });

  it('knows the years that Date.UTC takes for others', () => {
    const ms = Date.parse('0050-06-01T00:00:00Z');
    assert.equal(grainLabel('year', startOf('year', ms)), '0050');
    assert.equal(grainLabel('month', startOf('month', ms)), '0050-06');
  });

  it('put each time into one period, which ends where the next begins', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-01-01'), noInvalidDate: true }),
        fc.constantFrom(...grains),
        (date, grain) => {
          const start = startOf(grain, date.getTime());
          const next = nextStart(grain, start);
          assert.ok(start <= date.getTime() && date.getTime() < next);
          assert.equal(startOf(grain, start), start);
          assert.equal(startOf(grain, next), next);
          assert.equal(startOf(grain, next - 1), start);
        },
      ),
    );
  });
});
