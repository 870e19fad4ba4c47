import { isRunning, type ServiceStatus } from '../../stack/engine.ts';

/**
 * `unknown`: not asked yet, or nothing to ask. `stopped`: nothing runs. `starting`, `stopping`: under way, by this window
 * or another. `partly`: some of it runs. `up`: all that was started is well. `unhealthy`: something of it is not.
 */
export type StackPhase = 'unknown' | 'stopped' | 'starting' | 'stopping' | 'partly' | 'up' | 'unhealthy';

/** What the rows of a status say of the whole stack. */
export function phaseOf(status: readonly ServiceStatus[]): Exclude<StackPhase, 'unknown' | 'stopping'> {
  if (!status.some(isRunning)) return 'stopped';
  // What only a profile starts may be left out; so may a container that was made and never started.
  const meant = status.filter((row) => row.profiles.length === 0 || !isIdle(row));
  if (meant.some(({ state }) => state === 'starting')) return 'starting';
  if (!meant.every((row) => isWell(row) || isIdle(row))) return 'unhealthy';
  return meant.some(isIdle) ? 'partly' : 'up';
}

/** It does what it should: it runs, or it has done its work. */
export function isWell({ state, exitCode }: ServiceStatus): boolean {
  return state === 'healthy' || state === 'running' || (state === 'exited' && exitCode === 0);
}

function isIdle({ state }: ServiceStatus): boolean {
  return state === 'stopped' || state === 'created';
}

/** The services that the lake and Spark are made of, as a connection looks for them. */
const parts = ['namenode', 'datanode', 'spark-master', 'spark-worker'] as const;

/** Whether HDFS and Spark answer: of each of their services, one replica is enough. */
export function servesLakeAndSpark(status: readonly ServiceStatus[]): boolean {
  return parts.every((part) => {
    const rows = status.filter(({ service }) => service === part);
    // A stack of one's own may run DataNodes and workers under other names.
    const isNamed = part === 'namenode' || part === 'spark-master';
    return rows.length === 0 ? !isNamed : rows.some((row) => isRunning(row) && isWell(row));
  });
}

/** Changes when the lake or Spark may be reached elsewhere, or with other keys, than before; undefined while they do not run. */
export function identityOf(status: readonly ServiceStatus[]): string | undefined {
  const rows = status.filter(({ service }) => service === 'namenode' || service === 'spark-master');
  if (rows.length === 0 || !rows.every(isRunning)) return undefined;
  return rows
    .map(({ pid, container, since }) => `${container ?? pid ?? ''} ${since?.getTime() ?? ''}`)
    .join();
}
