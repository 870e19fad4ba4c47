import { WorkbenchError } from '../../../base/errors.ts';
import { networkHash } from '../../compose/hash.ts';
import { singleDollars } from '../../compose/dollars.ts';
import type { ComposeProject, ComposeService } from '../../compose/model.ts';
import { configHash, type ProjectSource } from '../container/containerLabels.ts';
import { referencedServices } from '../container/containerReferences.ts';
import type { Wanted, WantedNetwork, WantedService, WantedVolume } from './plan.ts';
import { fixedPorts } from './publishedPorts.ts';

export interface WantedOptions {
  /** In the canonical form, with only the services that are meant. */
  project: ComposeProject;
  /** All services of the files. */
  known: Iterable<string>;
  /** Service -> the id of its image, where it is there. */
  images: ReadonlyMap<string, string | undefined>;
  scale?: Readonly<Record<string, number>> | undefined;
  removeOrphans?: boolean | undefined;
  source: ProjectSource;
  /** The project's environment. */
  variable: (name: string) => string | undefined;
}

/** What a project wants of the engine. Throws `invalid` for a scale that cannot be. */
export function wantedOf(options: WantedOptions): Wanted {
  const { project, known, images, source, variable, scale = {}, removeOrphans = false } = options;
  const names = new Set(known);
  for (const name of Object.keys(scale)) {
    if (Object.hasOwn(project.services, name)) continue;
    const why = names.has(name) ? 'is not among the services to start' : 'is no service';
    const choice = Object.keys(project.services).join(', ');
    throw new WorkbenchError('invalid', `${name}, which is to be scaled, ${why}. Services: ${choice}.`);
  }
  const services = inOrder(project).map((name): WantedService => {
    const service = singleDollars(project.services[name]!);
    const replicas = scale[name] ?? service.scale ?? service.deploy?.replicas ?? 1;
    requireScale(name, service, replicas);
    const imageId = images.get(name);
    return {
      name,
      replicas,
      ...(service.container_name === undefined ? {} : { containerName: service.container_name }),
      ...(imageId === undefined ? {} : { imageId }),
      references: referencedServices(service),
      configHash: (containerOf) => configHash({ project, service: name, source, variable }, containerOf),
      networks: Object.keys(service.networks ?? {}).flatMap((key) => project.networks?.[key]?.name ?? []),
      volumes: (service.volumes ?? []).flatMap(({ type, source }) =>
        type === 'volume' && source !== undefined ? (project.volumes?.[source]?.name ?? []) : [],
      ),
      dependsOn: Object.entries(service.depends_on ?? {}).map(([dependency, { restart = false }]) => ({
        service: dependency,
        restart,
      })),
    };
  });
  return {
    project: project.name,
    services,
    networks: Object.entries(project.networks ?? {}).map(([key, network]): WantedNetwork => {
      const { name, external = false } = singleDollars(network);
      return { key, name, external, configHash: networkHash(network) };
    }),
    volumes: Object.entries(project.volumes ?? {}).map(([key, volume]): WantedVolume => {
      const { name, external = false } = singleDollars(volume);
      return { key, name, external };
    }),
    known: names,
    removeOrphans,
  };
}

function requireScale(name: string, service: ComposeService, replicas: number): void {
  const [fixed] = fixedPorts(service);
  if (replicas <= 1 || !fixed) return;
  throw new WorkbenchError(
    'invalid',
    `${name} is published on port ${fixed.port}, which only one container can have: it cannot have ${replicas} ` +
      'replicas. Publish a range, or leave the published port out.',
  );
}

/** Dependencies before dependents, else in the file's order. Throws `invalid` for a circle. */
export function inOrder(project: ComposeProject): string[] {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return;
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].join(' -> ');
      throw new WorkbenchError('invalid', `Services depend on each other in a circle: ${circle}.`);
    }
    for (const dependency of Object.keys(project.services[name]?.depends_on ?? {})) {
      if (Object.hasOwn(project.services, dependency)) visit(dependency, [...path, name]);
    }
    done.add(name);
  };
  for (const name of Object.keys(project.services)) visit(name, []);
  return [...done];
}
