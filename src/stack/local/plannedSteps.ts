import { stat } from 'node:fs/promises';
import { replicaName, type PlannedStep } from '../engine.ts';
import { isAlive, type Processes } from '../processes.ts';
import type { Replica } from './plan.ts';
import { changeOf, definitionOf, type ProcessRecord } from './processTable.ts';
import type { LocalProject } from './stackFile.ts';
import { volumesOf } from './volumeFolders.ts';

/** What `bringUp` would do with these replicas, beside these records. */
export async function plannedSteps(
  plan: ReadonlyMap<string, readonly Replica[]>,
  project: LocalProject,
  records: readonly ProcessRecord[],
  processes: Processes,
): Promise<PlannedStep[]> {
  const volumes = volumesOf(project).filter(({ services }) => services.some((name) => plan.has(name)));
  const kept = volumes.map(async ({ name, folders }): Promise<PlannedStep> => {
    const areThere = (await Promise.all(folders.map(exists))).every((there) => there);
    return { action: areThere ? 'leave' : 'create', kind: 'volume', name };
  });
  const ended = surplus(records, plan).map(({ service, replica }): PlannedStep => {
    const count = plan.get(service)!.length;
    return {
      action: 'stop',
      kind: 'process',
      name: replicaName(service, replica),
      service,
      reason: count === 1 ? 'one replica is enough' : `${count} replicas are enough`,
    };
  });
  const started = [...plan.values()].flat().map(async (replica): Promise<PlannedStep> => {
    const record = records.find(
      (one) => one.service === replica.service.name && one.replica === replica.number,
    );
    const named = { kind: 'process', name: replica.name, service: replica.service.name } as const;
    if (!record) return { action: 'start', ...named };
    if (!(await isAlive(processes, record))) return { action: 'start', ...named, reason: endOf(record) };
    const change = changeOf(
      record.definition,
      definitionOf(replica.service.command, replica.service.environment),
    );
    return change === undefined
      ? { action: 'leave', ...named }
      : { action: 'recreate', ...named, reason: change };
  });
  return [...(await Promise.all(kept)), ...ended, ...(await Promise.all(started))];
}

/** Why a replica is started that was started before: "it had ended (exit code 1)". */
export function endOf(record: ProcessRecord): string {
  return `it had ended${record.exit === undefined ? '' : ` (${record.exit})`}`;
}

/** Replicas of planned services that the plan has no place for. */
export function surplus(
  records: readonly ProcessRecord[],
  plan: ReadonlyMap<string, readonly Replica[]>,
): ProcessRecord[] {
  return records.filter(({ service, replica }) => {
    const planned = plan.get(service);
    return planned !== undefined && replica > planned.length;
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
