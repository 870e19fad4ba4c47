import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelled } from '../../base/cancellation.ts';
import { WorkbenchError } from '../../base/errors.ts';
import { isListening, portOwner, portTaken } from '../ports.ts';
import { isAlive } from '../processes.ts';
import { fileError } from '../stateDir.ts';
import { launch, markVariable, serviceEnvironment } from './launch.ts';
import { logName } from './logFiles.ts';
import type { Replica } from './plan.ts';
import { endOf } from './plannedSteps.ts';
import { changeOf, definitionOf, type ProcessRecord } from './processTable.ts';
import { processDied, waitUntilHealthy } from './readiness.ts';
import type { LocalService } from './services.ts';
import { markOf, type Site } from './site.ts';
import { stopProcess } from './stopProcess.ts';

/** A record of what was launched, and how it ended, once it has. */
interface Running {
  record: ProcessRecord;
  exit?: Promise<string>;
}

/**
 * Brings services up in the order of their dependencies, as parallel as these allow, and waits until all are healthy.
 * What runs as it should stays as it is. On the first failure the waits end and what runs is left; if it is cancelled,
 * what was launched here is stopped again.
 */
export async function bringUp(
  plan: ReadonlyMap<string, readonly Replica[]>,
  site: Site,
  signal: AbortSignal | undefined,
): Promise<void> {
  const launched: ProcessRecord[] = [];
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const started = new Map<string, Promise<Running[]>>();
  const healthy = new Map<string, Promise<void>>();

  const once = <T>(map: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> => {
    const known = map.get(name);
    if (known) return known;
    const promise = make().catch((error: unknown) => {
      // The first failure is the one to tell; the others follow from it.
      if (!failed.signal.aborted) failed.abort(error);
      throw error;
    });
    promise.catch(() => undefined);
    map.set(name, promise);
    return promise;
  };
  const start = (name: string): Promise<Running[]> =>
    once(started, name, async () => {
      const replicas = plan.get(name) ?? [];
      const service = replicas[0]?.service;
      if (!service) return [];
      const kept = await Promise.all(replicas.map((replica) => keep(replica, site)));
      if (kept.every((running) => running !== undefined)) return kept;
      await dependenciesOf(service);
      return Promise.all(
        replicas.map(
          async (replica, index) => kept[index] ?? (await replaceOrStart(replica, site, launched, stop)),
        ),
      );
    });
  const becomeHealthy = (name: string): Promise<void> =>
    once(healthy, name, async () => {
      const running = await start(name);
      const replicas = plan.get(name) ?? [];
      await Promise.all(
        running.map(({ record, exit }, index) =>
          waitUntilHealthy(replicas[index]!, record, exit, site, stop),
        ),
      );
    });
  const complete = async (name: string): Promise<void> => {
    for (const [index, { record, exit }] of (await start(name)).entries()) {
      const end = await ended(record, exit, site, stop);
      if (end !== 'exit code 0') throw await processDied(plan.get(name)![index]!, record, end, site);
    }
  };
  const dependenciesOf = async (service: LocalService): Promise<void> => {
    const waits = service.dependsOn.filter((dependency) => plan.has(dependency.service));
    if (waits.length === 0) return;
    const waitsFor = waits.filter(({ condition }) => condition !== 'service_started');
    if (waitsFor.length > 0) {
      const detail = `for ${waitsFor.map((dependency) => dependency.service).join(', ')}`;
      site.onEvent({ service: service.name, step: 'waiting', detail });
    }
    await Promise.all(
      waits.map(({ service: name, condition }) => {
        if (condition === 'service_healthy') return becomeHealthy(name);
        return condition === 'service_started' ? start(name) : complete(name);
      }),
    );
  };

  const results = await Promise.allSettled([...plan.keys()].map((name) => becomeHealthy(name)));
  if (signal?.aborted) {
    await stopAll(launched, site);
    throw cancelled(signal);
  }
  if (results.some(({ status }) => status === 'rejected')) throw failed.signal.reason as Error;
}

/** A replica that runs as it should, or undefined. */
async function keep({ service, number }: Replica, site: Site): Promise<Running | undefined> {
  const record = site.table.get(service.name, number);
  if (!record || changeOf(record.definition, definitionOf(service.command, service.environment)))
    return undefined;
  if (!(await isAlive(site.processes, record))) return undefined;
  site.onEvent({ service: service.name, replica: number, step: 'unchanged' });
  return { record };
}

/** Starts a replica; one that runs with another definition ends before. */
async function replaceOrStart(
  replica: Replica,
  site: Site,
  launched: ProcessRecord[],
  signal: AbortSignal,
): Promise<Running> {
  const { service, number } = replica;
  const definition = definitionOf(service.command, service.environment);
  const before = site.table.get(service.name, number);
  let reason: string | undefined;
  if (before) {
    const alive = await isAlive(site.processes, before);
    reason = alive ? changeOf(before.definition, definition) : endOf(before);
    // Of a dead one, too: its children may have outlived it.
    await stopOne(before, site, alive);
  }
  if (signal.aborted) throw cancelled(signal);
  await requireFreePorts(service, site);
  const detail = reason === undefined ? {} : { detail: reason };
  site.onEvent({ service: service.name, replica: number, step: 'starting', ...detail });
  return start(replica, definition, site, launched);
}

/** A service whose port somebody took after it was chosen would seem healthy: its check would ask the other one. */
async function requireFreePorts(service: LocalService, site: Site): Promise<void> {
  for (const port of service.ports) {
    if (!(await isListening('127.0.0.1', port))) continue;
    site.onEvent({ service: service.name, step: 'failed', detail: `port ${port} is taken` });
    throw portTaken(`A port of ${service.name}`, port, await portOwner(port));
  }
}

async function start(
  replica: Replica,
  definition: Record<string, string>,
  site: Site,
  launched: ProcessRecord[],
): Promise<Running> {
  const { service, number, name } = replica;
  const folder = join(site.statePath, 'run', `${service.name}-${number}`);
  for (const path of replica.folders) {
    await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw fileError(error, path);
    });
  }
  const mark = markOf(site.statePath, service.name, number);
  const { pid, exit, logStart } = await launch({
    name,
    command: service.command,
    environment: serviceEnvironment(site.user, { ...service.environment, [markVariable]: mark }),
    folder,
    logFile: join(site.logsPath, logName(service.name, number)),
  });
  // Gone already: its exit tells the rest.
  const identity = (await site.processes.find(pid)) ?? { pid, started: '' };
  const record: ProcessRecord = {
    service: service.name,
    replica: number,
    pid,
    started: identity.started,
    since: new Date().toISOString(),
    definition,
    ports: service.ports,
    stopSignal: service.stopSignal,
    stopGraceMs: service.stopGraceMs,
    dependsOn: service.dependsOn.map((dependency) => dependency.service),
    logStart,
  };
  launched.push(record);
  await site.table.put(record);
  void exit.then((end) => {
    record.exit = end;
  });
  return { record, exit };
}

/** How a process ends that is meant to end. */
async function ended(
  record: ProcessRecord,
  exit: Promise<string> | undefined,
  site: Site,
  signal: AbortSignal,
): Promise<string> {
  if (!exit) {
    if (await isAlive(site.processes, record)) {
      throw new WorkbenchError(
        'conflict',
        `${record.service} of an earlier start still runs: stop it first.`,
      );
    }
    return record.exit ?? 'exit code unknown';
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    void exit.then((end) => {
      signal.removeEventListener('abort', onAbort);
      resolve(end);
    });
  });
}

/** Stops processes and forgets them: what depends on a service ends before it. */
export async function stopAll(records: readonly ProcessRecord[], site: Site): Promise<void> {
  const stops = new Map<string, Promise<void>>();
  const stop = (name: string): Promise<void> => {
    const known = stops.get(name);
    if (known) return known;
    const promise = (async () => {
      const dependents = records.filter(
        (record) => record.dependsOn.includes(name) && record.service !== name,
      );
      await Promise.allSettled(dependents.map((record) => stop(record.service)));
      await Promise.all(
        records.filter((record) => record.service === name).map((record) => stopOne(record, site, true)),
      );
    })();
    stops.set(name, promise);
    return promise;
  };
  const results = await Promise.allSettled(records.map((record) => stop(record.service)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

async function stopOne(record: ProcessRecord, site: Site, tell: boolean): Promise<void> {
  const { service, replica } = record;
  if (tell) site.onEvent({ service, replica, step: 'stopping' });
  await stopProcess({
    processes: site.processes,
    identity: record,
    mark: markOf(site.statePath, service, replica),
    signal: record.stopSignal as NodeJS.Signals,
    graceMs: record.stopGraceMs,
  });
  await site.table.remove(record);
  if (tell) site.onEvent({ service, replica, step: 'stopped' });
}
