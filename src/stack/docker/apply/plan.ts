import { WorkbenchError } from '../../../base/errors.ts';
import type { PlannedStep } from '../../engine.ts';

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** A container of the project, as the engine lists it. */
export interface ObservedContainer {
  id: string;
  name: string;
  service: string;
  /** From 1. */
  number: number;
  /** Made by `docker compose run`. */
  oneOff: boolean;
  state: ContainerState;
  /** Of a running one; `none` where it has no health check. */
  health?: 'none' | 'starting' | 'healthy' | 'unhealthy' | undefined;
  configHash: string;
  /** The id of the image that it was made from. */
  imageId: string;
  /** Name -> id; the id is empty before the first start. */
  networks: Readonly<Record<string, string>>;
  /** The named volumes that are mounted. */
  volumes: readonly string[];
  /** It was made to replace another one. */
  replaces: boolean;
  /** Published ports on the engine's machine. */
  ports: readonly number[];
  dependsOn: readonly { service: string; restart: boolean }[];
}

export interface ObservedNetwork {
  id: string;
  name: string;
  /** The project and the key in its file, where it is a project's. */
  project?: string;
  key?: string;
  configHash?: string;
}

export interface ObservedVolume {
  name: string;
  project?: string;
  key?: string;
}

/** What there is of a project, and of what its file names. */
export interface Observed {
  containers: readonly ObservedContainer[];
  networks: readonly ObservedNetwork[];
  volumes: readonly ObservedVolume[];
}

export interface WantedService {
  name: string;
  replicas: number;
  containerName?: string;
  /** The id of its image; absent for one that is yet to be built or pulled. */
  imageId?: string;
  /** Services whose containers' ids are part of the configuration: `network_mode: service:x`, `volumes_from: [x]`. */
  references: readonly string[];
  /** The configuration's hash, with the ids of the containers that it refers to. */
  configHash(containerOf: (service: string) => string | undefined): string;
  /** As the engine knows them. */
  networks: readonly string[];
  volumes: readonly string[];
  dependsOn: readonly { service: string; restart: boolean }[];
}

export interface WantedNetwork {
  key: string;
  name: string;
  external: boolean;
  configHash?: string;
}

export interface WantedVolume {
  key: string;
  name: string;
  external: boolean;
}

export interface Wanted {
  project: string;
  /** Dependencies first. */
  services: readonly WantedService[];
  networks: readonly WantedNetwork[];
  volumes: readonly WantedVolume[];
  /** All services of the files, also those that this is not about. */
  known: ReadonlySet<string>;
  removeOrphans: boolean;
}

export type ContainerStep =
  | { action: 'create'; service: string; number: number; name: string }
  | {
      action: 'recreate';
      service: string;
      number: number;
      name: string;
      old: ObservedContainer;
      reason: string;
    }
  /** `name` where it has to be renamed before: its recreation was cut off. */
  | {
      action: 'start';
      service: string;
      number: number;
      old: ObservedContainer;
      reason: string;
      name?: string;
    }
  | {
      action: 'restart';
      service: string;
      number: number;
      old: ObservedContainer;
      reason: string;
      name?: string;
    }
  | { action: 'leave'; service: string; number: number; old: ObservedContainer; name?: string };

export interface NetworkStep {
  action: 'create' | 'recreate' | 'leave';
  network: WantedNetwork;
  id?: string;
  reason?: string;
}

export interface VolumeStep {
  action: 'create' | 'leave';
  volume: WantedVolume;
}

export interface Removal {
  container: ObservedContainer;
  reason: string;
}

export interface Plan {
  networks: NetworkStep[];
  volumes: VolumeStep[];
  removals: Removal[];
  /** By service, dependencies first. */
  services: Map<string, ContainerStep[]>;
  /** What a person should know. */
  notes: string[];
}

/** The container's name as the Compose CLI gives it. */
export function containerName(
  project: string,
  service: Pick<WantedService, 'name' | 'containerName'>,
  number: number,
): string {
  return service.containerName ?? `${project}-${service.name}-${number}`;
}

/**
 * What has to be done so that the observed becomes the wanted. It decides as the Compose CLI does (`convergence.go`), so
 * that neither recreates what the other one made. Volumes are never removed. Throws `conflict` and `not-found` for
 * networks and volumes that are not the project's, `invalid` for a scale that cannot be.
 */
export function planUp(wanted: Wanted, observed: Observed): Plan {
  const networks = wanted.networks.map((network) => planNetwork(network, wanted.project, observed));
  const notes: string[] = [];
  const volumes = wanted.volumes.map((volume) => planVolume(volume, wanted.project, observed, notes));
  const removals: Removal[] = [];
  const orphans = observed.containers.filter((container) => isOrphan(container, wanted.known));
  if (wanted.removeOrphans) {
    for (const container of orphans) removals.push({ container, reason: 'no service of the files has it' });
  } else if (orphans.length > 0) {
    const names = orphans.map(({ name }) => name).join(', ');
    notes.push(`no service of the files has ${names}: \`--remove-orphans\` removes them`);
  }

  const services = new Map<string, ContainerStep[]>();
  const changedNetworks = new Map(
    networks.flatMap(({ action, network }) => (action === 'recreate' ? [[network.name, action]] : [])),
  );
  const networkIds = new Map(networks.map(({ network, id }) => [network.name, id]));
  for (const service of wanted.services) {
    requireScale(service);
    const own = observed.containers.filter(
      (container) => container.service === service.name && !container.oneOff,
    );
    const reasonFor = (container: ObservedContainer): string | undefined =>
      reasonToRecreate(service, container, services, changedNetworks, networkIds);
    const { kept, surplus } = choose(own, service, wanted.project, reasonFor);
    for (const container of surplus) removals.push({ container, reason: 'one replica too many' });
    const steps = kept.map((container) =>
      keepOrReplace(service, container, wanted.project, reasonFor(container)),
    );
    const used = new Set(own.map(({ number }) => number));
    for (let number = 1; steps.length < service.replicas; number += 1) {
      if (used.has(number)) continue;
      const name = containerName(wanted.project, service, number);
      steps.push({ action: 'create', service: service.name, number, name });
    }
    services.set(
      service.name,
      steps.sort((a, b) => a.number - b.number),
    );
  }
  return { networks, volumes, removals, services: restartDependents(wanted, services), notes };
}

/** The plan as a person reads it: networks and volumes, what goes, then the services. */
export function describePlan(plan: Plan): PlannedStep[] {
  return [
    ...plan.networks.map(({ action, network, reason }): PlannedStep => ({
      action,
      kind: 'network',
      name: network.name,
      ...(reason ? { reason } : {}),
    })),
    ...plan.volumes.map(({ action, volume }): PlannedStep => ({ action, kind: 'volume', name: volume.name })),
    ...plan.removals.map(({ container, reason }): PlannedStep => ({
      action: 'remove',
      kind: 'container',
      name: container.name,
      service: container.service,
      reason,
    })),
    ...[...plan.services.values()].flat().map((step): PlannedStep => {
      const name = ('name' in step ? step.name : undefined) ?? ('old' in step ? step.old.name : '');
      return {
        action: step.action === 'restart' ? 'start' : step.action,
        kind: 'container',
        name,
        service: step.service,
        ...('reason' in step ? { reason: step.reason } : {}),
      };
    }),
  ];
}

/** True if the plan does nothing. */
export function isSettled(plan: Plan): boolean {
  return describePlan(plan).every(({ action }) => action === 'leave');
}

function planNetwork(network: WantedNetwork, project: string, observed: Observed): NetworkStep {
  const found = observed.networks.find(
    ({ name, id }) => name === network.name || (network.external && id === network.name),
  );
  if (network.external) {
    if (found) return { action: 'leave', network, id: found.id };
    throw new WorkbenchError(
      'not-found',
      `The network ${network.name} is declared external and does not exist: make it with \`docker network create ${network.name}\`.`,
    );
  }
  if (!found) return { action: 'create', network };
  if (found.project !== project || found.key !== network.key) {
    const whose =
      found.project === undefined ? 'was made by somebody else' : `belongs to the project ${found.project}`;
    throw new WorkbenchError(
      'conflict',
      `There is a network ${network.name} already, which ${whose}. Give yours another \`name\`, or say \`external: true\` to use that one.`,
    );
  }
  // Without a hash of one side there is nothing to compare.
  const isSame = !found.configHash || !network.configHash || found.configHash === network.configHash;
  if (isSame) return { action: 'leave', network, id: found.id };
  return { action: 'recreate', network, id: found.id, reason: 'its configuration changed' };
}

function planVolume(volume: WantedVolume, project: string, observed: Observed, notes: string[]): VolumeStep {
  const found = observed.volumes.find(({ name }) => name === volume.name);
  if (volume.external && !found) {
    throw new WorkbenchError(
      'not-found',
      `The volume ${volume.name} is declared external and does not exist: make it with \`docker volume create ${volume.name}\`.`,
    );
  }
  if (found && !volume.external && found.project !== project) {
    const whose = found.project === undefined ? 'no project' : `the project ${found.project}`;
    notes.push(`the volume ${volume.name} of ${whose} was there already: it is used as it is`);
  }
  return { action: found ? 'leave' : 'create', volume };
}

/** A finished `docker compose run`, or a container of a service that the files do not have. */
function isOrphan({ oneOff, state, service }: ObservedContainer, known: ReadonlySet<string>): boolean {
  return oneOff ? state === 'exited' || state === 'dead' : !known.has(service);
}

function requireScale({ name, replicas, containerName: fixed }: WantedService): void {
  if (fixed === undefined || replicas <= 1) return;
  throw new WorkbenchError(
    'invalid',
    `${name} has the \`container_name\` ${fixed}, which only one container can have: it cannot have ${replicas} replicas.`,
  );
}

/** Which containers stay: those that are as they should be first, then those with low numbers. */
function choose(
  own: readonly ObservedContainer[],
  service: WantedService,
  project: string,
  reasonFor: (container: ObservedContainer) => string | undefined,
): { kept: ObservedContainer[]; surplus: ObservedContainer[] } {
  const rank = (container: ObservedContainer): number =>
    (reasonFor(container) === undefined ? 0 : 2) +
    (container.name === containerName(project, service, container.number) ? 0 : 1);
  const sorted = [...own].sort((a, b) => rank(a) - rank(b) || a.number - b.number || (a.id < b.id ? -1 : 1));
  const kept: ObservedContainer[] = [];
  const surplus: ObservedContainer[] = [];
  for (const container of sorted) {
    // Two have one number where a recreation was cut off.
    const hasPlace =
      kept.length < service.replicas && kept.every(({ number }) => number !== container.number);
    (hasPlace ? kept : surplus).push(container);
  }
  return { kept, surplus };
}

function reasonToRecreate(
  service: WantedService,
  container: ObservedContainer,
  before: ReadonlyMap<string, readonly ContainerStep[]>,
  changedNetworks: ReadonlyMap<string, unknown>,
  networkIds: ReadonlyMap<string, string | undefined>,
): string | undefined {
  if (container.state === 'dead' || container.state === 'removing') return 'it could not be removed before';
  for (const reference of service.references) {
    const steps = before.get(reference) ?? [];
    if (!sharedContainer(steps))
      return `${reference} is ${steps[0]?.action === 'recreate' ? 'recreated' : 'created'}`;
  }
  const hash = service.configHash((name) => sharedContainer(before.get(name) ?? []) ?? '');
  if (container.configHash !== hash) return 'its configuration changed';
  if (service.imageId === undefined || service.imageId !== container.imageId) return 'its image is newer';
  for (const name of service.networks) {
    if (changedNetworks.has(name)) return `its network ${name} is recreated`;
    const id = networkIds.get(name);
    const joined = container.networks[name];
    if (joined === undefined) return `it is not in the network ${name}`;
    // Before its first start a container has no network's id.
    if (joined !== '' && joined !== id) return `its network ${name} was recreated`;
  }
  for (const name of service.volumes) {
    if (!container.volumes.includes(name)) return `the volume ${name} is not mounted`;
  }
  return undefined;
}

/** The container that others refer to: the first by name, if it stays. */
function sharedContainer(steps: readonly ContainerStep[]): string | undefined {
  const first = [...steps].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))[0];
  return first && first.action !== 'create' && first.action !== 'recreate' ? first.old.id : undefined;
}

function nameOf(step: ContainerStep): string {
  return ('name' in step ? step.name : undefined) ?? ('old' in step ? step.old.name : '');
}

function keepOrReplace(
  service: WantedService,
  old: ObservedContainer,
  project: string,
  reason: string | undefined,
): ContainerStep {
  const { number } = old;
  const name = containerName(project, service, number);
  const shared = { service: service.name, number, old };
  if (reason !== undefined) return { action: 'recreate', ...shared, name, reason };
  const renamed = old.replaces && old.name !== name ? { name } : {};
  switch (old.state) {
    case 'running':
      return { action: 'leave', ...shared, ...renamed };
    case 'restarting':
      // The engine waits longer each time; what made it end may be mended.
      return { action: 'restart', ...shared, ...renamed, reason: 'it kept ending' };
    case 'paused':
      return { action: 'start', ...shared, ...renamed, reason: 'it is paused' };
    case 'created':
      return { action: 'start', ...shared, ...renamed, reason: 'it was never started' };
    default:
      return { action: 'start', ...shared, ...renamed, reason: 'it had ended' };
  }
}

/** A dependent with `restart: true` is restarted where a container that it depends on is recreated. */
function restartDependents(
  wanted: Wanted,
  services: Map<string, ContainerStep[]>,
): Map<string, ContainerStep[]> {
  const recreated = new Set(
    [...services].flatMap(([name, steps]) =>
      steps.some(({ action }) => action === 'recreate') ? [name] : [],
    ),
  );
  for (const { name, dependsOn } of wanted.services) {
    const cause = dependsOn.find(({ service, restart }) => restart && recreated.has(service));
    if (!cause) continue;
    const reason = `${cause.service} is recreated`;
    const steps = (services.get(name) ?? []).map((step): ContainerStep => {
      if (step.action !== 'leave') return step;
      return { ...step, action: 'restart', reason };
    });
    services.set(name, steps);
  }
  return services;
}
