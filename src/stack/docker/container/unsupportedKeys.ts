import type { ComposeProject, ComposeService } from '../../compose/model.ts';
import { apiAtLeast, engine25 } from '../connect/apiVersion.ts';
import { networksByPriority } from './containerNetworks.ts';

/** Something in a Compose file that a container of ours would not have. */
export interface KeyFinding {
  /** In the canonical model: `['services', 'web', 'provider']`. */
  path: (string | number)[];
  /** A sentence that names the key and says why. */
  message: string;
}

/**
 * What a service asks for that cannot be had on an engine with this API version: to be refused, since its containers
 * would not be what the file says.
 */
export function unsupportedKeys(
  project: ComposeProject,
  serviceName: string,
  apiVersion: string,
): KeyFinding[] {
  const service = project.services[serviceName]!;
  const own = (findings: KeyFinding[]): KeyFinding[] =>
    findings.map(({ path, message }) => ({ path: ['services', serviceName, ...path], message }));
  return [
    ...own(neverSupported(service)),
    ...own(tooNew(service, apiVersion)),
    ...fileObjects(project, service, 'secrets'),
    ...fileObjects(project, service, 'configs'),
  ];
}

/** What a service asks for that one engine has no use for: it is left out, as by the Compose CLI, and worth a note. */
export function unusedKeys(project: ComposeProject, serviceName: string, apiVersion: string): KeyFinding[] {
  const service = project.services[serviceName]!;
  const { deploy } = service;
  const findings: KeyFinding[] = [];
  const unused = (why: string, ...path: (string | number)[]): void => {
    const message = `${path.join('.')} of ${serviceName} is left out: ${why}`;
    findings.push({ path: ['services', serviceName, ...path], message });
  };
  const swarm = 'only a swarm has it.';
  if (deploy?.mode && deploy.mode !== 'replicated') unused(swarm, 'deploy', 'mode');
  for (const key of ['labels', 'update_config', 'rollback_config', 'endpoint_mode'] as const) {
    if (deploy?.[key] !== undefined) unused(swarm, 'deploy', key);
  }
  if (Object.keys(deploy?.placement ?? {}).length > 0) unused(swarm, 'deploy', 'placement');
  for (const key of ['cpus', 'generic_resources'] as const) {
    if (deploy?.resources?.reservations?.[key] !== undefined) {
      unused(swarm, 'deploy', 'resources', 'reservations', key);
    }
  }
  for (const key of ['delay', 'window'] as const) {
    if (deploy?.restart_policy?.[key] !== undefined) {
      unused('the engine chooses the time itself.', 'deploy', 'restart_policy', key);
    }
  }
  for (const kind of ['secrets', 'configs'] as const) {
    for (const [index, use] of (service[kind] ?? []).entries()) {
      if (project[kind]?.[use.source]?.file === undefined) continue;
      for (const key of ['uid', 'gid', 'mode'] as const) {
        if (use[key] !== undefined) unused('a bound file keeps what it has on the host.', kind, index, key);
      }
    }
  }
  if (service.healthcheck?.start_interval !== undefined && !apiAtLeast(apiVersion, engine25)) {
    unused(
      'it needs Docker Engine 25; checks come at `interval` from the start.',
      'healthcheck',
      'start_interval',
    );
  }
  return findings;
}

const refused = {
  provider: 'a plugin of the Compose CLI would run the service',
  models: 'it needs the model runner of Docker Desktop',
  credential_spec: 'it is for Windows containers',
  use_api_socket: 'it would give the container the engine and your registry logins',
  post_start: 'commands that run beside a container are not run',
  pre_stop: 'commands that run beside a container are not run',
} as const;

function neverSupported(service: ComposeService): KeyFinding[] {
  const findings: KeyFinding[] = [];
  const refuse = (message: string, ...path: (string | number)[]): void =>
    void findings.push({ path, message });
  for (const [key, why] of Object.entries(refused)) {
    const value = service[key as keyof typeof refused];
    if (value !== undefined && value !== false) refuse(`\`${key}\` is not supported: ${why}.`, key);
  }
  for (const [index, { type }] of (service.volumes ?? []).entries()) {
    if (type === 'cluster') {
      refuse('A volume of type `cluster` is not supported: only a swarm has it.', 'volumes', index, 'type');
    }
  }
  const { start_interval, start_period } = service.healthcheck ?? {};
  if (start_interval !== undefined && start_period === undefined) {
    const message = '`start_interval` has no meaning without `start_period`: set both.';
    refuse(message, 'healthcheck', 'start_interval');
  }
  return findings;
}

/** An older engine drops what it does not know, without a word. */
function tooNew(service: ComposeService, apiVersion: string): KeyFinding[] {
  const findings: KeyFinding[] = [];
  const needs = (api: string, engine: string, ...path: (string | number)[]): void => {
    if (apiAtLeast(apiVersion, api)) return;
    const key = path.findLast((part) => typeof part === 'string');
    findings.push({ path, message: `\`${key}\` needs Docker Engine ${engine} or later.` });
  };
  if (service.annotations) needs('1.43', '24', 'annotations');
  for (const [index, mount] of (service.volumes ?? []).entries()) {
    if (mount.type === 'image') needs('1.48', '28', 'volumes', index, 'image');
    if (mount.volume?.subpath !== undefined) needs('1.45', '26', 'volumes', index, 'volume', 'subpath');
    if (mount.bind?.recursive !== undefined) needs('1.44', '25', 'volumes', index, 'bind', 'recursive');
  }
  const networks = Object.entries(service.networks ?? {});
  const [primary] = networksByPriority(service);
  for (const [key, network] of networks) {
    if (network?.mac_address !== undefined && key !== primary) {
      needs(engine25, '25', 'networks', key, 'mac_address');
    }
    if (network?.interface_name !== undefined) needs('1.49', '28.1', 'networks', key, 'interface_name');
    if (network?.gw_priority !== undefined) needs('1.48', '28', 'networks', key, 'gw_priority');
  }
  return findings;
}

function fileObjects(
  project: ComposeProject,
  service: ComposeService,
  kind: 'secrets' | 'configs',
): KeyFinding[] {
  return (service[kind] ?? []).flatMap(({ source }) => {
    const object = project[kind]?.[source];
    if (!object) return [];
    const findings: KeyFinding[] = [];
    const refuse = (key: string, why: string): void =>
      void findings.push({ path: [kind, source, key], message: `\`${key}\` is not supported: ${why}.` });
    if (object.external) refuse('external', `only a swarm keeps ${kind}`);
    if (object.driver !== undefined) refuse('driver', 'only a swarm has it');
    if (object.template_driver !== undefined) refuse('template_driver', 'only a swarm has it');
    const written = object.environment !== undefined ? 'environment' : 'content';
    if (service.read_only && object[written] !== undefined) {
      refuse(written, 'nothing can be written into a service that is `read_only`; use `file`');
    }
    return findings;
  });
}
