import assert from 'node:assert/strict';
import { sampleOf, type StatsAnswer } from '../../../../../src/stack/docker/live/statsSample.ts';

function answer(changes: Partial<StatsAnswer> = {}): StatsAnswer {
  return {
    cpu_stats: {
      cpu_usage: { total_usage: 3_500_000_000 },
      system_cpu_usage: 108_000_000_000,
      online_cpus: 4,
    },
    precpu_stats: { cpu_usage: { total_usage: 2_000_000_000 }, system_cpu_usage: 104_000_000_000 },
    memory_stats: { usage: 100_000_000, limit: 512_000_000, stats: { inactive_file: 30_000_000 } },
    networks: { eth0: { rx_bytes: 10, tx_bytes: 20 }, eth1: { rx_bytes: 1, tx_bytes: 2 } },
    ...changes,
  };
}

describe('a sample of what a container uses', () => {
  it('has cores, memory without what the system can take back, and all networks together', () => {
    // 1.5 of 4 seconds that all 4 cores had.
    assert.deepEqual(sampleOf(answer(), true), {
      cpuCores: 1.5,
      memoryBytes: 70_000_000,
      memoryLimitBytes: 512_000_000,
      networkReceivedBytes: 11,
      networkSentBytes: 22,
    });
  });

  it('has no limit and no network where the container has none', () => {
    const sample = sampleOf(answer({ networks: undefined }), false);
    assert.deepEqual(sample, { cpuCores: 1.5, memoryBytes: 70_000_000 });
  });

  it('counts the cores that are listed where the engine does not count them', () => {
    const listed = {
      cpu_usage: { total_usage: 3_500_000_000, percpu_usage: [1, 2] },
      system_cpu_usage: 108e9,
    };
    assert.equal(sampleOf(answer({ cpu_stats: listed }), false)?.cpuCores, 0.75);
  });

  it('takes the cache of both versions of control groups', () => {
    const stats = { total_inactive_file: 40_000_000, inactive_file: 30_000_000 };
    assert.equal(
      sampleOf(answer({ memory_stats: { usage: 100_000_000, stats } }), false)?.memoryBytes,
      60_000_000,
    );
    const more = { usage: 10, stats: { inactive_file: 20 } };
    assert.equal(sampleOf(answer({ memory_stats: more }), false)?.memoryBytes, 10);
  });

  it('is none for the first answer, for one in no time, and for a container that does not run', () => {
    const first = { cpu_usage: { total_usage: 0 } };
    assert.equal(sampleOf(answer({ precpu_stats: first }), false), undefined);
    assert.equal(sampleOf(answer({ precpu_stats: answer().cpu_stats }), false), undefined);
    assert.equal(sampleOf(answer({ memory_stats: {} }), false), undefined);
    assert.equal(sampleOf(answer({ cpu_stats: first, precpu_stats: first }), false), undefined);
  });

  it('is never negative: the counters of a restarted container begin again', () => {
    const restarted = { cpu_usage: { total_usage: 5 }, system_cpu_usage: 108e9, online_cpus: 4 };
    assert.equal(sampleOf(answer({ cpu_stats: restarted }), false)?.cpuCores, 0);
  });
});
