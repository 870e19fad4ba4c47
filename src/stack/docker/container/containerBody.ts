import type { ContainerCreateOptions, HealthConfig, HostConfig, HostRestartPolicy } from 'dockerode';
import { WorkbenchError } from '../../../base/errors.ts';
import { singleDollars } from '../../compose/dollars.ts';
import { durationNs } from '../../compose/units.ts';
import type { ComposeHealthcheck, ComposeService } from '../../compose/model.ts';
import { apiAtLeast, engine25 } from '../connect/apiVersion.ts';
import { serviceFiles, type ContainerFile } from './containerFiles.ts';
import {
  configHash,
  containerLabels,
  containerName,
  imageName,
  platformOf,
  type HashSource,
} from './containerLabels.ts';
import { bytes, containerLimits } from './containerLimits.ts';
import { containerMounts, type ReplacedContainer } from './containerMounts.ts';
import { containerLinks, containerNetworks, type Endpoint } from './containerNetworks.ts';
import { firstContainers, volumesFrom, withContainers, type ContainersOf } from './containerReferences.ts';

/** What a container is made from. */
export interface ContainerSource extends HashSource {
  /** From 1. */
  replica: number;
  /** Default: the container's own name; another one while the container that it replaces has it. */
  name?: string | undefined;
  /** "sha256:…" of the service's image, so that a newer one is noticed. */
  imageId: string | undefined;
  /** The engine's, "1.45". */
  apiVersion: string;
  /** The containers of the services that this one refers to or links. */
  containers?: ContainersOf | undefined;
  /** Variables of every container, such as the proxies of `~/.docker/config.json`. The service's own win. */
  defaultEnvironment?: Readonly<Record<string, string>> | undefined;
  /** Path, as in `security_opt`, -> the profile's JSON; see `seccompProfiles`. */
  seccomp?: ReadonlyMap<string, string> | undefined;
  /** The container whose place it takes. */
  replaced?: ReplacedContainer | undefined;
}

export interface ContainerBody {
  body: ContainerCreateOptions;
  /** To be connected after creation and before the start. */
  networksToConnect: { network: string; endpoint: Endpoint }[];
  /** To be copied in before each start of a new container; see `packFiles`. */
  files: ContainerFile[];
  configHash: string;
}

/**
 * The body of `POST /containers/create` for one replica, as the Compose CLI would send it. Pure. Throws `invalid` for a
 * secret that is a missing variable, `not-found` where a service that it refers to has no container. What cannot be
 * done is left out here: ask `unsupportedKeys` first.
 */
export function containerBody(from: ContainerSource): ContainerBody {
  const { replica, apiVersion, containers = new Map<string, never>() } = from;
  const variable = from.variable ?? (() => undefined);
  if (!from.project.services[from.service])
    throw new WorkbenchError('invalid', `There is no service ${from.service}.`);
  const containerOf = firstContainers(containers);
  const hash = configHash(from, containerOf);
  const project = singleDollars(from.project);
  const service = project.services[from.service]!;
  const shared = withContainers(service, containerOf);
  const links = containerLinks(project, service, replica, containers);
  const networks = containerNetworks(project, from.service, replica, shared.network_mode, links, apiVersion);
  const files = serviceFiles(project, service, variable);
  const { binds, mounts, tmpfs } = containerMounts(project, service, files.bound, from.replaced);

  const hostConfig: HostConfig & { Annotations?: object | undefined; CgroupnsMode?: string | undefined } = {
    ...containerLimits(service),
    Annotations: service.annotations,
    Binds: binds,
    // The published types know only some of what a mount may have.
    Mounts: mounts as NonNullable<HostConfig['Mounts']>,
    Tmpfs: tmpfs,
    CapAdd: capabilities(service.cap_add),
    CapDrop: capabilities(service.cap_drop),
    NetworkMode: networks.networkMode,
    Links: links,
    PortBindings: portBindings(service),
    Init: service.init,
    IpcMode: shared.ipc,
    PidMode: shared.pid,
    UTSMode: service.uts,
    UsernsMode: service.userns_mode,
    CgroupnsMode: service.cgroup,
    ReadonlyRootfs: service.read_only,
    RestartPolicy: restartPolicy(service),
    ShmSize: bytes(service.shm_size),
    Sysctls: service.sysctls,
    VolumesFrom: service.volumes_from && volumesFrom(service, containerOf),
    Dns: service.dns,
    DnsSearch: service.dns_search,
    DnsOptions: service.dns_opt,
    ExtraHosts: service.extra_hosts?.map((host) => host.replace('=', ':')),
    ...security(service, from.seccomp),
    StorageOpt: service.storage_opt,
    Privileged: service.privileged,
    Isolation: service.isolation,
    Runtime: service.runtime,
    LogConfig: service.logging && {
      Type: service.logging.driver ?? '',
      Config: service.logging.options ?? {},
    },
    GroupAdd: service.group_add,
    OomScoreAdj: service.oom_score_adj,
  };
  const body: ContainerCreateOptions = {
    name: from.name ?? containerName(project, from.service, replica),
    platform: platformOf(from),
    Image: imageName(project, from.service),
    Hostname: service.hostname,
    Domainname: service.domainname,
    User: service.user,
    Cmd: service.command ?? undefined,
    Entrypoint: service.entrypoint ?? undefined,
    WorkingDir: service.working_dir,
    Env: environment({ ...from.defaultEnvironment, ...service.environment }),
    Labels: containerLabels({
      project,
      serviceName: from.service,
      replica,
      configHash: hash,
      imageId: from.imageId,
      source: from.source,
      replaces: from.replaced !== undefined,
    }),
    ExposedPorts: exposedPorts(service),
    Tty: service.tty,
    OpenStdin: service.stdin_open,
    AttachStdout: true,
    AttachStderr: true,
    MacAddress: networks.macAddress,
    StopSignal: service.stop_signal,
    StopTimeout: seconds(service.stop_grace_period),
    Healthcheck: service.healthcheck && healthcheck(service.healthcheck, apiVersion),
    HostConfig: hostConfig,
    NetworkingConfig: networks.endpoints && { EndpointsConfig: networks.endpoints },
  };
  return { body, networksToConnect: networks.toConnect, files: files.copied, configHash: hash };
}

/**
 * The body as dockerode's `createContainer` is to get it. Without this it puts all of the body into the URL too, where
 * a long environment does not fit and secrets end in logs.
 */
export function createOptions(body: ContainerCreateOptions, signal?: AbortSignal): ContainerCreateOptions {
  const { name, platform, ...rest } = body;
  const options = {
    _query: { ...(name !== undefined && { name }), ...(platform !== undefined && { platform }) },
    _body: rest,
    ...(signal && { abortSignal: signal }),
  };
  return options;
}

/** The seccomp profiles that a service names, to be read for `containerBody`; relative to the project's folder. */
export function seccompProfiles(service: ComposeService): string[] {
  return (singleDollars(service.security_opt) ?? []).flatMap((option) => seccompPath(option) ?? []);
}

function seccompPath(option: string): string | undefined {
  const [, path] = /^seccomp[=:](.+)$/.exec(option) ?? [];
  return path === 'unconfined' || path === 'builtin' ? undefined : path;
}

function security(
  service: ComposeService,
  profiles: ReadonlyMap<string, string> | undefined,
): Pick<HostConfig, 'SecurityOpt' | 'MaskedPaths' | 'ReadonlyPaths'> {
  if (!service.security_opt) return {};
  const unconfined = service.security_opt.includes('systempaths=unconfined');
  const options = service.security_opt.filter((option) => option !== 'systempaths=unconfined');
  return {
    SecurityOpt: options.map((option) => {
      const profile = profiles?.get(seccompPath(option) ?? '');
      return profile === undefined ? option : `seccomp=${compactJson(profile)}`;
    }),
    ...(unconfined && { MaskedPaths: [], ReadonlyPaths: [] }),
  };
}

/** "net_admin" is CAP_NET_ADMIN; clients write it so, since old engines want it. */
function capabilities(names: readonly string[] | undefined): string[] | undefined {
  const upper = names?.map((name) => name.trim().toUpperCase());
  if (upper?.includes('ALL')) return ['ALL'];
  const full = upper?.map((name) => (name.startsWith('CAP_') ? name : `CAP_${name}`));
  return full && [...new Set(full)].sort();
}

function compactJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    throw new WorkbenchError('invalid', 'A seccomp profile is no JSON; correct the file.', { cause: error });
  }
}

function environment(variables: Readonly<Record<string, string | null>>): string[] {
  // A name alone takes the variable away that the image sets.
  return Object.entries(variables).map(([name, value]) => (value === null ? name : `${name}=${value}`));
}

function exposedPorts(service: ComposeService): Record<string, object> {
  const published = (service.ports ?? []).map(({ target, protocol = 'tcp' }) => `${target}/${protocol}`);
  return Object.fromEntries([...(service.expose ?? []), ...published].map((port) => [port, {}]));
}

function portBindings(service: ComposeService): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { target, protocol = 'tcp', host_ip, published } of service.ports ?? []) {
    (bindings[`${target}/${protocol}`] ??= []).push({ HostIp: host_ip ?? '', HostPort: published ?? '' });
  }
  return bindings;
}

function restartPolicy(service: ComposeService): HostRestartPolicy | undefined {
  const deployed = service.deploy?.restart_policy;
  if (deployed) {
    return {
      Name: policyName(deployed.condition ?? ''),
      MaximumRetryCount: deployed.max_attempts ?? 0,
    };
  }
  if (!service.restart) return undefined;
  const [condition = '', attempts] = service.restart.split(':');
  return { Name: policyName(condition), MaximumRetryCount: Number(attempts ?? 0) };
}

function policyName(condition: string): string {
  if (condition === 'none') return 'no';
  return condition === 'any' ? 'always' : condition;
}

function seconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : Math.trunc(durationNs(duration) / 1e9);
}

function healthcheck(check: ComposeHealthcheck, apiVersion: string): HealthConfig {
  const ns = (duration: string | undefined): number | undefined =>
    duration === undefined ? undefined : durationNs(duration);
  return {
    Test: check.disable ? ['NONE'] : check.test,
    Interval: ns(check.interval),
    Timeout: ns(check.timeout),
    StartPeriod: ns(check.start_period),
    StartInterval: apiAtLeast(apiVersion, engine25) ? ns(check.start_interval) : undefined,
    Retries: check.retries,
  };
}
