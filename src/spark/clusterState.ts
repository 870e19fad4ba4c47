import * as v from 'valibot';
import { WorkbenchError } from '../base/errors.ts';

const workerSchema = v.object({
  id: v.string(),
  host: v.string(),
  port: v.number(),
  webuiaddress: v.string(),
  cores: v.number(),
  coresfree: v.number(),
  memory: v.number(),
  memoryfree: v.number(),
  state: v.string(),
});

const applicationSchema = v.object({
  id: v.string(),
  name: v.string(),
  cores: v.number(),
  state: v.string(),
  starttime: v.optional(v.number(), 0),
  duration: v.optional(v.number(), 0),
  memoryperexecutor: v.optional(v.number(), 0),
});

const driverSchema = v.object({
  id: v.string(),
  state: v.string(),
  starttime: v.optional(v.string(), '0'),
  cores: v.optional(v.number(), 0),
  memory: v.optional(v.number(), 0),
  worker: v.optional(v.string(), 'None'),
  mainclass: v.optional(v.string(), ''),
});

// core/.../deploy/JsonProtocol.scala, writeMasterState
const masterSchema = v.object({
  url: v.string(),
  status: v.string(),
  workers: v.array(workerSchema),
  activeapps: v.array(applicationSchema),
  completedapps: v.array(applicationSchema),
  activedrivers: v.array(driverSchema),
  completeddrivers: v.array(driverSchema),
});

export interface WorkerState {
  id: string;
  host: string;
  /** The worker's own web page, `http://host:port`. */
  webUi: string;
  cores: number;
  coresFree: number;
  /** MiB. */
  memory: number;
  memoryFree: number;
  /** ALIVE, DEAD, DECOMMISSIONED or UNKNOWN. */
  state: string;
}

export interface ApplicationState {
  id: string;
  name: string;
  /** Cores that it holds now; 0 while it waits for a worker. */
  cores: number;
  /** WAITING, RUNNING, FINISHED, FAILED, KILLED or UNKNOWN. */
  state: string;
  active: boolean;
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  /** What one executor needs: MiB. The master does not tell its cores, so at least one. */
  perExecutor: { cores: number; memory: number };
}

export interface DriverState {
  id: string;
  /** SUBMITTED, RUNNING, FINISHED, RELAUNCHING, UNKNOWN, KILLED, FAILED or ERROR. */
  state: string;
  active: boolean;
  cores: number;
  /** MiB. */
  memory: number;
  workerId?: string;
}

/** The cluster as the master's `/json/` tells it. */
export interface ClusterState {
  url: string;
  /** ALIVE, STANDBY or RECOVERING. */
  status: string;
  workers: WorkerState[];
  applications: ApplicationState[];
  drivers: DriverState[];
}

/** Reads the master's `/json/`; throws `protocol` when it is something else. */
export function parseClusterState(json: string): ClusterState {
  let parsed;
  try {
    parsed = v.safeParse(masterSchema, JSON.parse(json));
  } catch (cause) {
    throw new WorkbenchError(
      'protocol',
      'The Spark master did not answer with JSON. Is its UI address right?',
      {
        cause,
      },
    );
  }
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new WorkbenchError(
      'protocol',
      `The Spark master's state cannot be read: ${v.getDotPath(issue) ?? ''} ${issue.message}.`,
    );
  }
  const master = parsed.output;
  const application =
    (active: boolean) =>
    (a: v.InferOutput<typeof applicationSchema>): ApplicationState => ({
      id: a.id,
      name: a.name,
      cores: a.cores,
      state: a.state,
      active,
      startedAt: a.starttime,
      durationMs: a.duration,
      perExecutor: { cores: 1, memory: a.memoryperexecutor },
    });
  const driver =
    (active: boolean) =>
    (d: v.InferOutput<typeof driverSchema>): DriverState => ({
      id: d.id,
      state: d.state,
      active,
      cores: d.cores,
      memory: d.memory,
      ...(d.worker === 'None' ? {} : { workerId: d.worker }),
    });
  return {
    url: master.url,
    status: master.status,
    workers: master.workers.map((w) => ({
      id: w.id,
      host: w.host,
      webUi: w.webuiaddress,
      cores: w.cores,
      coresFree: w.coresfree,
      memory: w.memory,
      memoryFree: w.memoryfree,
      state: w.state,
    })),
    applications: [
      ...master.activeapps.map(application(true)),
      ...master.completedapps.map(application(false)),
    ],
    drivers: [...master.activedrivers.map(driver(true)), ...master.completeddrivers.map(driver(false))],
  };
}

/**
 * What is missing for `cores` and `memory` (MiB) on one worker, as a sentence; undefined where a worker has them.
 * `whatFor` begins the sentence: "The driver".
 */
export function missingResources(
  state: ClusterState,
  whatFor: string,
  cores: number,
  memory: number,
): string | undefined {
  const need = `a worker with ${amount(cores, 'core')} and ${memoryText(memory)}`;
  const alive = state.workers.filter((w) => w.state === 'ALIVE');
  if (alive.length === 0) {
    return `${whatFor} is waiting for ${need}: the cluster has no worker that is alive.`;
  }
  if (alive.some((w) => w.coresFree >= cores && w.memoryFree >= memory)) return undefined;
  if (!alive.some((w) => w.cores >= cores && w.memory >= memory)) {
    const largest = alive
      .map((w) => `${amount(w.cores, 'core')} and ${memoryText(w.memory)}`)
      .reduce((a, b) => (a === b ? a : `${a}; ${b}`));
    return `${whatFor} is waiting for ${need}, which no worker has (${largest}): ask for less, or give the workers more.`;
  }
  const free = alive.map((w) => `${amount(w.coresFree, 'core')} and ${memoryText(w.memoryFree)}`).join('; ');
  return `${whatFor} is waiting for ${need}; free now: ${free}. It starts when another job ends.`;
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** MiB for people: `1 GB`, `512 MB`. */
export function memoryText(mebibytes: number): string {
  return mebibytes >= 1024 ? `${+(mebibytes / 1024).toFixed(1)} GB` : `${mebibytes} MB`;
}
