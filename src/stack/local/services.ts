import { durationNs } from '../compose/units.ts';
import { singleDollars } from '../compose/dollars.ts';
import type { ComposeHealthcheck, ComposeService, DependencyCondition } from '../compose/model.ts';

/** A service as a process of this machine has it. */
export interface LocalService {
  name: string;
  /** The program and its arguments; empty where the file has none. */
  command: string[];
  environment: Record<string, string>;
  /** It listens on these. */
  ports: number[];
  /** Its named volumes, and the folders that they stand for. */
  volumes: { name: string; folder: string }[];
  healthcheck?: LocalHealthcheck;
  dependsOn: { service: string; condition: DependencyCondition }[];
  replicas: number;
  profiles: string[];
  stopSignal: string;
  stopGraceMs: number;
}

export interface LocalHealthcheck {
  /** The program and its arguments. */
  test: string[];
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startPeriodMs: number;
  startIntervalMs: number;
}

/** Reads a service of the canonical model; what a process cannot have is left out, see `requireSupported`. */
export function localService(name: string, described: ComposeService): LocalService {
  const service = singleDollars(described);
  const healthcheck = service.healthcheck && localHealthcheck(service.healthcheck);
  return {
    name,
    command: [...(service.entrypoint ?? []), ...(service.command ?? [])],
    // A name that has no value is not set.
    environment: Object.fromEntries(
      Object.entries(service.environment ?? {}).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    ),
    ports: (service.ports ?? []).map(({ target }) => target),
    volumes: (service.volumes ?? []).flatMap(({ type, source, target }) =>
      type === 'volume' && source !== undefined ? [{ name: source, folder: target }] : [],
    ),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    dependsOn: Object.entries(service.depends_on ?? {}).map(([other, { condition }]) => ({
      service: other,
      condition,
    })),
    replicas: service.deploy?.replicas ?? service.scale ?? 1,
    profiles: service.profiles ?? [],
    stopSignal: service.stop_signal ?? 'SIGTERM',
    stopGraceMs: milliseconds(service.stop_grace_period) ?? 10_000,
  };
}

/** The defaults are Docker's, which also stand for a zero. */
function localHealthcheck(check: ComposeHealthcheck): LocalHealthcheck | undefined {
  const [kind, ...words] = check.test ?? [];
  if (check.disable === true || kind === undefined || kind === 'NONE') return undefined;
  return {
    test: kind === 'CMD' ? words : ['/bin/sh', '-c', ...words],
    intervalMs: positive(milliseconds(check.interval), 30_000),
    timeoutMs: positive(milliseconds(check.timeout), 30_000),
    retries: positive(check.retries, 3),
    startPeriodMs: milliseconds(check.start_period) ?? 0,
    startIntervalMs: positive(milliseconds(check.start_interval), 5_000),
  };
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationNs(duration) / 1_000_000;
}

function positive(value: number | undefined, otherwise: number): number {
  return value !== undefined && value > 0 ? value : otherwise;
}
