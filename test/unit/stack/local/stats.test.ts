import assert from 'node:assert/strict';
import { between } from '../../../../src/stack/local/stats.ts';

describe('between two readings', () => {
  const reading = (atMs: number, ...processes: [key: string, cpuMs: number][]) => ({
    atMs,
    usage: new Map(
      processes.map(([key, cpuMs]) => [key, { cpuMs, privateBytes: 100, sharedBytes: cpuMs === 0 ? 5 : 7 }]),
    ),
  });

  it('counts the time of old and new processes, and shared memory once', () => {
    const before = reading(1_000, ['a', 500], ['gone', 9_000]);
    assert.deepEqual(between(before, reading(3_000, ['a', 1_500], ['new', 2_000], ['idle', 0])), {
      cpuCores: 1.5,
      memoryBytes: 307,
    });
  });

  it('is never negative, nor endless', () => {
    assert.equal(between(reading(1, ['a', 10]), reading(2, ['a', 5])).cpuCores, 0);
    assert.equal(between(reading(1, ['a', 10]), reading(1, ['a', 20])).cpuCores, 0);
  });
});
