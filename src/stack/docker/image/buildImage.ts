import type Dockerode from 'dockerode';
import { throwIfCancelled } from '../../../base/cancellation.ts';
import { WorkbenchError, type ErrorCode } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { packContext, type ExtraFile } from './buildContext.ts';
import { BuildProgress, type BuildFailure } from './buildProgress.ts';
import { engineMessages } from '../connect/engineMessages.ts';
import { askEngine } from '../connect/engineRequest.ts';
import { findImage, imageLabel } from './findImage.ts';
import { findHostCertificates } from './hostCertificates.ts';
import type { PreparedBuild } from './prepareBuild.ts';
import { pullImage, type PullOptions } from './pullImage.ts';
import { findLogin, registryOf, type DockerConfig, type RegistryLogin } from './registryAuth.ts';

/** The engine answers only once it has the whole context. */
const uploadTimeoutMs = 15 * 60_000;
/** A step that compiles may say nothing for long. */
const idleTimeoutMs = 30 * 60_000;

export interface BuildOptions extends PullOptions {
  image: string;
}

/**
 * Builds an image and gives its id. The classic builder does it where it can, since it needs no session and any engine
 * has it; BuildKit where the Dockerfile asks for it. Throws `failed` with the failing step's output as `logTail`, what
 * our provisioning reported, `not-found` or `denied` for a base image, `no-space`, `timeout`, `cancelled`.
 */
export async function buildImage(
  docker: Dockerode,
  prepared: PreparedBuild,
  options: BuildOptions,
): Promise<string> {
  const { image, platform, config, env, signal, onProgress, log } = options;
  const what = `Building ${image}`;
  throwIfCancelled(signal);
  const buildKitFor = prepared.dockerfile?.buildKitFor;
  if (buildKitFor !== undefined) {
    log.info(`${what} with BuildKit, for ${buildKitFor}`);
    await pullPrivateBases(docker, prepared.baseImages, options);
  }
  const extra = [...prepared.extra, ...(await certificateFiles(prepared, env, log))];
  const progress = new BuildProgress(image, { onProgress, log });
  const totalBytes = prepared.entries.reduce((sum, entry) => sum + entry.size, 0);
  const context =
    prepared.remote === undefined
      ? packContext(prepared.entries, extra, (bytes) => progress.sent(bytes, totalBytes))
      : undefined;
  const query = {
    ...buildQuery(prepared, image, platform),
    ...proxySettings(prepared, config, env),
    ...(buildKitFor === undefined
      ? { registryconfig: await logins(prepared.baseImages, config, env, log) }
      : { version: '2' }),
  };
  try {
    const stream = await askEngine(what, { signal, timeoutMs: uploadTimeoutMs }, (abortSignal) =>
      // Its types know but a part of what the engine takes.
      docker.buildImage(context as NodeJS.ReadableStream, { ...query, abortSignal } as object),
    );
    for await (const message of engineMessages(stream, what, { signal, idleTimeoutMs }))
      progress.take(message);
  } finally {
    context?.destroy();
  }
  if (progress.failure) throw buildError(image, progress.failure);
  const id = progress.imageId;
  if (id === undefined) {
    throw new WorkbenchError(
      'protocol',
      `${what}: the Docker engine ended without an image and without an error.`,
    );
  }
  log.info(`Built ${image}: ${id}`);
  return id;
}

/** The query of `POST /build`: https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Image/operation/ImageBuild. */
function buildQuery(
  { build, dockerfileName, remote, inputs }: PreparedBuild,
  image: string,
  platform: string | undefined,
): Record<string, unknown> {
  const labels = { ...build.labels, ...(inputs === undefined ? {} : { [imageLabel.inputs]: inputs }) };
  const ulimits = Object.entries(
    (build.ulimits ?? {}) as Record<string, number | { soft: number; hard: number }>,
  );
  const wanted = build.platforms?.[0] ?? platform;
  return {
    t: [image, ...(build.tags ?? [])],
    dockerfile: dockerfileName,
    rm: true,
    forcerm: true,
    labels,
    ...(remote === undefined ? {} : { remote }),
    ...(build.target === undefined ? {} : { target: build.target }),
    ...(build.network === undefined ? {} : { networkmode: build.network }),
    ...(build.extra_hosts?.length
      ? { extrahosts: build.extra_hosts.map((host) => host.replace('=', ':')) }
      : {}),
    ...(build.shm_size === undefined ? {} : { shmsize: build.shm_size }),
    ...(build.pull ? { pull: 'true' } : {}),
    ...(build.no_cache ? { nocache: true } : {}),
    ...(build.cache_from?.length ? { cachefrom: build.cache_from } : {}),
    ...(wanted === undefined ? {} : { platform: wanted }),
    ...(ulimits.length === 0
      ? {}
      : {
          ulimits: JSON.stringify(
            ulimits.map(([name, limit]) =>
              typeof limit === 'number'
                ? { Name: name, Soft: limit, Hard: limit }
                : { Name: name, Soft: limit.soft, Hard: limit.hard },
            ),
          ),
        }),
  };
}

const proxyKeys = {
  HTTP_PROXY: 'httpProxy',
  HTTPS_PROXY: 'httpsProxy',
  FTP_PROXY: 'ftpProxy',
  NO_PROXY: 'noProxy',
  ALL_PROXY: 'allProxy',
} as const;

/**
 * Build arguments, with the proxies of Docker's own configuration, and for images of ours those of the environment.
 * These arguments are predefined: they are neither kept in the image nor part of the cache's key.
 */
export function proxySettings(
  { build, isOurs }: Pick<PreparedBuild, 'build' | 'isOurs'>,
  config: DockerConfig,
  env: NodeJS.ProcessEnv,
): { buildargs: Record<string, string>; networkmode?: string } {
  const args: Record<string, string> = {};
  const configured = config.proxies?.default ?? {};
  for (const [name, key] of Object.entries(proxyKeys)) {
    const fromHost = isOurs ? (env[name] ?? env[name.toLowerCase()]) : undefined;
    const value = configured[key] ?? fromHost;
    if (!value) continue;
    args[name] = value;
    args[name.toLowerCase()] = value;
  }
  for (const [name, value] of Object.entries(build.args ?? {})) {
    const known = value ?? env[name];
    if (known !== undefined) args[name] = known;
  }
  // A proxy on this machine's loopback is there only for the machine's own network.
  const isLoopback = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].some((name) =>
    /^(\w+:\/\/)?([^@/]*@)?(localhost|127\.|\[::1\])/.test(args[name] ?? ''),
  );
  return { buildargs: args, ...(isOurs && isLoopback && !build.network ? { networkmode: 'host' } : {}) };
}

async function certificateFiles(
  { certificateFolder }: PreparedBuild,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<ExtraFile[]> {
  if (certificateFolder === undefined) return [];
  const { certificates, faults } = await findHostCertificates(env);
  for (const fault of faults) log.warn(`${fault} The image is built without it.`);
  if (certificates.length > 0) {
    log.info(`The build trusts ${certificates.length} certificate authorities of this machine`);
  }
  return certificates.map(({ fingerprint, pem }) => ({
    name: `${certificateFolder}/host-${fingerprint.slice(0, 16)}.crt`,
    content: pem,
  }));
}

/** Only of the registries that the Dockerfile names: the engine has no business with the others. */
async function logins(
  images: readonly string[],
  config: DockerConfig,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<Record<string, RegistryLogin>> {
  const found: Record<string, RegistryLogin> = {};
  for (const registry of new Set(images.map(registryOf))) {
    const login = await findLogin(config, registry, env, log);
    if (login) found[login.serveraddress] = login;
  }
  return found;
}

/** BuildKit without a full session has no logins; it takes what is in the engine already. */
async function pullPrivateBases(
  docker: Dockerode,
  images: readonly string[],
  options: BuildOptions,
): Promise<void> {
  for (const image of images) {
    if (!(await findLogin(options.config, registryOf(image), options.env, options.log))) continue;
    const isThere = (await findImage(docker, image, options.signal)) !== undefined;
    if (!isThere) await pullImage(docker, image, options);
  }
}

function buildError(image: string, failure: BuildFailure): WorkbenchError {
  const { provision, step, tail } = failure;
  const text = [...tail, failure.message].join('\n');
  const details = { logTail: tail, remote: failure.message };
  const advice =
    /CERTIFICATE_VERIFY_FAILED|certificate verify failed|self.signed certificate|unable to get local issuer/i.test(
      provision === undefined ? text : `${provision.error}\n${text}`,
    )
      ? ' The network seems to intercept TLS: name its certificate authority in NODE_EXTRA_CA_CERTS.'
      : '';
  if (provision) {
    return new WorkbenchError(
      provision.code as ErrorCode,
      `Building ${image} failed: ${provision.error}${advice}`,
      details,
    );
  }
  const words = failure.message.trim().replace(/\.$/, '');
  const where = step === undefined ? '' : ` in ${step}`;
  if (/no space left on device/i.test(text)) {
    return new WorkbenchError(
      'no-space',
      `Building ${image} failed${where}: the Docker engine has no space left. \`docker system df\` shows what uses it, \`docker builder prune\` and \`docker image prune\` make room.`,
      details,
    );
  }
  const base = /pull access denied for (\S+?),|manifest for (\S+) not found|(\S+): not found/.exec(words);
  if (base && /FROM|load metadata/i.test(`${step ?? ''} ${words}`)) {
    return new WorkbenchError(
      'not-found',
      `Building ${image} failed${where}: its base image cannot be had (${words}). Check its name and the engine's network, or \`docker login\`.`,
      details,
    );
  }
  return new WorkbenchError('failed', `Building ${image} failed${where}: ${words}.${advice}`, details);
}
