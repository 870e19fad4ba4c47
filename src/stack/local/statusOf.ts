import { setMaxListeners } from 'node:events';
import type { ServiceStatus } from '../engine.ts';
import { isAlive } from '../processes.ts';
import type { Variables } from '../userVariables.ts';
import { replicasOf, type Replica } from './plan.ts';
import type { ProcessRecord } from './processTable.ts';
import type { LocalService } from './services.ts';
import type { Site } from './site.ts';
import type { StackFile } from './stackFile.ts';
import type { Check } from './watchStatus.ts';

/** The state of each replica now; all health checks are asked at once. */
export async function statusOf(
  file: StackFile,
  services: readonly LocalService[],
  variables: Variables,
  site: Site,
  check: Check,
  signal: AbortSignal | undefined,
): Promise<ServiceStatus[]> {
  // Every check listens to it, however many there are.
  const stop = signal && AbortSignal.any([signal]);
  if (stop) setMaxListeners(0, stop);
  const rows = services.map(async (service): Promise<ServiceStatus[]> => {
    const records = [...site.table.of(service.name)].sort((a, b) => a.replica - b.replica);
    if (records.length === 0) {
      const { name, ports, profiles } = service;
      return [{ service: name, replica: 1, state: 'stopped', ports, profiles }];
    }
    const replicas = await replicasOf(
      file,
      service,
      variables,
      Math.max(...records.map(({ replica }) => replica)),
    );
    return Promise.all(
      records.map((record) => replicaStatus(replicas[record.replica - 1]!, record, site, check, stop)),
    );
  });
  return (await Promise.all(rows)).flat();
}

async function replicaStatus(
  replica: Replica,
  record: ProcessRecord,
  site: Site,
  check: Check,
  signal: AbortSignal | undefined,
): Promise<ServiceStatus> {
  const { service } = replica;
  const base = {
    service: service.name,
    replica: record.replica,
    ports: service.ports,
    since: new Date(record.since),
    profiles: service.profiles,
  };
  if (!(await isAlive(site.processes, record))) {
    const code = /^exit code (\d+)$/.exec(record.exit ?? '')?.[1];
    return {
      ...base,
      state: 'exited',
      ...(code === undefined ? {} : { exitCode: Number(code) }),
      ...(record.exit === undefined ? {} : { message: record.exit }),
    };
  }
  const alive = { ...base, pid: record.pid };
  if (!service.healthcheck) return { ...alive, state: 'running' };
  const result = await check(replica, record, signal);
  if (result.healthy) return { ...alive, state: 'healthy' };
  const ageMs = Date.now() - Date.parse(record.since);
  const isStarting = record.healthyAt === undefined && ageMs < service.healthcheck.startPeriodMs;
  return { ...alive, state: isStarting ? 'starting' : 'unhealthy', message: result.message };
}
