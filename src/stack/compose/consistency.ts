import type { WorkbenchError } from '../../base/errors.ts';
import type { ComposeProject, ComposeService } from './model.ts';

/** Makes the error for a place of a project: a sentence with file, line and column in front. */
export type Fault = (path: (string | number)[], message: string) => WorkbenchError;

/** Checks that the parts of a project fit together. `disabled` are services that profiles leave out. */
export function checkConsistency(
  project: ComposeProject,
  disabled: Record<string, ComposeService>,
  fault: Fault,
): void {
  const names = new Map<string, string>();
  for (const [name, service] of Object.entries(project.services)) {
    checkImage(name, service, fault);
    checkReferences(name, service, project, disabled, fault);
    checkLimits(name, service, fault);
    checkTargets(name, service, fault);
    const { container_name: container } = service;
    if (container === undefined) continue;
    const other = names.get(container);
    if (other !== undefined) {
      throw fault(['services', name, 'container_name'], `"${container}" is the container of ${other}, too.`);
    }
    names.set(container, name);
  }
  for (const [name, secret] of Object.entries(project.secrets ?? {})) {
    if (secret.external || secret.file !== undefined || secret.environment !== undefined) continue;
    throw fault(['secrets', name], `The secret ${name} needs a file or an environment, or must be external.`);
  }
  checkCircles(project, fault);
}

function checkImage(name: string, service: ComposeService, fault: Fault): void {
  const { build, image } = service;
  if (build === undefined && image === undefined && service.provider === undefined) {
    throw fault(['services', name], `The service ${name} needs an image or a build.`);
  }
  if (build?.dockerfile !== undefined && build.dockerfile_inline !== undefined) {
    throw fault(
      ['services', name, 'build', 'dockerfile'],
      'A build has a dockerfile or a dockerfile_inline, not both.',
    );
  }
  if (build?.platforms && service.platform !== undefined && !build.platforms.includes(service.platform)) {
    throw fault(
      ['services', name, 'build', 'platforms'],
      `These platforms must include ${service.platform}, the platform of ${name}.`,
    );
  }
  const [kind] = service.healthcheck?.test ?? [];
  if (kind !== undefined && !['CMD', 'CMD-SHELL', 'NONE'].includes(kind)) {
    throw fault(
      ['services', name, 'healthcheck', 'test'],
      'The list of a health check begins with CMD, CMD-SHELL or NONE.',
    );
  }
}

function checkReferences(
  name: string,
  service: ComposeService,
  project: ComposeProject,
  disabled: Record<string, ComposeService>,
  fault: Fault,
): void {
  const refer = (
    key: string,
    part: 'networks' | 'volumes' | 'secrets' | 'configs',
    used: string,
    at: string | number,
  ) => {
    if (Object.hasOwn(project[part] ?? {}, used)) return;
    throw fault(
      ['services', name, key, at],
      `The service ${name} uses "${used}", which is not among the ${part}.`,
    );
  };
  if (service.network_mode !== undefined && service.networks !== undefined) {
    throw fault(
      ['services', name, 'network_mode'],
      `The service ${name} has a network_mode or networks, not both.`,
    );
  }
  for (const network of Object.keys(service.networks ?? {})) refer('networks', 'networks', network, network);
  for (const [index, { type, source }] of (service.volumes ?? []).entries()) {
    if (type === 'volume' && source !== undefined) refer('volumes', 'volumes', source, index);
  }
  for (const [index, { source }] of (service.secrets ?? []).entries())
    refer('secrets', 'secrets', source, index);
  for (const [index, { source }] of (service.configs ?? []).entries())
    refer('configs', 'configs', source, index);
  for (const { source } of (service.build?.secrets as { source: string }[] | undefined) ?? []) {
    refer('build', 'secrets', source, 'secrets');
  }
  const contexts = (service.build?.additional_contexts ?? {}) as Record<string, string>;
  for (const [key, context] of Object.entries(contexts)) {
    if (!context.startsWith('service:')) continue;
    const other = context.slice(8);
    if (Object.hasOwn(project.services, other) && project.services[other]!.build) continue;
    throw fault(
      ['services', name, 'build', 'additional_contexts', key],
      `There is no service "${other}" with a build that ${name} could use.`,
    );
  }
  for (const [other, { required }] of Object.entries(service.depends_on ?? {})) {
    if (Object.hasOwn(project.services, other)) continue;
    const isDisabled = Object.hasOwn(disabled, other);
    if (isDisabled && !required) continue;
    const why = isDisabled ? 'is left out by the profiles' : 'does not exist';
    throw fault(
      ['services', name, 'depends_on', other],
      `The service ${name} depends on "${other}", which ${why}.`,
    );
  }
  if (
    service.network_mode?.startsWith('service:') &&
    !Object.hasOwn(project.services, service.network_mode.slice(8))
  ) {
    throw fault(
      ['services', name, 'network_mode'],
      `There is no service "${service.network_mode.slice(8)}".`,
    );
  }
}

function checkLimits(name: string, service: ComposeService, fault: Fault): void {
  const { scale, deploy } = service;
  const replicas = deploy?.replicas;
  if (scale !== undefined && replicas !== undefined && scale !== replicas) {
    throw fault(['services', name, 'scale'], `scale is ${scale}, but deploy.replicas is ${replicas}.`);
  }
  if ((scale ?? 0) < 0) throw fault(['services', name, 'scale'], 'scale cannot be negative.');
  if ((replicas ?? 0) < 0) {
    throw fault(['services', name, 'deploy', 'replicas'], 'deploy.replicas cannot be negative.');
  }
  if (deploy && scale !== undefined) deploy.replicas = scale;
  const count = scale ?? replicas ?? 1;
  if (count > 1 && service.container_name !== undefined) {
    throw fault(['services', name, 'container_name'], `${count} containers cannot share one container_name.`);
  }
  const { limits, reservations } = deploy?.resources ?? {};
  const same = (
    key: 'cpus' | 'mem_limit' | 'pids_limit' | 'mem_reservation',
    section: object | undefined,
    inDeploy: string,
    zero: unknown,
  ) => {
    const own = service[key];
    if (own === undefined || section === undefined) return;
    const other = (section as Record<string, unknown>)[inDeploy.split('.').at(-1)!] ?? zero;
    if (own !== other)
      throw fault(['services', name, key], `${key} and deploy.resources.${inDeploy} differ.`);
  };
  same('cpus', limits, 'limits.cpus', 0);
  same('mem_limit', limits, 'limits.memory', '0');
  same('pids_limit', limits, 'limits.pids', 0);
  same('mem_reservation', reservations, 'reservations.memory', '0');
}

function checkTargets(name: string, service: ComposeService, fault: Fault): void {
  const targets = new Set<string>();
  const add = (target: string, key: string, index: number) => {
    if (targets.has(target)) {
      throw fault(['services', name, key, index], `Two mounts of ${name} have the target ${target}.`);
    }
    targets.add(target);
  };
  for (const [index, tmpfs] of (service.tmpfs ?? []).entries()) add(tmpfs.split(':', 1)[0]!, 'tmpfs', index);
  for (const [index, { target }] of (service.volumes ?? []).entries()) add(target, 'volumes', index);
}

function checkCircles(project: ComposeProject, fault: Fault): void {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name];
      throw fault(
        ['services', path.at(-1)!, 'depends_on', name],
        `Services depend on each other in a circle: ${circle.join(' -> ')}.`,
      );
    }
    if (done.has(name)) return;
    for (const other of Object.keys(project.services[name]?.depends_on ?? {})) visit(other, [...path, name]);
    done.add(name);
  };
  for (const name of Object.keys(project.services)) visit(name, []);
}
