import { join } from 'node:path';
import { cancelled, sleep, throwIfCancelled } from '../../base/cancellation.ts';
import { WorkbenchError, type ErrorDetails } from '../../base/errors.ts';
import { isAlive } from '../processes.ts';
import { isListening, portOwner } from '../ports.ts';
import { runHealthCheck, type CheckResult } from './healthCheck.ts';
import { serviceEnvironment } from './launch.ts';
import { logName, tailOf } from './logFiles.ts';
import type { Replica } from './plan.ts';
import type { ProcessRecord } from './processTable.ts';
import type { Site } from './site.ts';

/** Looking whether a port is open costs nothing; a check is a process of its own. */
const portPollMs = 100;
/** A check runs this often at least, in case it does not need the ports. */
const checkAnywayMs = 5_000;

/**
 * Waits until a replica's health check succeeds; without a check, until it runs. Throws `failed` as soon as the
 * process dies and `timeout` after the check's start period and retries, both with the last lines of its log.
 */
export async function waitUntilHealthy(
  replica: Replica,
  record: ProcessRecord,
  exit: Promise<string> | undefined,
  site: Site,
  signal: AbortSignal,
): Promise<void> {
  const { service, number } = replica;
  const check = service.healthcheck;
  const ended = new AbortController();
  void exit?.then((end) => ended.abort(end));
  const stop = AbortSignal.any([signal, ended.signal]);
  const requireAlive = async (): Promise<void> => {
    throwIfCancelled(signal);
    if (ended.signal.aborted) throw await processDied(replica, record, ended.signal.reason as string, site);
    if (!exit && !(await isAlive(site.processes, record)))
      throw await processDied(replica, record, undefined, site);
  };
  await requireAlive();
  if (!check)
    return site.onEvent({ service: service.name, replica: number, step: 'healthy', detail: 'runs' });

  const startedAt = exit ? Date.parse(record.since) : Date.now();
  const startPeriodMs = exit || !record.healthyAt ? check.startPeriodMs : 0;
  const deadline = startedAt + startPeriodMs + check.retries * check.intervalMs;
  let last: CheckResult | undefined;
  let lastAt = Date.now();
  for (;;) {
    try {
      const pauseMs = Date.now() < startedAt + startPeriodMs ? check.startIntervalMs : check.intervalMs;
      const isDue = last === undefined || Date.now() - lastAt >= Math.max(pauseMs, portPollMs);
      if (isDue && (Date.now() - lastAt >= checkAnywayMs || (await areListening(service.ports, stop)))) {
        last = await checkHealth(replica, site, stop);
        lastAt = Date.now();
        if (last.healthy) break;
      }
      await requireAlive();
      if (Date.now() >= deadline) throw await notHealthy(replica, record, last, deadline - startedAt, site);
      await sleep(Math.min(portPollMs, Math.max(1, deadline - Date.now())), stop);
    } catch (error) {
      // The process ended in the middle of a check or a pause: that is the news, not the abort.
      await requireAlive();
      throw error;
    }
  }
  if (record.healthyAt === undefined) {
    record.healthyAt = new Date().toISOString();
    await site.table.put(record);
  }
  site.onEvent({ service: service.name, replica: number, step: 'healthy' });
}

/** Runs a replica's health check once. */
export function checkHealth(
  replica: Replica,
  site: Pick<Site, 'statePath' | 'user'>,
  signal?: AbortSignal,
): Promise<CheckResult> {
  const check = replica.service.healthcheck!;
  return runHealthCheck({
    test: check.test,
    environment: serviceEnvironment(site.user, replica.service.environment),
    folder: site.statePath,
    timeoutMs: check.timeoutMs,
    signal,
  });
}

async function areListening(ports: readonly number[], signal: AbortSignal): Promise<boolean> {
  const answers = await Promise.all(ports.map((port) => isListening('127.0.0.1', port, signal)));
  if (signal.aborted) throw cancelled(signal);
  return answers.every((answer) => answer);
}

/** The error for a process that ended by itself. Its record stays, so that the status can say so. */
export async function processDied(
  replica: Replica,
  record: ProcessRecord,
  end: string | undefined,
  site: Site,
): Promise<WorkbenchError> {
  const { name, service, number } = replica;
  if (end !== undefined) record.exit = end;
  await site.table.put(record);
  const how = record.exit === undefined ? '' : ` (${record.exit})`;
  site.onEvent({ service: service.name, replica: number, step: 'failed', detail: `ended${how}` });
  for (const port of service.ports) {
    const owner = (await isListening('127.0.0.1', port)) ? await portOwner(port) : undefined;
    if (!owner) continue;
    const who = `${owner.command} (process ${owner.pid})`;
    const sentence = `${name} ended${how}: its port ${port} was taken by ${who}.`;
    return withLog('conflict', sentence, record, site, { port });
  }
  return withLog('failed', `${name} ended while it was starting${how}.`, record, site);
}

function notHealthy(
  replica: Replica,
  record: ProcessRecord,
  last: CheckResult | undefined,
  afterMs: number,
  site: Site,
): Promise<WorkbenchError> {
  const { name, service, number } = replica;
  const said = last?.healthy === false ? last.message : 'its ports are closed';
  site.onEvent({ service: service.name, replica: number, step: 'failed', detail: said });
  const sentence = `${name} runs, and was not healthy after ${Math.round(afterMs / 1000)} s: ${said}.`;
  return withLog('timeout', sentence, record, site);
}

async function withLog(
  code: 'failed' | 'timeout' | 'conflict',
  sentence: string,
  record: ProcessRecord,
  site: Site,
  details: ErrorDetails = {},
): Promise<WorkbenchError> {
  const file = join(site.logsPath, logName(record.service, record.replica));
  const logTail = await tailOf(file, 20, record.logStart);
  const quoted = logTail.filter((line) => line.trim() !== '').slice(-3);
  const log =
    quoted.length === 0
      ? ' It wrote no log.'
      : ` Its log ends with:\n${quoted.map((line) => `  ${line}`).join('\n')}`;
  return new WorkbenchError(code, sentence + log, { logTail, ...details });
}
