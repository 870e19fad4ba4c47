import { WorkbenchError } from '../../base/errors.ts';
import type { LoadedProject } from '../compose/load.ts';
import type { ComposeService } from '../compose/model.ts';

type Keys<T> = ReadonlySet<keyof T & string>;

/** Keys that a process has, too. */
const read: Keys<ComposeService> = new Set([
  'command',
  'entrypoint',
  'environment',
  'ports',
  'volumes',
  'healthcheck',
  'depends_on',
  'deploy',
  'scale',
  'profiles',
  'secrets',
  'stop_signal',
  'stop_grace_period',
] as const);

/** Keys that mean nothing to a process without a container, and may stand in the file for Docker. */
const harmless: Keys<ComposeService> = new Set([
  'image',
  'build',
  'pull_policy',
  'platform',
  'restart',
  'labels',
  'annotations',
  'container_name',
  'hostname',
  'domainname',
  'networks',
  'expose',
  'init',
  'logging',
  'shm_size',
  'tty',
  'stdin_open',
  'attach',
  'develop',
] as const);

/** Keys of `deploy`; those of a swarm mean nothing to Compose either. */
const harmlessInDeploy = new Set([
  'replicas',
  'restart_policy',
  'labels',
  'endpoint_mode',
  'placement',
  'update_config',
  'rollback_config',
]);

/**
 * Refuses what a process without a container cannot have: nothing that the file asks for is left out silently, unless
 * it only matters in containers. Throws `unsupported` with file, line and column.
 */
export function requireSupported({ project, fault }: Pick<LoadedProject, 'project' | 'fault'>): void {
  const refuse: Refuse = (path, what) => {
    const { message } = fault(path, `${what} is not supported without Docker.`);
    throw new WorkbenchError('unsupported', message);
  };
  for (const [name, service] of Object.entries(project.services)) checkService(name, service, refuse);
  for (const [name, { external, driver = 'local', driver_opts: options }] of Object.entries(
    project.volumes ?? {},
  )) {
    if (external === true) refuse(['volumes', name], `The external volume ${name}`);
    if (driver !== 'local' || !isEmpty(options)) refuse(['volumes', name], `A driver of the volume ${name}`);
  }
  for (const [name, { file }] of Object.entries(project.secrets ?? {})) {
    if (file === undefined) refuse(['secrets', name], `The secret ${name}, which is not in a file,`);
  }
}

type Refuse = (path: (string | number)[], what: string) => never;

function checkService(name: string, service: ComposeService, refuse: Refuse): void {
  const path = ['services', name];
  for (const [key, value] of Object.entries(service)) {
    const isKnown = [read, harmless].some((keys) => (keys as ReadonlySet<string>).has(key));
    if (isKnown || key.startsWith('x-') || isEmpty(value)) continue;
    refuse([...path, key], `\`${key}\` of ${name}`);
  }
  for (const [key, value] of Object.entries(service.deploy ?? {})) {
    const isReplicated = key === 'mode' && value === 'replicated';
    if (harmlessInDeploy.has(key) || isReplicated || isEmpty(value)) continue;
    refuse([...path, 'deploy', key], `\`deploy.${key}\` of ${name}`);
  }
  if (!service.entrypoint?.length && !service.command?.length) {
    refuse(path, `${name} has no \`command\`: an image's own command`);
  }
  const { test, disable } = service.healthcheck ?? {};
  if (service.healthcheck && !test?.length && disable !== true) {
    refuse([...path, 'healthcheck'], `The health check of ${name} has no \`test\`: an image's own check`);
  }
  for (const [index, { protocol = 'tcp', published, target }] of (service.ports ?? []).entries()) {
    const at = [...path, 'ports', index];
    if (protocol !== 'tcp') refuse(at, 'A UDP port');
    if (published !== String(target)) refuse(at, 'A port that is published under another number');
  }
  for (const [index, { type, source, volume }] of (service.volumes ?? []).entries()) {
    const at = [...path, 'volumes', index];
    if (type !== 'volume' || source === undefined) refuse(at, 'A volume without a name');
    if (volume?.subpath !== undefined) refuse(at, 'A part of a volume');
  }
  for (const [index, { source, target = source, uid, gid, mode }] of (service.secrets ?? []).entries()) {
    const at = [...path, 'secrets', index];
    if (![source, `/run/secrets/${source}`].includes(target)) refuse(at, 'A secret under another name');
    if ([uid, gid, mode].some((own) => own !== undefined)) refuse(at, 'An owner or a mode of a secret');
  }
}

/** The canonical model has some of its maps even where the file says nothing. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
