import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkbenchError, describeError, systemErrorCode } from '../base/errors.ts';
import type { FollowOptions } from '../spark/followJob.ts';
import type { JobParts, JobResult, JobWatch } from '../spark/job.ts';
import { newRunId } from '../spark/jobFiles.ts';
import { findLocalImports } from '../spark/localImports.ts';
import { runJob } from '../spark/runJob.ts';
import { lastRun, recordsDirectory, readRun, type PipelineRun, type StepRecord } from './history.ts';
import type { Pipeline, PipelineStep } from './pipelineFile.ts';
import { planRun, type PlannedStep, type Selection } from './plan.ts';

/** A step's course while it runs. */
export type StepEvent =
  | { event: 'step-start'; step: string }
  | ({ event: 'step-end'; step: string } & Partial<Omit<StepRecord, 'name' | 'script'>>);

export interface PipelineOptions extends Selection {
  /** Instead of the pipeline file's own root. */
  root?: string;
  /** Where the run's record is kept. Default `/jobs/pipelines`. */
  records?: string;
  /** Spark properties; they win over the pipeline file's. */
  properties?: Record<string, string>;
  /** Added to the driver's environment, such as `SOURCE_RETAIL_DATABASE`. */
  environment?: Record<string, string>;
  /** The run's id, as `newRunId` makes it. Default: a new one. */
  runId?: string;
  /** Scripts as an editor has them, by their absolute path, instead of what is on the disk. */
  unsaved?: ReadonlyMap<string, string>;
  onStep?(event: StepEvent): void;
  signal?: AbortSignal;
}

export interface PipelineResult {
  /** The pipeline run's id: the name of its record. */
  runId: string;
  job: JobResult;
  /** As the driver wrote it down; absent if it was gone before it could. */
  run?: PipelineRun;
}

/** How the library reads the plan; see pyspark/medallion/pipeline.py. */
interface Plan {
  pipeline: string;
  runId: string;
  root: string;
  records: string;
  steps: { name: string; script: string; path: string; args: string[]; run: boolean }[];
}

const entry = 'from medallion.pipeline import main\n\nmain()\n';

/**
 * Runs a pipeline's steps as one Spark application. Gives how it ended, whatever that is; throws what `runJob` throws,
 * and `invalid` for steps that do not exist or nothing to resume.
 */
export async function runPipeline(
  pipeline: Pipeline,
  parts: JobParts,
  options: PipelineOptions = {},
  watch: JobWatch & FollowOptions = {},
): Promise<PipelineResult> {
  const records = options.records ?? recordsDirectory;
  const signal = options.signal ?? watch.signal;
  const history = { records, ...(signal ? { signal } : {}) };
  const last = options.resume ? await lastRun(parts, pipeline.name, history) : undefined;
  const planned = planRun(pipeline.steps, options, last);
  const runId = options.runId ?? newRunId(pipeline.name, new Date(), randomBytes(3).toString('hex'));
  const plan = makePlan(pipeline, planned, { runId, records, root: options.root ?? pipeline.root });
  const { modules, sources } = await collectModules(pipeline, plan, options.unsaved);

  const job = await runJob(
    {
      name: pipeline.name,
      kind: 'pipeline',
      script: { path: resolve(dirname(pipeline.path), 'run_pipeline.py'), source: entry },
      // Not among the modules, so that an unchanged pipeline is uploaded once.
      args: [JSON.stringify(plan)],
      runId,
      properties: { ...pipeline.properties, ...options.properties },
      ...(options.environment ? { environment: options.environment } : {}),
      modules,
      sources,
    },
    parts,
    {
      ...watch,
      signal,
      onEvent(event) {
        if (event.event === 'step-start' || event.event === 'step-end') options.onStep?.(event as StepEvent);
        watch.onEvent?.(event);
      },
    },
  );
  try {
    // Read even after a kill, so not by the signal that killed it.
    const run = await readRun(parts, pipeline.name, runId, { records });
    return { runId, job, run };
  } catch (error) {
    parts.log.warn(`pipeline: the record of ${runId} cannot be read: ${describeError(error)}`);
    return { runId, job };
  }
}

function makePlan(
  pipeline: Pipeline,
  planned: readonly PlannedStep<PipelineStep>[],
  about: { runId: string; records: string; root: string },
): Plan {
  return {
    pipeline: pipeline.name,
    ...about,
    steps: planned.map(({ step, run }) => ({
      name: step.name,
      script: posix.join('steps', step.script),
      path: resolve(dirname(pipeline.path), step.script),
      args: step.args,
      run,
    })),
  };
}

/**
 * The library, the steps' scripts with what they import beside them: name on the Python path -> content. `sources`: which
 * of them are the user's own files, and where.
 */
async function collectModules(
  pipeline: Pipeline,
  plan: Plan,
  unsaved: ReadonlyMap<string, string> | undefined,
): Promise<{ modules: Map<string, Buffer | string>; sources: Map<string, string> }> {
  const modules = new Map<string, Buffer | string>(await readLibrary());
  const sources = new Map<string, string>();
  for (const { script, path } of plan.steps) {
    const source = unsaved?.get(path) ?? (await readScript(path, pipeline));
    modules.set(script, source);
    sources.set(script, path);
    for (const found of await findLocalImports({ path, source }, { unsaved })) {
      const name = posix.join(posix.dirname(script), found.name);
      modules.set(name, found.content);
      sources.set(name, found.path);
    }
  }
  return { modules, sources };
}

async function readScript(path: string, pipeline: Pipeline): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = systemErrorCode(cause) === 'ENOENT' ? 'is not there' : `cannot be read`;
    throw new WorkbenchError('not-found', `${path}, a step of ${pipeline.path}, ${why}.`, { cause });
  }
}

let library: Promise<[string, Buffer][]> | undefined;

/** The Python package `medallion`, without the wrapper of jobs, from the package that this file is part of. */
export function readLibrary(): Promise<[string, Buffer][]> {
  library ??= findLibrary(fileURLToPath(import.meta.url));
  return library;
}

async function findLibrary(from: string): Promise<[string, Buffer][]> {
  for (let directory = dirname(from); ; directory = dirname(directory)) {
    const candidate = join(directory, 'pyspark', 'medallion');
    try {
      const names = (await readdir(candidate)).filter((name) => name.endsWith('.py') && name !== 'driver.py');
      return await Promise.all(
        names
          .sort()
          .map(async (name): Promise<[string, Buffer]> => [
            `medallion/${name}`,
            await readFile(join(candidate, name)),
          ]),
      );
    } catch (error) {
      if (directory === dirname(directory)) throw error;
    }
  }
}
