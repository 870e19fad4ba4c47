import { lstat, realpath } from 'node:fs/promises';
import { hostname, release } from 'node:os';
import * as v from 'valibot';
import { cancelled } from '../../../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError, systemErrorCode } from '../../../base/errors.ts';
import { apiAtLeast } from './apiVersion.ts';
import { ask, type Answer } from './ask.ts';
import { sshHostName } from './dialStdio.ts';
import { openAgent, type EngineAgent } from './engineAgent.ts';
import type { Endpoint, Environment } from './findEndpoints.ts';
import { whyNot } from './whyNot.ts';

/** What an engine says of itself. */
export interface EngineInfo {
  /** `26.1.5` */
  version: string;
  /** The version of the API that is spoken: the newest that both sides know, `1.45`. */
  apiVersion: string;
  /** `linux`, or `windows` for an engine of Windows containers. */
  os: string;
  /** `amd64`, `arm64` */
  arch: string;
  rootless: boolean;
  isDesktop: boolean;
  isPodman: boolean;
  storageDriver: string;
  /** What the engine has: of its virtual machine, where it runs in one. */
  memoryBytes: number;
  cpus: number;
  /** Where images and volumes are stored, as the engine's machine names it. */
  diskRoot: string;
  /** The engine's machine; `docker-desktop`, `colima`. */
  machine: string;
  /** The engine runs on this very machine, not in a virtual or another one: its paths are ours. */
  isOnThisMachine: boolean;
  /** How far the engine's clock is ahead of ours. */
  serverTimeSkewMs: number;
  /** Where published ports are reached; absent where they are on this machine. */
  hostIp?: string;
}

/** An engine that answered, or why there is none. */
export type Probe =
  | { endpoint: Endpoint; engine: EngineInfo; agent: EngineAgent }
  | { endpoint: Endpoint; isAbsent: boolean; error: WorkbenchError };

/** The newest API that the workbench was written for. */
const newestApi = '1.51';
/** Engine 20.10, the oldest that is tested. */
const oldestApi = '1.41';

const versionAnswer = v.object({
  Version: v.string(),
  ApiVersion: v.pipe(v.string(), v.regex(/^\d+\.\d+$/)),
  MinAPIVersion: v.optional(v.string()),
  Os: v.string(),
  Arch: v.string(),
  Components: v.nullish(v.array(v.object({ Name: v.string() }))),
});

const infoAnswer = v.object({
  Driver: v.optional(v.string(), ''),
  MemTotal: v.optional(v.number(), 0),
  NCPU: v.optional(v.number(), 0),
  DockerRootDir: v.optional(v.string(), ''),
  SystemTime: v.optional(v.string()),
  OperatingSystem: v.optional(v.string(), ''),
  KernelVersion: v.optional(v.string(), ''),
  Name: v.optional(v.string(), ''),
  SecurityOptions: v.nullish(v.array(v.string())),
});

/** Asks whether a Docker engine answers at an endpoint, and which. Throws only `cancelled`. */
export async function probe(
  endpoint: Endpoint,
  options: { env: Environment; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Probe> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  let agent: EngineAgent | undefined;
  try {
    await checkSocket(endpoint);
    agent = await openAgent(endpoint.target, options.env);
    return { endpoint, engine: await examine(endpoint, agent, options.env, signal), agent };
  } catch (error) {
    agent?.destroy();
    if (options.signal?.aborted) throw cancelled(options.signal);
    const isAbsent = endpoint.target.kind === 'socket' && systemErrorCode(error) === 'ENOENT';
    return {
      endpoint,
      isAbsent,
      error: asFault(error, endpoint, late.aborted ? options.timeoutMs : undefined),
    };
  }
}

/** The same socket under two names is one endpoint; the first name stays. */
export async function withoutDoubles(endpoints: readonly Endpoint[]): Promise<Endpoint[]> {
  const real = await Promise.all(
    endpoints.map(async ({ target, address }) =>
      target.kind === 'socket' ? realpath(target.path).catch(() => address) : address,
    ),
  );
  return endpoints.filter((_, index) => real.indexOf(real[index]!) === index);
}

/** A file that is no socket refuses connections, just as a socket that nobody serves. */
async function checkSocket({ target }: Endpoint): Promise<void> {
  if (target.kind !== 'socket' || process.platform === 'win32') return;
  const found = await lstat(await realpath(target.path));
  if (!found.isSocket()) throw new WorkbenchError('invalid', 'it is a file, not a socket');
}

async function examine(
  endpoint: Endpoint,
  agent: EngineAgent,
  env: Environment,
  signal: AbortSignal,
): Promise<EngineInfo> {
  const prefix = endpoint.target.kind === 'tcp' ? endpoint.target.pathPrefix : '';
  checkPing(await ask(agent, `${prefix}/_ping`, signal));
  const version = read(versionAnswer, await ask(agent, `${prefix}/version`, signal), '/version');
  const apiVersion = agreedApi(version, env.DOCKER_API_VERSION);
  const sentMs = Date.now();
  const info = read(infoAnswer, await ask(agent, `${prefix}/v${apiVersion}/info`, signal), '/info');
  const ourTimeMs = (sentMs + Date.now()) / 2;
  const engineTimeMs = Date.parse(info.SystemTime ?? '');
  const hostIp = await publishedOn(endpoint, env, signal);
  return {
    version: version.Version,
    apiVersion,
    os: version.Os,
    arch: version.Arch,
    rootless: info.SecurityOptions?.some((option) => option.includes('name=rootless')) ?? false,
    isDesktop: info.OperatingSystem.startsWith('Docker Desktop'),
    isPodman: version.Components?.some(({ Name }) => Name.includes('Podman')) ?? false,
    storageDriver: info.Driver,
    memoryBytes: info.MemTotal,
    cpus: info.NCPU,
    diskRoot: info.DockerRootDir,
    machine: info.Name,
    isOnThisMachine:
      endpoint.target.kind === 'socket' && info.Name === hostname() && info.KernelVersion === release(),
    serverTimeSkewMs: Number.isNaN(engineTimeMs) ? 0 : Math.round(engineTimeMs - ourTimeMs),
    ...(hostIp !== undefined && { hostIp }),
  };
}

/** Every Docker engine since 18.09, and Podman, name the version of their API in the answer to a ping. */
function checkPing({ status, headers, text }: Answer): void {
  if (status === 200 && headers['api-version'] !== undefined) return;
  const said = message(text);
  if (/HTTP request to an HTTPS server/i.test(text)) {
    throw fault(
      'it wants TLS: set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem',
    );
  }
  if (status === 401 || status === 403) {
    throw new WorkbenchError('denied', `it refuses the request (HTTP ${status}: ${said})`, { status });
  }
  if (status >= 500) {
    throw fault(`it answers with HTTP ${status} (${said}); if the engine is just starting, try again`);
  }
  throw new WorkbenchError('protocol', `what answers there is not a Docker engine (HTTP ${status})`, {
    status,
  });
}

/** The newest version of the API that both sides know, or the one of DOCKER_API_VERSION. Throws `unsupported`. */
export function agreedApi(
  version: { ApiVersion: string; MinAPIVersion?: string | undefined; Version: string },
  wanted: string | undefined,
): string {
  const { ApiVersion: newest, MinAPIVersion: oldest = oldestApi, Version } = version;
  if (wanted) {
    if (!apiAtLeast(newest, wanted) || !apiAtLeast(wanted, oldest)) {
      throw new WorkbenchError(
        'unsupported',
        `DOCKER_API_VERSION is ${wanted}, and engine ${Version} knows ${oldest} to ${newest}`,
      );
    }
    return wanted;
  }
  if (!apiAtLeast(newest, oldestApi)) {
    throw new WorkbenchError(
      'unsupported',
      `engine ${Version} is too old (API ${newest}): update it to 25 or newer, at the least to 20.10`,
    );
  }
  if (!apiAtLeast(newestApi, oldest)) {
    throw new WorkbenchError(
      'unsupported',
      `engine ${Version} knows only API ${oldest} and newer, this version of the workbench ${newestApi} and older: update it`,
    );
  }
  return apiAtLeast(newest, newestApi) ? newestApi : newest;
}

async function publishedOn(
  { target }: Endpoint,
  env: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (target.kind === 'socket') return undefined;
  const host = target.kind === 'ssh' ? await sshHostName(target, env, signal) : target.host;
  return /^(localhost|127(\.\d+){3}|::1)$/i.test(host) ? undefined : host;
}

function read<S extends v.GenericSchema>(
  schema: S,
  { status, text }: Answer,
  path: string,
): v.InferOutput<S> {
  if (status !== 200) {
    const code = status === 401 || status === 403 ? 'denied' : 'unreachable';
    throw new WorkbenchError(code, `it answers ${path} with HTTP ${status} (${message(text)})`, { status });
  }
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    throw new WorkbenchError('protocol', `its answer to ${path} cannot be read`, { cause: error });
  }
}

/** The words of an error answer: `{"message": …}`, or the text's first line. */
function message(text: string): string {
  try {
    const answer = v.safeParse(v.object({ message: v.string() }), JSON.parse(text));
    if (answer.success) return answer.output.message;
  } catch {
    // Not JSON.
  }
  const [first = ''] = text.trim().split('\n');
  return first === '' ? 'no message' : first.slice(0, 200);
}

function asFault(error: unknown, endpoint: Endpoint, lateAfterMs: number | undefined): WorkbenchError {
  if (isWorkbenchError(error)) return error;
  return whyNot(error, endpoint, lateAfterMs);
}

function fault(why: string): WorkbenchError {
  return new WorkbenchError('unreachable', why);
}
