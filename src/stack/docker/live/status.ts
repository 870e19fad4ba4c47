import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { throwIfCancelled } from '../../../base/cancellation.ts';
import { isWorkbenchError } from '../../../base/errors.ts';
import type { ServiceState, ServiceStatus, StatusOptions } from '../../engine.ts';
import { askEngine, readAnswer } from '../connect/engineRequest.ts';
import { ownStop } from './ownStop.ts';
import { isWanted, listContainers, type ProjectContainer } from './projectContainers.ts';

/** What status is told about: a Compose project, and what its files say. */
export interface ProjectServices {
  projectName: string;
  /** All of the files' services in their order, also those that no profile enables. */
  services: readonly { name: string; profiles?: readonly string[] | undefined }[];
}

const maxMessageLength = 2_000;

const inspected = v.object({
  State: v.object({
    Status: v.string(),
    ExitCode: v.optional(v.number(), 0),
    Error: v.optional(v.string(), ''),
    OOMKilled: v.optional(v.boolean(), false),
    StartedAt: v.optional(v.string(), ''),
    Health: v.nullish(
      v.object({
        Status: v.string(),
        Log: v.nullish(v.array(v.object({ ExitCode: v.number(), Output: v.optional(v.string(), '') }))),
      }),
    ),
  }),
  RestartCount: v.optional(v.number(), 0),
  Config: v.object({ StopSignal: v.optional(v.string()) }),
  NetworkSettings: v.optional(
    v.object({
      Ports: v.nullish(v.record(v.string(), v.nullable(v.array(v.object({ HostPort: v.string() }))))),
    }),
  ),
});
export type Inspected = v.InferOutput<typeof inspected>;

/**
 * One row per container, in the files' order, then those of services that the files no longer have; a service
 * without a container has one row, `stopped`. `since` is the start of the last run while it runs; `ports` are those
 * that the engine publishes on its host. Containers are found by their labels (GET /containers/json, then
 * /containers/{id}/json).
 */
export async function readStatus(
  docker: Dockerode,
  project: ProjectServices,
  options: StatusOptions = {},
): Promise<ServiceStatus[]> {
  const { services: include } = options;
  const found = await readRows(docker, project.projectName, options);
  const profiles = new Map(project.services.map(({ name, profiles: some }) => [name, [...(some ?? [])]]));
  const names = new Set([...profiles.keys(), ...found.map(({ service }) => service)]);
  const status: ServiceStatus[] = [];
  for (const name of names) {
    if (include && !include.includes(name)) continue;
    const own = { profiles: profiles.get(name) ?? [] };
    const replicas = found.filter(({ service }) => service === name);
    status.push(...replicas.map((row) => ({ ...row, ...own })));
    if (replicas.length === 0)
      status.push({ service: name, replica: 1, state: 'stopped', ports: [], ...own });
  }
  return status;
}

async function readRows(
  docker: Dockerode,
  projectName: string,
  options: StatusOptions,
): Promise<Omit<ServiceStatus, 'profiles'>[]> {
  const { signal, stop } = ownStop(options.signal);
  try {
    const containers = await listContainers(docker, projectName, signal);
    const wanted = containers.filter((container) => isWanted(container, options.services));
    const rows = await Promise.all(wanted.map((container) => inspect(docker, container, signal)));
    return rows.filter((row) => row !== undefined);
  } catch (error) {
    throwIfCancelled(options.signal);
    throw error;
  } finally {
    stop();
  }
}

/** Undefined for one that was removed meanwhile. */
async function inspect(
  docker: Dockerode,
  container: ProjectContainer,
  signal: AbortSignal | undefined,
): Promise<Omit<ServiceStatus, 'profiles'> | undefined> {
  const what = `Reading the state of ${container.service}`;
  try {
    const answer = await askEngine(what, { signal }, (abortSignal) =>
      docker.getContainer(container.id).inspect({ abortSignal }),
    );
    return statusOf(container, readAnswer(inspected, answer, what));
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return undefined;
    throw error;
  }
}

/** A row of what `docker inspect` says. */
export function statusOf(
  { id, service, replica }: ProjectContainer,
  { State, Config, RestartCount, NetworkSettings }: Inspected,
): Omit<ServiceStatus, 'profiles'> {
  const runs = ['running', 'paused', 'restarting'].includes(State.Status);
  const ended = ['exited', 'dead', 'restarting'].includes(State.Status);
  const since = new Date(State.StartedAt);
  const message = messageOf(State, RestartCount);
  const ports = Object.values(NetworkSettings?.Ports ?? {})
    .flatMap((bindings) => bindings ?? [])
    .map(({ HostPort }) => Number(HostPort))
    .filter((port) => port > 0);
  return {
    service,
    replica,
    state: stateOf(State, Config.StopSignal),
    container: id,
    // Once for IPv4 and once for IPv6.
    ports: [...new Set(ports)].sort((a, b) => a - b),
    // The engine's zero is the year 1.
    ...(runs && since.getTime() > 0 ? { since } : {}),
    ...(ended ? { exitCode: State.ExitCode } : {}),
    ...(message === undefined ? {} : { message: message.slice(0, maxMessageLength) }),
  };
}

function stateOf(state: Inspected['State'], stopSignal: string | undefined): ServiceState {
  switch (state.Status) {
    case 'created':
      return 'created';
    case 'running':
      if (state.Health?.Status === 'starting') return 'starting';
      if (state.Health?.Status === 'healthy' || state.Health?.Status === 'unhealthy')
        return state.Health.Status;
      return 'running';
    // It answers nobody.
    case 'paused':
      return 'unhealthy';
    case 'restarting':
      return 'starting';
    case 'removing':
      return 'stopped';
    default:
      // The engine does not keep who ended it: its stop signal is taken for a stop, the signal KILL is not.
      return state.ExitCode === 128 + signalNumber(stopSignal) && !state.OOMKilled ? 'stopped' : 'exited';
  }
}

function messageOf(state: Inspected['State'], restarts: number): string | undefined {
  if (state.Status === 'paused') return 'It is paused; "docker unpause" goes on.';
  if (state.Status === 'restarting') {
    return `It ended with exit code ${state.ExitCode}; the engine starts it again (${restarts} times so far).`;
  }
  if (state.Status === 'running') {
    const last = state.Health?.Status === 'healthy' ? undefined : state.Health?.Log?.at(-1);
    if (!last || last.ExitCode === 0) return undefined;
    return last.Output.trim() || `The health check ended with exit code ${last.ExitCode}.`;
  }
  if (state.Error !== '') return state.Error;
  if (state.OOMKilled) return 'It was ended because it took more memory than it may.';
  return undefined;
}

const signalNumbers: Record<string, number> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  USR1: 10,
  USR2: 12,
  TERM: 15,
};

function signalNumber(name = 'TERM'): number {
  const bare = name.toUpperCase().replace(/^SIG/, '');
  return signalNumbers[bare] ?? (Number(bare) || 15);
}
