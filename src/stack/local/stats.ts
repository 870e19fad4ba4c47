import { performance } from 'node:perf_hooks';
import { sleep } from '../../base/cancellation.ts';
import type { ServiceStats } from '../engine.ts';
import { withDescendants, type ProcessIdentity, type ProcessUsage, type Processes } from '../processes.ts';
import type { ProcessRecord } from './processTable.ts';

/** Soon at first, then as seldom as a person reads numbers. */
const pauseMs = { first: 1_000, most: 5_000 };

/** What the processes of one replica used, together, at one moment. */
interface Reading {
  atMs: number;
  usage: Map<string, ProcessUsage>;
}

/**
 * What each running replica uses, every few seconds, until the signal is aborted. A replica is its process with all that
 * descend from it. `records` is asked each time, so that a new start is seen.
 */
export async function* sampleUsage(
  processes: Processes,
  records: () => Promise<readonly ProcessRecord[]>,
  signal: AbortSignal | undefined,
): AsyncIterable<ServiceStats> {
  let last = new Map<string, Reading>();
  let nextMs = pauseMs.first;
  while (!signal?.aborted) {
    const now = new Map<string, Reading>();
    for (const { record, reading } of await read(processes, await records())) {
      const key = keyOf(record);
      now.set(key, reading);
      const before = last.get(key);
      if (!before) continue;
      if (signal?.aborted) return;
      yield { service: record.service, replica: record.replica, ...between(before, reading) };
    }
    last = now;
    try {
      await sleep(nextMs, signal);
    } catch {
      return;
    }
    nextMs = Math.min(2 * nextMs, pauseMs.most);
  }
}

async function read(
  processes: Processes,
  records: readonly ProcessRecord[],
): Promise<{ record: ProcessRecord; reading: Reading }[]> {
  const all = await processes.all();
  const running = records
    .filter((record) => all.some((info) => keyOf(info) === keyOf(record)))
    .map((record) => ({ record, family: withDescendants(all, new Set([record.pid])) }));
  const usage = await processes.usage([
    ...new Set(running.flatMap(({ family }) => family.map(({ pid }) => pid))),
  ]);
  const atMs = performance.now();
  return running.map(({ record, family }) => {
    const found = family.flatMap((info): [string, ProcessUsage][] => {
      const own = usage.get(info.pid);
      return own ? [[keyOf(info), own]] : [];
    });
    return { record, reading: { atMs, usage: new Map(found) } };
  });
}

/**
 * Cores and memory of a replica from two readings. A process that ended between them is not counted; memory that its
 * processes share counts once, as the largest share of one of them.
 */
export function between(before: Reading, now: Reading): { cpuCores: number; memoryBytes: number } {
  let usedMs = 0;
  let privateBytes = 0;
  let sharedBytes = 0;
  for (const [key, usage] of now.usage) {
    usedMs += Math.max(0, usage.cpuMs - (before.usage.get(key)?.cpuMs ?? 0));
    privateBytes += usage.privateBytes;
    sharedBytes = Math.max(sharedBytes, usage.sharedBytes);
  }
  const elapsedMs = now.atMs - before.atMs;
  return { cpuCores: elapsedMs > 0 ? usedMs / elapsedMs : 0, memoryBytes: privateBytes + sharedBytes };
}

function keyOf({ pid, started }: ProcessIdentity): string {
  return `${pid}/${started}`;
}
