import * as v from 'valibot';
import type { ServiceStats } from '../../engine.ts';

const amount = v.pipe(v.number(), v.minValue(0));
const cpu = v.object({
  cpu_usage: v.object({ total_usage: amount, percpu_usage: v.nullish(v.array(amount)) }),
  /** Of all cores together; absent in what comes first. */
  system_cpu_usage: v.optional(amount),
  online_cpus: v.optional(v.pipe(v.number(), v.minValue(1))),
});

/** What `GET /containers/{id}/stats` sends about once a second. */
export const statsAnswer = v.object({
  cpu_stats: cpu,
  precpu_stats: cpu,
  memory_stats: v.object({
    /** Absent for a container that does not run. */
    usage: v.optional(amount),
    limit: v.optional(amount),
    stats: v.nullish(v.record(v.string(), v.number())),
  }),
  networks: v.nullish(v.record(v.string(), v.object({ rx_bytes: amount, tx_bytes: amount }))),
});
export type StatsAnswer = v.InferOutput<typeof statsAnswer>;

/**
 * A sample as `docker stats` counts it: the share of all cores' time since the sample before, times the cores; memory
 * without the cache that the system can take back. Undefined for the first one, which has nothing before it, and for
 * a container that does not run. `isLimited`: the container has a memory limit of its own, not the machine's.
 */
export function sampleOf(
  { cpu_stats: now, precpu_stats: before, memory_stats: memory, networks }: StatsAnswer,
  isLimited: boolean,
): Omit<ServiceStats, 'service' | 'replica'> | undefined {
  if (now.system_cpu_usage === undefined || before.system_cpu_usage === undefined) return undefined;
  if (memory.usage === undefined) return undefined;
  const allCores = now.system_cpu_usage - before.system_cpu_usage;
  if (allCores <= 0) return undefined;
  const used = Math.max(0, now.cpu_usage.total_usage - before.cpu_usage.total_usage);
  // Engines that do not count the cores list them.
  const cores = now.online_cpus ?? now.cpu_usage.percpu_usage?.length ?? 1;
  // The first with cgroups of version 1, the second with version 2.
  const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  const links = Object.values(networks ?? {});
  return {
    cpuCores: (used / allCores) * cores,
    memoryBytes: cache < memory.usage ? memory.usage - cache : memory.usage,
    ...(isLimited && memory.limit ? { memoryLimitBytes: memory.limit } : {}),
    ...(links.length === 0
      ? {}
      : {
          networkReceivedBytes: links.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
          networkSentBytes: links.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
        }),
  };
}
