import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import type { WebHdfs } from '../lake/webHdfs.ts';
import type { SparkCluster } from '../spark/sparkCluster.ts';
import type { EarlierRun } from './plan.ts';

/** Where pipelines keep their runs: `<records>/<pipeline>/<runId>.json`. */
export const recordsDirectory = '/jobs/pipelines';

const stateSchema = v.picklist(['PENDING', 'RUNNING', 'FINISHED', 'FAILED', 'KILLED', 'SKIPPED']);
const stepSchema = v.object({
  name: v.string(),
  script: v.string(),
  state: stateSchema,
  startedAt: v.optional(v.string()),
  durationMs: v.optional(v.number()),
  rowsIn: v.optional(v.number()),
  rowsOut: v.optional(v.number()),
  bookmark: v.optional(v.record(v.string(), v.unknown())),
  /** What else the step reported: rows in quarantine, transactions that are still open. */
  details: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(
    v.object({
      type: v.string(),
      message: v.string(),
      file: v.optional(v.string()),
      line: v.optional(v.number()),
    }),
  ),
});
const runSchema = v.object({
  format: v.literal(1),
  pipeline: v.string(),
  runId: v.string(),
  root: v.string(),
  state: v.picklist(['RUNNING', 'FINISHED', 'FAILED', 'KILLED']),
  startedAt: v.string(),
  endedAt: v.optional(v.string()),
  durationMs: v.optional(v.number()),
  applicationId: v.optional(v.string()),
  steps: v.array(stepSchema),
});

export type StepRecord = v.InferOutput<typeof stepSchema>;
/** One run as its driver wrote it down. `lost`: it says RUNNING, and its driver is gone. */
export type PipelineRun = Omit<v.InferOutput<typeof runSchema>, 'state'> & {
  state: v.InferOutput<typeof runSchema>['state'] | 'lost';
};

export interface HistoryOptions {
  /** Default `/jobs/pipelines`. */
  records?: string;
  signal?: AbortSignal;
}

/** Reads the text of a run's record. Throws `protocol` where it is none. */
export function parseRun(text: string, where = 'The run'): PipelineRun {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError('protocol', `${where}: the record is not JSON.`, { cause });
  }
  const parsed = v.safeParse(runSchema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new WorkbenchError('protocol', `${where}: ${v.getDotPath(issue) ?? 'the record'}: ${issue.message}.`);
}

/** One run of a pipeline; with `spark` a record that says RUNNING is held against the cluster. Throws `not-found`. */
export async function readRun(
  parts: { lake: WebHdfs; spark?: SparkCluster },
  pipeline: string,
  runId: string,
  options: HistoryOptions = {},
): Promise<PipelineRun> {
  const path = `${options.records ?? recordsDirectory}/${pipeline}/${runId}.json`;
  const signal = options.signal ? { signal: options.signal } : {};
  const read = async (): Promise<PipelineRun> =>
    parseRun((await parts.lake.read(path, signal)).toString('utf8'), path);
  const run = await read();
  if (run.state !== 'RUNNING' || !parts.spark) return run;
  if (await isActive(parts.spark, run.applicationId, options.signal)) return run;
  // It may have ended between the two looks.
  const again = await read();
  return again.state === 'RUNNING' ? { ...again, state: 'lost' } : again;
}

async function isActive(
  spark: SparkCluster,
  applicationId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { applications } = await spark.state({ signal });
  return applications.some(({ id, active }) => id === applicationId && active);
}

/** The latest runs of a pipeline, newest first; at most `limit` (default 20). A record that cannot be read is left out. */
export async function listRuns(
  parts: { lake: WebHdfs; spark?: SparkCluster },
  pipeline: string,
  options: HistoryOptions & { limit?: number } = {},
): Promise<PipelineRun[]> {
  const ids: string[] = [];
  try {
    const directory = `${options.records ?? recordsDirectory}/${pipeline}`;
    for await (const entry of parts.lake.listAll(
      directory,
      options.signal ? { signal: options.signal } : {},
    )) {
      if (entry.type === 'FILE' && entry.name.endsWith('.json') && !entry.name.startsWith('.')) {
        ids.push(entry.name.slice(0, -'.json'.length));
      }
    }
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return [];
    throw error;
  }
  const runs: PipelineRun[] = [];
  // Run ids begin with their time.
  for (const id of ids
    .sort()
    .reverse()
    .slice(0, options.limit ?? 20)) {
    try {
      runs.push(await readRun(parts, pipeline, id, options));
    } catch (error) {
      if (!isWorkbenchError(error, 'protocol', 'not-found')) throw error;
    }
  }
  return runs;
}

/** The last run, as `planRun` needs it to resume; undefined without any. */
export async function lastRun(
  parts: { lake: WebHdfs; spark?: SparkCluster },
  pipeline: string,
  options: HistoryOptions = {},
): Promise<EarlierRun | undefined> {
  const [run] = await listRuns(parts, pipeline, { ...options, limit: 1 });
  return run;
}
