import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import { silentLog, type Log, type OnProgress } from '../../../base/log.ts';
import { FileLock } from '../../fileLock.ts';
import { systemProcesses } from '../../processes.ts';
import { defaultCacheDir } from '../../provision.ts';
import type { ComposeService } from '../../compose/model.ts';
import type { ContextEntry } from './buildContext.ts';
import { buildImage } from './buildImage.ts';
import { findImage, imageLabel, type FoundImage } from './findImage.ts';
import { checkBuild, prepareBuild, type PreparedBuild } from './prepareBuild.ts';
import { pullImage } from './pullImage.ts';
import { readDockerConfig } from './registryAuth.ts';

export interface ImagesOptions {
  services: ReadonlyMap<string, ComposeService>;
  projectName: string;
  /** Relative paths of a `build` are relative to it. */
  workingDir: string;
  /** Builds what can be built even where it is there. */
  build?: boolean | undefined;
  /** Logins, proxies and certificates are found with it. Default: this process's. */
  env?: NodeJS.ProcessEnv | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress | undefined;
  log?: Log | undefined;
}

/** What is to be done for one service's image. */
export interface ImagePlan {
  image: string;
  action: 'build' | 'pull' | 'leave';
  /** "it is not there", "its files changed". */
  reason: string;
  /** Of the image that is there now. */
  id?: string;
}

export interface EnsuredImage {
  image: string;
  id: string;
  action: 'built' | 'pulled' | 'present';
}

/** How many images are pulled at once. */
const parallelPulls = 3;
/** A build takes minutes, and on a slow network many. */
const lockTimeoutMs = 60 * 60_000;

/** What `ensureImages` would do, by service; nothing is changed. Throws `invalid` and `unsupported` for a wrong file. */
export async function planImages(docker: Dockerode, options: ImagesOptions): Promise<Map<string, ImagePlan>> {
  const plans = await planGroups(docker, options);
  return new Map(
    plans.flatMap(({ services, plan }) => services.map((service): [string, ImagePlan] => [service, plan])),
  );
}

/**
 * Builds and pulls what is missing, so that every service has its image. An image of this stack is built again when what
 * it is made of changed; another one only when it is asked for. Builds run one after the other, for they share steps.
 * Throws what `buildImage` and `pullImage` throw.
 */
export async function ensureImages(
  docker: Dockerode,
  options: ImagesOptions,
): Promise<Map<string, EnsuredImage>> {
  const { env = process.env, log = silentLog, onProgress, signal } = options;
  const groups = await planGroups(docker, options);
  const config = await readDockerConfig(env, log);
  const shared = { config, env, onProgress, log };
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const result = new Map<string, EnsuredImage>();

  const ensure = async ({ plan, group, services }: PlannedGroup): Promise<void> => {
    const { image, platform } = group;
    let action: EnsuredImage['action'] = 'present';
    if (plan.action === 'pull') {
      try {
        await pullImage(docker, image, { ...shared, platform, signal: stop });
        action = 'pulled';
      } catch (error) {
        if (!group.build || !isWorkbenchError(error, 'not-found', 'denied', 'unreachable', 'failed'))
          throw error;
        log.info(`${image} cannot be pulled, so it is built`);
      }
    }
    if (plan.action === 'build' || (plan.action === 'pull' && action === 'present')) {
      const { workingDir } = options;
      const prepared =
        group.prepared ??
        (await prepareBuild(group.services[0]!, group.build!, { workingDir, signal: stop }));
      const build = (): Promise<string> =>
        buildImage(docker, prepared, { ...shared, image, platform, signal: stop });
      if (prepared.isOurs)
        action = await buildOnce(docker, plan, prepared, build, { ...options, env, signal: stop });
      else {
        await build();
        action = 'built';
      }
    }
    const id = plan.action === 'leave' ? plan.id : (await findImage(docker, image, stop))?.id;
    if (id === undefined) {
      throw new WorkbenchError(
        'not-found',
        `The image ${image} is gone again. Run \`medallion up\` once more.`,
      );
    }
    for (const service of services) result.set(service, { image, id, action });
  };
  const inTurn = async (queue: PlannedGroup[]): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      try {
        await ensure(next);
      } catch (error) {
        // The first failure is the one to tell; the others follow from it.
        if (!failed.signal.aborted) failed.abort(error);
        throw error;
      }
    }
  };
  const pulls = groups.filter(({ plan }) => plan.action !== 'build');
  const builds = groups.filter(({ plan }) => plan.action === 'build');
  const workers = [inTurn(builds), ...Array.from({ length: parallelPulls }, () => inTurn(pulls))];
  const ends = await Promise.allSettled(workers);
  if (ends.some(({ status }) => status === 'rejected')) throw failed.signal.reason as Error;
  return result;
}

/**
 * Builds an image of this stack, which all workspaces of a user share: one that another process builds just now is
 * waited for, and then taken if it is the wanted one.
 */
async function buildOnce(
  docker: Dockerode,
  plan: ImagePlan,
  prepared: PreparedBuild,
  build: () => Promise<unknown>,
  options: ImagesOptions & { env: NodeJS.ProcessEnv },
): Promise<EnsuredImage['action']> {
  const { env, onProgress, signal } = options;
  const path = join(defaultCacheDir(env), 'image.lock');
  const lock = await FileLock.take(path, 'the build of an image', systemProcesses(), {
    timeoutMs: lockTimeoutMs,
    signal,
    onWait: ({ pid }) =>
      onProgress?.({ message: `Waiting for process ${pid}, which builds the images just now` }),
  });
  try {
    const found = await findImage(docker, plan.image, signal);
    const isNew = found !== undefined && found.id !== plan.id;
    if (isNew && prepared.inputs !== undefined && found.inputs === prepared.inputs) return 'present';
    await build();
    return 'built';
  } finally {
    await lock.release();
  }
}

/** The name of a service's image; one that is only built gets the name that the Compose CLI gives it. */
export function imageName(projectName: string, service: string, { image }: ComposeService): string {
  return image ?? `${projectName}-${service}`;
}

/** Services that have the same image. */
interface ImageGroup {
  image: string;
  services: string[];
  platform: string | undefined;
  build: ComposeService['build'];
  pullPolicy: string | undefined;
  prepared?: PreparedBuild;
}

interface PlannedGroup {
  group: ImageGroup;
  /** Empty for an image that is only mounted. */
  services: string[];
  plan: ImagePlan;
}

function groupImages({ services, projectName }: ImagesOptions): ImageGroup[] {
  const groups = new Map<string, ImageGroup>();
  for (const [name, service] of services) {
    if (service.image === undefined && !service.build) {
      throw new WorkbenchError(
        'invalid',
        `services.${name} has neither "image" nor "build"; it needs one of them.`,
      );
    }
    if (service.build) checkBuild(name, service.build);
    const image = imageName(projectName, name, service);
    const known = groups.get(image);
    const { build, platform, pull_policy: pullPolicy } = service;
    if (!known) groups.set(image, { image, services: [name], platform, build, pullPolicy });
    else {
      if (build && known.build && JSON.stringify(build) !== JSON.stringify(known.build)) {
        throw new WorkbenchError(
          'invalid',
          `services.${known.services[0]!} and services.${name} build the same image ${image} in two ways. Give them images of their own.`,
        );
      }
      known.services.push(name);
      known.build ??= build;
      known.platform ??= platform;
      known.pullPolicy ??= pullPolicy;
    }
  }
  for (const service of services.values()) {
    for (const { type, source } of service.volumes ?? []) {
      if (type !== 'image' || source === undefined || groups.has(source)) continue;
      const none = { platform: undefined, build: undefined, pullPolicy: undefined };
      groups.set(source, { image: source, services: [], ...none });
    }
  }
  return [...groups.values()];
}

async function planGroups(docker: Dockerode, options: ImagesOptions): Promise<PlannedGroup[]> {
  const groups = groupImages(options);
  const listings = new Map<string, Promise<ContextEntry[]>>();
  return Promise.all(
    groups.map(async (group) => {
      const found = await findImage(docker, group.image, options.signal);
      const plan = { image: group.image, ...(found ? { id: found.id } : {}) };
      return {
        group,
        services: group.services,
        plan: { ...plan, ...(await decide(group, found, options, listings)) },
      };
    }),
  );
}

type Decision = Pick<ImagePlan, 'action' | 'reason'>;

async function decide(
  group: ImageGroup,
  found: FoundImage | undefined,
  options: ImagesOptions,
  listings: Map<string, Promise<ContextEntry[]>>,
): Promise<Decision> {
  const { build, pullPolicy } = group;
  if (build) {
    if (options.build) return { action: 'build', reason: 'it was asked for' };
    if (pullPolicy === 'build') return { action: 'build', reason: 'its pull_policy says so' };
  }
  const pull = pullReason(pullPolicy, found);
  if (!build) {
    if (pull !== undefined) return { action: 'pull', reason: pull };
    if (found) return { action: 'leave', reason: 'it is there' };
    throw new WorkbenchError(
      'not-found',
      `The image ${group.image} of ${group.services.join(', ')} is not in the engine, and pull_policy "${pullPolicy ?? ''}" forbids to pull it. \`docker pull ${group.image}\` gets it.`,
    );
  }
  // Without a policy what can be built is built: nobody else's image of that name is wanted.
  if (pull !== undefined && pullPolicy !== undefined) return { action: 'pull', reason: pull };
  if (!found) return { action: 'build', reason: 'it is not there' };
  // One without the label was built by somebody else's tool, who knows when to build it again.
  if (build.labels?.[imageLabel.role] !== 'stack' || found.inputs === undefined) {
    return { action: 'leave', reason: 'it is there' };
  }
  const { workingDir, signal } = options;
  group.prepared = await prepareBuild(group.services[0]!, build, { workingDir, signal, listings });
  return group.prepared.inputs === found.inputs
    ? { action: 'leave', reason: 'its files are the same' }
    : { action: 'build', reason: 'its files changed' };
}

/** Why a policy asks for a pull now; see https://github.com/compose-spec/compose-spec/blob/main/05-services.md#pull_policy. */
function pullReason(policy: string | undefined, found: FoundImage | undefined): string | undefined {
  if (policy === 'never' || policy === 'build') return undefined;
  if (!found) return 'it is not there';
  if (policy === 'always') return 'its pull_policy says so';
  const maxAgeMs = policy === undefined ? undefined : refreshMs(policy);
  if (maxAgeMs === undefined) return undefined;
  return Date.now() - found.tagged.getTime() > maxAgeMs ? `its pull_policy is ${policy}` : undefined;
}

const unitMs: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** `daily`, `weekly`, `every_12h`, `every_1d6h`; undefined for other policies. */
export function refreshMs(policy: string): number | undefined {
  if (policy === 'daily') return unitMs.d;
  if (policy === 'weekly') return unitMs.w;
  const duration = /^every_((?:\d+(?:\.\d+)?(?:ms|[wdhms]))+)$/.exec(policy)?.[1];
  if (duration === undefined) return undefined;
  let sum = 0;
  for (const [, number, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|[wdhms])/g)) {
    sum += Number(number) * unitMs[unit!]!;
  }
  return sum;
}
