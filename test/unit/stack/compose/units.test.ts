import assert from 'node:assert/strict';
import fc from 'fast-check';
import { float32, resolvePlain, scalarText } from '../../../../src/stack/compose/scalars.ts';
import {
  durationNs,
  formatDuration,
  parseBytes,
  parseDurationNs,
} from '../../../../src/stack/compose/units.ts';

describe('Durations', () => {
  const cases: [text: string, canonical: string][] = [
    ['90s', '1m30s'],
    ['1h', '1h0m0s'],
    ['1.5s', '1.5s'],
    ['1500us', '1.5ms'],
    ['1d2h', '26h0m0s'],
    ['100ns', '100ns'],
    ['0', '0s'],
    ['-1m', '-1m0s'],
    ['2h45m30.25s', '2h45m30.25s'],
  ];
  for (const [text, canonical] of cases) {
    it(`${text} is ${canonical}`, () => assert.equal(formatDuration(parseDurationNs(text)!), canonical));
  }

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (ns) =>
        assert.equal(parseDurationNs(formatDuration(ns)), ns),
      ),
    );
  });

  it('are exact to the nanosecond', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(59), fc.nat(59_999), (hours, minutes, ms) => {
        const text = `${hours}h${minutes}m${ms / 1000}s`;
        assert.equal(durationNs(text), ((hours * 60 + minutes) * 60_000 + ms) * 1e6);
      }),
    );
  });

  for (const text of ['', '10', 's', '1x', '1 s', '1s ', 'm1', 'soon']) {
    it(`"${text}" is none`, () => {
      assert.equal(parseDurationNs(text), undefined);
      assert.throws(() => durationNs(text), RangeError);
    });
  }
});

describe('Sizes', () => {
  const cases: [text: string, bytes: number | undefined][] = [
    ['1024', 1024],
    ['1.5g', 1_610_612_736],
    ['64 MiB', 67_108_864],
    ['50M', 52_428_800],
    ['1kb', 1024],
    ['5b', 5],
    ['-1', undefined],
    ['5x', undefined],
    ['many', undefined],
    ['', undefined],
  ];
  for (const [text, bytes] of cases) it(`"${text}"`, () => assert.equal(parseBytes(text), bytes));
});

describe('Plain scalars', () => {
  const cases: [text: string, value: string | number | boolean | null][] = [
    ['0777', 511],
    ['0o17', 15],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1e3', 1000],
    ['.5', 0.5],
    ['True', true],
    ['yes', 'yes'],
    ['~', null],
    ['18:22', '18:22'],
    ['1.2.3', '1.2.3'],
    ['089', 89],
    ['-', '-'],
    ['12345678901234567890', '12345678901234567890'],
  ];
  for (const [text, value] of cases) it(`"${text}"`, () => assert.equal(resolvePlain(text), value));

  it('become text as Go prints them', () => {
    assert.deepEqual([1, 1.5, 1e21, 0.00001, true, null].map(scalarText), [
      '1',
      '1.5',
      '1e+21',
      '1e-05',
      'true',
      'null',
    ]);
    assert.deepEqual([0.1, 1.25, 100, 0.333333333].map(float32), [0.1, 1.25, 100, 0.33333334]);
  });
});
