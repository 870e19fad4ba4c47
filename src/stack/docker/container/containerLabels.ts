import { serviceHash } from '../../compose/hash.ts';
import type { ComposeProject } from '../../compose/model.ts';
import { withContainers, type ContainerIdOf } from './containerReferences.ts';
import { label } from './labels.ts';

/** The Compose CLI whose labels and hashes these are. */
export const composeVersion = '2.40.3';

/** Where a project was read from. */
export interface ProjectSource {
  /** Absolute. */
  workingDir: string;
  /** Absolute, in the order in which they were merged. */
  configFiles: readonly string[];
  /** Those that `--env-file` would name. */
  envFiles?: readonly string[] | undefined;
  /** Service -> its files of labels. */
  labelFiles?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** "medallion-spark-worker-2", unless the file names it. */
export function containerName(project: ComposeProject, serviceName: string, replica: number): string {
  return project.services[serviceName]?.container_name ?? `${project.name}-${serviceName}-${replica}`;
}

/** The name of a service's image; one that is only built has the project's. */
export function imageName(project: ComposeProject, serviceName: string): string {
  return project.services[serviceName]?.image ?? `${project.name}-${serviceName}`;
}

/** What a service's hash is made from. */
export interface HashSource {
  /** In the canonical form, dollar signs doubled. */
  project: ComposeProject;
  /** The service's key in the project. */
  service: string;
  source: ProjectSource;
  /** The project's environment: the process's, then `.env`. */
  variable?: ((name: string) => string | undefined) | undefined;
}

/** The hash that the Compose CLI's `up` puts on the service's containers. Throws `not-found` as `withContainers`. */
export function configHash(from: HashSource, containerOf: ContainerIdOf): string {
  const service = from.project.services[from.service]!;
  const platform = service.build && platformOf(from);
  const labelFiles = from.source.labelFiles?.[from.service];
  return serviceHash({
    ...withContainers(service, containerOf),
    ...(platform && { platform }),
    ...(labelFiles && { label_file: labelFiles }),
  });
}

/** What the service's containers run on, "linux/arm64"; undefined for what the engine is. */
export function platformOf({ project, service, variable }: HashSource): string | undefined {
  const given = project.services[service]?.platform ?? variable?.('DOCKER_DEFAULT_PLATFORM');
  return given === '' ? undefined : given;
}

/** The labels of one container: the service's, and those by which the Compose CLI knows it. */
export function containerLabels(container: {
  /** With single dollar signs. */
  project: ComposeProject;
  serviceName: string;
  replica: number;
  configHash: string;
  imageId: string | undefined;
  source: ProjectSource;
  /** It takes the place of another one. */
  replaces: boolean;
}): Record<string, string> {
  const { project, serviceName, replica, source } = container;
  const service = project.services[serviceName];
  const dependencies = Object.entries(service?.depends_on ?? {}).map(
    ([name, { condition, restart = false }]) => `${name}:${condition}:${restart}`,
  );
  return {
    ...service?.labels,
    [label.project]: project.name,
    [label.service]: serviceName,
    [label.number]: String(replica),
    [label.oneOff]: 'False',
    [label.configHash]: container.configHash,
    [label.dependsOn]: dependencies.join(','),
    [label.workingDir]: source.workingDir,
    [label.configFiles]: source.configFiles.join(','),
    [label.version]: composeVersion,
    ...(container.imageId !== undefined && { [label.image]: container.imageId }),
    ...(source.envFiles?.length && { [label.environmentFile]: source.envFiles.join(',') }),
    ...(container.replaces && { [label.replace]: service?.container_name ?? `${serviceName}-${replica}` }),
  };
}
