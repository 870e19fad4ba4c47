import type { StackEvent } from '../engine.ts';
import type { Processes } from '../processes.ts';
import type { ProcessTable } from './processTable.ts';

/** What all steps of one operation share. */
export interface Site {
  processes: Processes;
  table: ProcessTable;
  /** `<workspace>/.medallion`, without symbolic links. */
  statePath: string;
  logsPath: string;
  /** The user's environment, from which a service gets PATH, HOME and the like. */
  user: Readonly<Record<string, string | undefined>>;
  onEvent: (event: StackEvent) => void;
}

/** The mark of a replica's processes; see `markVariable`. */
export function markOf(statePath: string, service: string, replica: number): string {
  return `${statePath}#${service}#${replica}`;
}

/** The replica that a mark of this workspace names. */
export function replicaOfMark(
  statePath: string,
  mark: string,
): { service: string; replica: number } | undefined {
  if (!mark.startsWith(`${statePath}#`)) return undefined;
  const [service, replica] = mark.slice(statePath.length + 1).split('#');
  if (!service || !/^\d+$/.test(replica ?? '')) return undefined;
  return { service, replica: Number(replica) };
}
