import { isRunning, type ServiceStatus } from '../../stack/engine.ts';
import { serviceRows } from '../stack/serviceRows.ts';
import type { StackPhase } from '../stack/stackPhase.ts';

/** Of the stack: where kernels live. */
export const sessionService = 'jupyter';
/** What a session needs; of a stack of one's own those that it has. */
const needed = new Set([sessionService, 'namenode', 'datanode', 'spark-master', 'spark-worker']);

/** Those that a session needs and that have ended. */
export function fallenServices(status: readonly ServiceStatus[] | undefined): string[] {
  return serviceRows(status ?? [])
    .filter(({ service }) => needed.has(service))
    .filter(({ replicas }) => replicas.every(({ state }) => state === 'exited' || state === 'stopped'))
    .map(({ service }) => service);
}

/** Whether the server does not run, so that no kernel does. */
export function hasServerEnded(stack: {
  phase: StackPhase;
  status: readonly ServiceStatus[] | undefined;
}): boolean {
  const server = stack.status?.find(({ service }) => service === sessionService);
  return stack.phase === 'stopped' || (server !== undefined && !isRunning(server));
}
