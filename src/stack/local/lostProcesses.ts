import { markVariable } from './launch.ts';
import type { ProcessRecord } from './processTable.ts';
import { replicaOfMark, type Site } from './site.ts';

/**
 * Processes of this workspace that no record is of: the table was damaged or removed, or the process that started them
 * was killed before it could write. The records have no definition, so the next `up` replaces what they are of.
 */
export async function lostProcesses(
  site: Pick<Site, 'processes' | 'table' | 'statePath'>,
): Promise<ProcessRecord[]> {
  const { processes, table } = site;
  const lost: ProcessRecord[] = [];
  for (const [pid, mark] of await processes.withVariable(markVariable)) {
    const named = replicaOfMark(site.statePath, mark);
    if (!named) continue;
    const isSame = (r: ProcessRecord): boolean => r.service === named.service && r.replica === named.replica;
    const known = table.get(named.service, named.replica) ?? lost.find(isSame);
    if (known?.pid === pid) continue;
    const info = await processes.find(pid);
    if (info?.group !== pid) continue;
    if (known && (await processes.find(known.pid))?.started === known.started) continue;
    lost.push({
      ...named,
      pid,
      started: info.started,
      since: new Date().toISOString(),
      definition: {},
      ports: [],
      stopSignal: 'SIGTERM',
      stopGraceMs: 10_000,
      dependsOn: [],
      logStart: 0,
    });
  }
  return lost;
}
