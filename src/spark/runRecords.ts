import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import { retryUntil } from '../base/retry.ts';
import type { WebHdfs } from '../lake/webHdfs.ts';
import type { EndState, JobParts, PythonFailure, RunRecord } from './job.ts';
import { jobsDirectory } from './jobFiles.ts';

const frameSchema = v.object({
  file: v.string(),
  line: v.number(),
  function: v.string(),
  code: v.optional(v.string()),
});
const failureSchema: v.GenericSchema<unknown, PythonFailure> = v.lazy(() =>
  v.object({
    type: v.string(),
    message: v.string(),
    file: v.optional(v.string()),
    line: v.optional(v.number()),
    frames: v.array(frameSchema),
    causes: v.array(failureSchema),
  }),
) as v.GenericSchema<unknown, PythonFailure>;

const recordSchema = v.object({
  format: v.literal(1),
  runId: v.string(),
  name: v.string(),
  kind: v.picklist(['job', 'pipeline']),
  script: v.string(),
  args: v.array(v.string()),
  submissionId: v.string(),
  state: v.picklist(['RUNNING', 'FINISHED', 'FAILED', 'KILLED', 'ERROR']),
  startedAt: v.string(),
  endedAt: v.optional(v.string()),
  durationMs: v.optional(v.number()),
  applicationId: v.optional(v.string()),
  exitCode: v.optional(v.number()),
  failure: v.optional(failureSchema),
  message: v.optional(v.string()),
  sources: v.record(v.string(), v.string()),
});

export function recordPath(runId: string): string {
  return `${jobsDirectory}/${runId}/run.json`;
}

export async function writeRecord(lake: WebHdfs, record: RunRecord, o: CancelOptions = {}): Promise<void> {
  await lake.write(recordPath(record.runId), `${JSON.stringify(record, undefined, 2)}\n`, {
    overwrite: true,
    signal: o.signal,
  });
}

/** Throws `not-found` for an unknown run, `protocol` for a damaged record. */
export async function readRecord(lake: WebHdfs, runId: string, o: CancelOptions = {}): Promise<RunRecord> {
  const text = (await lake.read(recordPath(runId), { signal: o.signal })).toString('utf8');
  try {
    return v.parse(recordSchema, JSON.parse(text)) as RunRecord;
  } catch (cause) {
    throw new WorkbenchError('protocol', `The record of run ${runId} on the lake is damaged.`, { cause });
  }
}

interface CancelOptions {
  signal?: AbortSignal | undefined;
}

/** The latest runs, latest first. Damaged records and unfinished directories are left out. */
export async function listJobs(
  parts: Pick<JobParts, 'lake' | 'log'>,
  o: CancelOptions & { limit: number },
): Promise<RunRecord[]> {
  const runIds = await runIdsLatestFirst(parts.lake, o);
  const records: RunRecord[] = [];
  // A few at a time: each is one read through a DataNode.
  for (let at = 0; at < runIds.length && records.length < o.limit; at += 8) {
    const page = runIds.slice(at, at + 8).map(async (runId) => {
      try {
        return await readRecord(parts.lake, runId, o);
      } catch (error) {
        if (!isWorkbenchError(error, 'not-found', 'protocol')) throw error;
        parts.log.debug(`jobs: ${runId} left out: ${error.message}`);
        return undefined;
      }
    });
    records.push(...(await Promise.all(page)).filter((record) => record !== undefined));
  }
  return records.slice(0, o.limit);
}

/** The ids of all runs, latest first. */
export async function runIdsLatestFirst(
  lake: Pick<WebHdfs, 'listAll'>,
  o: CancelOptions = {},
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of lake.listAll(jobsDirectory, { signal: o.signal })) {
      if (entry.type === 'DIRECTORY' && /^\d{8}T\d{6}-/.test(entry.name)) names.push(entry.name);
    }
  } catch (error) {
    if (!isWorkbenchError(error, 'not-found')) throw error;
  }
  return names.sort().reverse();
}

/** The record of a run, by its run id or its submission id. Throws `not-found`. */
export async function findRecord(
  parts: Pick<JobParts, 'lake' | 'log'>,
  id: string,
  o: CancelOptions = {},
): Promise<RunRecord> {
  if (!id.startsWith('driver-')) {
    try {
      return await readRecord(parts.lake, id, o);
    } catch (error) {
      if (!isWorkbenchError(error, 'not-found')) throw error;
      throw new WorkbenchError('not-found', `There is no run ${id}. List the runs with \`medallion jobs\`.`);
    }
  }
  const records = await listJobs(parts, { ...o, limit: 200 });
  const found = records.find((record) => record.submissionId === id);
  if (!found) throw new WorkbenchError('not-found', `No run record names the submission ${id}.`);
  return found;
}

const endStates: readonly string[] = ['FINISHED', 'FAILED', 'KILLED', 'ERROR'];

export function isEndState(state: string | undefined): state is EndState {
  return state !== undefined && endStates.includes(state);
}

/** The worker forces a driver's end after 10 s (`spark.worker.driverTerminateTimeout`). */
const killTimeoutMs = 45_000;

/**
 * Kills a job on the cluster, by run or submission id, and waits until it has ended; gives the state that it ended in
 * (one that was about to end may still be FINISHED).
 */
export async function killJob(id: string, parts: JobParts, o: CancelOptions = {}): Promise<EndState> {
  const submissionId = id.startsWith('driver-') ? id : (await findRecord(parts, id, o)).submissionId;
  let asked = false;
  return await retryUntil<EndState>(
    async () => {
      const { state } = await parts.spark.status(submissionId, o);
      if (isEndState(state)) return state;
      if (state === undefined && !asked) {
        throw new WorkbenchError('not-found', `The Spark master knows no driver ${submissionId}.`);
      }
      // Forgotten by a restarted master after the kill: it does not run any more.
      if (state === undefined) return 'KILLED';
      if (!asked) asked = (await parts.spark.kill(submissionId, o)) || asked;
      return undefined;
    },
    {
      what: `The end of ${submissionId}`,
      timeoutMs: killTimeoutMs,
      intervalMs: 100,
      maxIntervalMs: 500,
      signal: o.signal,
    },
  );
}
