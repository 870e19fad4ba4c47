import { WorkbenchError } from '../../../base/errors.ts';
import type { ComposeService } from '../../compose/model.ts';

/** A container that is there. */
export interface NamedContainer {
  id: string;
  /** Without the engine's leading slash. */
  name: string;
}

/** Service -> its containers. */
export type ContainersOf = ReadonlyMap<string, readonly NamedContainer[]>;

const shared = ['network_mode', 'ipc', 'pid'] as const;

/** The services whose containers this one names, by `network_mode: service:x` and the like. */
export function referencedServices(service: ComposeService): string[] {
  const names = shared.flatMap((key) => serviceOf(service[key]) ?? []);
  for (const source of service.volumes_from ?? []) {
    const [name = ''] = source.split(':');
    if (name !== 'container') names.push(name);
  }
  return [...new Set(names)];
}

/** The id of the container of a service that others share. */
export type ContainerIdOf = (service: string) => string | undefined;

/** The first container of each service, by name, as the Compose CLI takes it. */
export function firstContainers(containers: ContainersOf): ContainerIdOf {
  return (service) => [...(containers.get(service) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))[0]?.id;
}

/**
 * The service with ids of containers in place of the services that it refers to. As such it has the hash that the
 * Compose CLI keeps: like there, what `volumes_from` says of reading and writing is dropped. Throws `not-found`.
 */
export function withContainers(service: ComposeService, containerOf: ContainerIdOf): ComposeService {
  const result = { ...service };
  for (const key of shared) {
    const name = serviceOf(service[key]);
    if (name !== undefined) result[key] = `container:${required(name, containerOf)}`;
  }
  if (service.volumes_from) {
    result.volumes_from = volumesFrom(service, containerOf).map((source) => source.split(':')[0]!);
  }
  return result;
}

/** The engine's form of `volumes_from`: "id", "id:ro". */
export function volumesFrom(service: ComposeService, containerOf: ContainerIdOf): string[] {
  return (service.volumes_from ?? []).map((source) => {
    const [name = '', ...rest] = source.split(':');
    return name === 'container' ? rest.join(':') : [required(name, containerOf), ...rest].join(':');
  });
}

function serviceOf(mode: string | undefined): string | undefined {
  return mode?.startsWith('service:') ? mode.slice('service:'.length) : undefined;
}

function required(service: string, containerOf: ContainerIdOf): string {
  const id = containerOf(service);
  if (id !== undefined) return id;
  throw new WorkbenchError(
    'not-found',
    `Another service shares what ${service} has, but ${service} has no container; start it too.`,
  );
}
