import { join } from 'node:path';
import { WorkbenchError } from '../../base/errors.ts';
import { replicaName, type LocalShell } from '../engine.ts';
import { isAlive } from '../processes.ts';
import { replicasOf } from './plan.ts';
import type { LocalService } from './services.ts';
import type { Site } from './site.ts';
import type { StackFile } from './stackFile.ts';
import type { Variables } from '../userVariables.ts';

/** The variables of a running replica, and the first directory of its own. */
export async function localShell(
  file: StackFile,
  service: LocalService,
  { replica, variables, site }: { replica: number; variables: Variables; site: Site },
): Promise<LocalShell> {
  const records = site.table.of(service.name);
  const record = records.find((one) => one.replica === replica);
  if (!record || !(await isAlive(site.processes, record))) {
    const name = replicaName(service.name, replica, records.length);
    throw new WorkbenchError('not-found', `${name} does not run: start it first.`);
  }
  const count = Math.max(...records.map((one) => one.replica));
  const { service: resolved, folders } = (await replicasOf(file, service, variables, count))[replica - 1]!;
  return {
    kind: 'local',
    environment: resolved.environment,
    folder: folders[0] ?? join(site.statePath, 'run', `${service.name}-${replica}`),
  };
}
