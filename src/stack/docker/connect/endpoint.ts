import type Dockerode from 'dockerode';
import { throwIfCancelled } from '../../../base/cancellation.ts';
import { WorkbenchError } from '../../../base/errors.ts';
import { given } from './context.ts';
import type { EngineAgent } from './engineAgent.ts';
import {
  findEndpoints,
  type Endpoint,
  type EndpointSource,
  type Environment,
  type FoundEndpoints,
} from './findEndpoints.ts';
import { probe, withoutDoubles, type EngineInfo, type Probe } from './probe.ts';

export type { EngineInfo } from './probe.ts';

export interface DockerConnection {
  docker: Dockerode;
  endpoint: { source: EndpointSource; address: string };
  info: EngineInfo;
  /** Ends all connections, followed logs and events too. */
  close(): void;
}

export interface ConnectOptions {
  /** What DOCKER_HOST and the like are read from. */
  env: Environment;
  /** An address or a context that the user chose; they go before the environment. */
  host?: string | undefined;
  context?: string | undefined;
  /** Longest wait for each address. Default 10 s. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Finds the engine and connects to it; see `findEndpoints` for the order. What the user chose (an address, DOCKER_HOST,
 * a context) is never replaced by another engine. Throws `unreachable` with what was tried and why it was not taken,
 * `denied`, `timeout`, `protocol` or `unsupported` where that is so of the chosen one, `invalid` and `not-found` for a
 * wrong choice, `cancelled`.
 */
export async function connectDocker(options: ConnectOptions): Promise<DockerConnection> {
  const { env, host, context } = options;
  return connectTo(await findEndpoints(env, undefined, given(env.HOME), { host, context }), options);
}

/** Connects to the first of these endpoints where an engine answers; throws as `connectDocker` does. */
export async function connectTo(found: FoundEndpoints, options: ConnectOptions): Promise<DockerConnection> {
  const { env, signal, timeoutMs = 10_000 } = options;
  throwIfCancelled(signal);
  const wanted = given(env.DOCKER_API_VERSION);
  if (wanted !== undefined && !/^\d+\.\d+$/.test(wanted)) {
    throw new WorkbenchError('invalid', `DOCKER_API_VERSION is "${wanted}": it must be like 1.45.`);
  }
  const answers = await firstAnswer(found.endpoints, { env, timeoutMs, signal });
  const last = answers.at(-1);
  if (last && 'engine' in last) {
    const { endpoint, engine, agent } = last;
    return {
      docker: await openDockerode(agent, endpoint, engine.apiVersion),
      endpoint: { source: endpoint.source, address: endpoint.address },
      info: engine,
      close: () => agent.destroy(),
    };
  }
  const failed = answers.filter((answer) => 'error' in answer);
  if (!found.isChosen) throw nothingAnswers(failed, found.notes);
  throw await chosenFails(failed[0]!, { env, signal });
}

type Failed = Extract<Probe, { error: WorkbenchError }>;

/** The probes up to the first that found an engine. They run at once, since one that hangs takes its time. */
async function firstAnswer(
  endpoints: readonly Endpoint[],
  options: { env: Environment; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Probe[]> {
  const enough = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, enough.signal]) : enough.signal;
  const probes = (await withoutDoubles(endpoints)).map((endpoint) => probe(endpoint, { ...options, signal }));
  // One that is cancelled before its turn is no unhandled error.
  for (const answer of probes) answer.catch(() => undefined);
  const answers: Probe[] = [];
  try {
    for (const answer of probes) {
      answers.push(await answer);
      if ('engine' in answers.at(-1)!) break;
    }
    return answers;
  } finally {
    enough.abort();
    for (const rest of probes.slice(answers.length)) {
      void rest.then(
        (answer) => 'agent' in answer && answer.agent.destroy(),
        () => undefined,
      );
    }
  }
}

function nothingAnswers(failed: readonly Failed[], notes: readonly string[]): WorkbenchError {
  const tried = failed.filter(({ isAbsent }) => !isAbsent);
  const absent = failed.filter(({ isAbsent }) => isAbsent);
  return new WorkbenchError(
    'unreachable',
    [
      'No Docker engine answers. Start Docker, or name its address in DOCKER_HOST. What was tried:',
      ...tried.map(({ endpoint, error }) => `${endpoint.address}: ${error.message}`),
      ...(absent.length === 0
        ? []
        : [`not there: ${absent.map(({ endpoint }) => endpoint.address).join(', ')}`]),
      ...notes,
    ].join('\n'),
    { cause: tried[0]?.error },
  );
}

/** The error for a chosen engine; it tells of another one that would answer. */
async function chosenFails(
  { endpoint, error }: Failed,
  options: { env: Environment; signal?: AbortSignal | undefined },
): Promise<WorkbenchError> {
  const { source, address } = endpoint;
  const who = source === 'choice' ? address : `${source}, ${address}`;
  const lines = [`The Docker engine that was chosen (${who}) cannot be used: ${error.message}.`];
  const others = await findEndpoints(
    { ...options.env, DOCKER_HOST: '' },
    undefined,
    given(options.env.HOME),
    {
      context: 'default',
    },
  );
  const elsewhere = others.endpoints.filter((other) => other.address !== address);
  const last = (await firstAnswer(elsewhere, { ...options, timeoutMs: 1_000 })).at(-1);
  if (last && 'engine' in last) {
    last.agent.destroy();
    lines.push(`Another one answers at ${last.endpoint.address}; ${howToChange(source)} to use it.`);
  }
  return new WorkbenchError(error.code, lines.join('\n'), { cause: error });
}

function howToChange(source: EndpointSource): string {
  if (source === 'DOCKER_HOST') return 'unset DOCKER_HOST';
  return source === 'choice' ? 'name none' : '`docker context use default`, or unset DOCKER_CONTEXT,';
}

async function openDockerode(
  agent: EngineAgent,
  { target }: Endpoint,
  apiVersion: string,
): Promise<Dockerode> {
  const { default: Docker } = await import('dockerode');
  const prefix = target.kind === 'tcp' ? target.pathPrefix.replace(/^\//, '') : '';
  const options = {
    // The agent knows where to connect to. With a socket path dockerode asks for nothing else.
    socketPath: 'engine',
    agent,
    version: `${prefix === '' ? '' : `${prefix}/`}v${apiVersion}`,
  };
  // docker-modem mixes DOCKER_HOST of the process into any options, and fails on one that it cannot read.
  const ofProcess = process.env.DOCKER_HOST;
  delete process.env.DOCKER_HOST;
  try {
    return new Docker(options);
  } finally {
    if (ofProcess !== undefined) process.env.DOCKER_HOST = ofProcess;
  }
}
