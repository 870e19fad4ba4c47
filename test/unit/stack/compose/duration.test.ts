import assert from 'node:assert/strict';
import fc from 'fast-check';
import { durationNs } from '../../../../src/stack/compose/duration.ts';

describe('durations as Go writes them', () => {
  for (const [text, ns] of [
    ['0s', 0],
    ['500ms', 5e8],
    ['1.5s', 15e8],
    ['1m30s', 9e10],
    ['2h0m0.25s', 7.20025e12],
    ['1.5µs', 1500],
    ['-1s', -1e9],
  ] as const) {
    it(`${text} is ${ns} ns`, () => assert.equal(durationNs(text), ns));
  }

  it('are read back', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(59), fc.nat(59_999), (hours, minutes, ms) => {
        const text = `${hours}h${minutes}m${ms / 1000}s`;
        assert.equal(durationNs(text), ((hours * 60 + minutes) * 60_000 + ms) * 1e6);
      }),
    );
  });

  it('are nothing else', () => {
    for (const text of ['', 's', '1', '1x', '1s ', '1 s', 'm1']) {
      assert.throws(() => durationNs(text), RangeError, text);
    }
  });
});
