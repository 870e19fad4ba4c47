import { serviceHash } from '../compose/hash.ts';
import type { ComposeProject, ComposeService } from '../compose/model.ts';
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
}

/** "medallion-spark-worker-2", unless the file names it. */
export function containerName(project: ComposeProject, serviceName: string, replica: number): string {
  return project.services[serviceName]?.container_name ?? `${project.name}-${serviceName}-${replica}`;
}

/** The name of a service's image; one that is only built has the project's. */
export function imageName(project: ComposeProject, serviceName: string): string {
  return project.services[serviceName]?.image ?? `${project.name}-${serviceName}`;
}

/**
 * The hash that the Compose CLI would put on the service's containers. `defaultPlatform` is DOCKER_DEFAULT_PLATFORM,
 * which counts for what is built.
 */
export function configHash(
  service: ComposeService,
  containerOf: ContainerIdOf,
  defaultPlatform?: string,
): string {
  const resolved = withContainers(service, containerOf);
  const platform = service.platform ?? (service.build ? defaultPlatform : undefined);
  return serviceHash(platform ? { ...resolved, platform } : resolved);
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
