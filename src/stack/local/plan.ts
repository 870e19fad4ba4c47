import { resolve } from 'node:path';
import { WorkbenchError } from '../../base/errors.ts';
import { replicaName } from '../engine.ts';
import type { Variables } from '../userVariables.ts';
import { replicaVariables } from './localVariables.ts';
import type { LocalService } from './services.ts';
import type { LocalProject, StackFile } from './stackFile.ts';

/** One process to run, with the variables of its own. */
export interface Replica {
  service: LocalService;
  /** From 1. */
  number: number;
  /** For people: "spark-worker-2", "namenode". */
  name: string;
  /** Directories that it expects to be there. */
  folders: string[];
}

/** The services that an `up` is about, with all that they depend on. Throws `invalid` for an unknown name. */
export function selectServices(
  project: LocalProject,
  options: { services?: readonly string[] | undefined; profiles?: readonly string[] | undefined },
): LocalService[] {
  const { services, profiles = [] } = options;
  const all = [...project.services.values()];
  for (const profile of profiles) {
    if (!all.some((service) => service.profiles.includes(profile))) {
      const known = [...new Set(all.flatMap((service) => service.profiles))].join(', ') || 'none';
      throw new WorkbenchError('invalid', `There is no profile ${profile}. Profiles: ${known}.`);
    }
  }
  const selected = new Set<string>();
  const add = (name: string): void => {
    if (selected.has(name)) return;
    selected.add(name);
    for (const { service } of requireService(project, name).dependsOn) {
      if (project.services.has(service)) add(service);
    }
  };
  if (services?.length) for (const name of services) add(name);
  for (const service of all) {
    const isActive = service.profiles.some((profile) => profiles.includes(profile));
    const isDefault = service.profiles.length === 0 && !services?.length;
    if (isActive || isDefault) add(service.name);
  }
  return all.filter((service) => selected.has(service.name));
}

export function requireService(project: LocalProject, name: string): LocalService {
  const service = project.services.get(name);
  if (service) return service;
  const known = [...project.services.keys()].join(', ');
  throw new WorkbenchError('invalid', `There is no service ${name}. Services: ${known}.`);
}

/** The replicas of one service, each with its own directories. */
export async function replicasOf(
  file: StackFile,
  service: LocalService,
  variables: Variables,
  count = service.replicas,
): Promise<Replica[]> {
  if (count > 1 && service.ports.length > 0) {
    throw new WorkbenchError(
      'invalid',
      `${service.name} publishes a port, so it can have only one replica, not ${count}.`,
    );
  }
  // Few services use such a directory, and only they have to be read once more for each replica.
  const text = [service.command, Object.values(service.environment), service.healthcheck?.test ?? []]
    .flat()
    .join('\0');
  // Compose writes a mount's target without the slash that the user may have set.
  const mounted = new Set(service.volumes.map(({ folder }) => resolve(folder)));
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const number = index + 1;
      const own = replicaVariables(
        variables,
        number,
        (folder) => !mounted.has(resolve(folder)) && text.includes(folder),
      );
      const resolved = (await file.resolve(own)).services.get(service.name)!;
      const folders = Object.entries(resolved.environment)
        .filter(([name, value]) => name.endsWith('_DIR') && name !== 'SECRETS_DIR' && value.startsWith('/'))
        .map(([, value]) => value);
      return { service: resolved, number, name: replicaName(service.name, number, count), folders };
    }),
  );
}
