import { WorkbenchError } from '../../base/errors.ts';
import type { ComposeFile } from '../composeFile.ts';
import type { ComposeProject, ComposeService } from '../composeProject.ts';
import { replicaName } from '../engine.ts';
import { replicaVariables, type Variables } from './localVariables.ts';

/** One process to run, with the variables of its own. */
export interface Replica {
  service: ComposeService;
  /** From 1. */
  number: number;
  /** For people: "spark-worker-2", "namenode". */
  name: string;
  command: string[];
  /** Directories that it expects to be there. */
  folders: string[];
}

/** Keys that mean nothing to a process without a container, and may stand in the file for Docker. */
const harmless = new Set([
  'image',
  'build',
  'pull_policy',
  'platform',
  'restart',
  'deploy.restart_policy',
  'labels',
  'annotations',
  'container_name',
  'hostname',
  'networks',
  'init',
  'logging',
  'shm_size',
  'tty',
  'stdin_open',
]);
const harmlessAtTop = new Set(['version', 'networks']);

/** Refuses what a process without a container cannot have. Throws `unsupported` with file, line and column. */
export function requireSupported(project: ComposeProject): void {
  const refuse = (path: readonly (string | number)[], what: string): never => {
    const { message } = project.fault(path, `${what} is not supported without Docker.`);
    throw new WorkbenchError('unsupported', message);
  };
  for (const { key, path } of project.otherKeys) {
    if (!harmlessAtTop.has(key)) refuse(path, `\`${key}\``);
  }
  for (const service of project.services.values()) {
    const path = ['services', service.name];
    for (const other of service.otherKeys) {
      if (!harmless.has(other.key)) refuse(other.path, `\`${other.key}\` of ${service.name}`);
    }
    if (!service.command?.length) refuse(path, `${service.name} has no \`command\`: an image's own command`);
    for (const [index, port] of service.ports.entries()) {
      const at = [...path, 'ports', index];
      if (port.protocol !== 'tcp') refuse(at, 'A UDP port');
      if (port.published !== port.target) refuse(at, 'A port that is published under another number');
    }
    for (const [index, { type, source }] of service.volumes.entries()) {
      if (type !== 'volume' || source === undefined)
        refuse([...path, 'volumes', index], 'A volume without a name');
    }
  }
}

/** The services that an `up` is about, with all that they depend on. Throws `invalid` for an unknown name. */
export function selectServices(
  project: ComposeProject,
  options: { services?: readonly string[] | undefined; profiles?: readonly string[] | undefined },
): ComposeService[] {
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

export function requireService(project: ComposeProject, name: string): ComposeService {
  const service = project.services.get(name);
  if (service) return service;
  const known = [...project.services.keys()].join(', ');
  throw new WorkbenchError('invalid', `There is no service ${name}. Services: ${known}.`);
}

/** The replicas of one service, each with its own directories. */
export function replicasOf(
  file: ComposeFile,
  service: ComposeService,
  variables: Variables,
  count = service.replicas,
): Replica[] {
  const path = ['services', service.name];
  if (count > 1 && service.ports.length > 0) {
    throw new WorkbenchError(
      'invalid',
      `${service.name} publishes a port, so it can have only one replica, not ${count}.`,
    );
  }
  const mounted = new Set(service.volumes.map(({ target }) => target));
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const own = replicaVariables(variables, number, mounted);
    const project = file.resolve((name) => own[name]);
    const resolved = project.services.get(service.name)!;
    if (!resolved.command) throw project.fault(path, `${service.name} has no \`command\`.`);
    const folders = Object.entries(resolved.environment)
      .filter(([name, value]) => name.endsWith('_DIR') && name !== 'SECRETS_DIR' && value.startsWith('/'))
      .map(([, value]) => value);
    return {
      service: resolved,
      number,
      name: replicaName(service.name, number, count),
      command: resolved.command,
      folders,
    };
  });
}
