import {
  containerName,
  type Observed,
  type ObservedContainer,
  type Wanted,
  type WantedService,
} from '../../../../../src/stack/docker/apply/plan.ts';

export const project = 'shop';
export const networkName = 'shop_default';
export const networkId = 'n1';

export function service(
  name: string,
  options: Partial<WantedService> & { hash?: string } = {},
): WantedService {
  const { hash = `hash of ${name}`, ...rest } = options;
  return {
    name,
    replicas: 1,
    imageId: 'image 1',
    references: [],
    configHash: (containerOf) => [hash, ...(rest.references ?? []).map(containerOf)].join(' '),
    networks: [networkName],
    volumes: [],
    dependsOn: [],
    ...rest,
  };
}

export function wantedOf(services: WantedService[], options: Partial<Wanted> = {}): Wanted {
  return {
    project,
    services,
    networks: [{ key: 'default', name: networkName, external: false, configHash: 'a' }],
    volumes: [],
    known: new Set(services.map(({ name }) => name)),
    removeOrphans: false,
    ...options,
  };
}

export function container(
  of: WantedService,
  number: number,
  options: Partial<ObservedContainer> = {},
): ObservedContainer {
  const name = containerName(project, of, number);
  return {
    id: `id of ${name}`,
    name,
    service: of.name,
    number,
    oneOff: false,
    state: 'running',
    configHash: of.configHash(() => ''),
    imageId: of.imageId ?? '',
    networks: Object.fromEntries(of.networks.map((network) => [network, networkId])),
    volumes: of.volumes,
    replaces: false,
    ports: [],
    dependsOn: [],
    ...options,
  };
}

export function observedOf(containers: ObservedContainer[], options: Partial<Observed> = {}): Observed {
  return {
    containers,
    networks: [{ id: networkId, name: networkName, project, key: 'default', configHash: 'a' }],
    volumes: [],
    ...options,
  };
}
