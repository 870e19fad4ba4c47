import type { PipelineRun } from '../../pipeline/history.ts';
import type { JobRun } from '../jobs/jobRuns.ts';
import { stepsOf, type StepFacts } from '../jobs/stepFacts.ts';

/** How the last run of a step went. */
export interface StepResult extends StepFacts {
  runId: string;
  /** Whether this window follows the run. */
  isOwn: boolean;
}

/** What is known of a pipeline's runs: the latest one, and for each step the latest run that did it. */
export interface PipelineCourse {
  latest?: CourseRun | undefined;
  steps: ReadonlyMap<string, StepResult>;
}

export interface CourseRun {
  runId: string;
  state: PipelineRun['state'] | 'ERROR';
  startedAt: Date;
  durationMs: number | undefined;
  /** The step that it is at, or stopped at. */
  step: string | undefined;
  own: JobRun | undefined;
  record: PipelineRun | undefined;
}

/** Puts together the runs that this window follows and the records of the lake, both latest first. */
export function courseOf(own: readonly JobRun[], records: readonly PipelineRun[]): PipelineCourse {
  const ids = new Set([...own, ...records].map(({ runId }) => runId));
  const runs = [...ids]
    // Run ids begin with their time.
    .sort()
    .reverse()
    .map((runId) => ({
      runId,
      own: own.find((run) => run.runId === runId),
      record: records.find((run) => run.runId === runId),
    }));
  const steps = new Map<string, StepResult>();
  let latest: CourseRun | undefined;
  for (const { runId, own: run, record } of runs) {
    // It never came to the cluster.
    if (run && !record && run.error !== undefined && run.events.length === 0) continue;
    const found = stepsOf(record, run?.events ?? []);
    const state = stateOf(run, record);
    for (const step of found) {
      if (step.state === 'SKIPPED' || steps.has(step.name)) continue;
      const isOver = state !== 'RUNNING';
      // What waited or ran when its run ended did not get done.
      if (step.state === 'PENDING' && isOver) continue;
      const cut = step.state === 'RUNNING' && isOver;
      steps.set(step.name, {
        ...step,
        state: cut ? 'KILLED' : step.state,
        // Events do not tell it: it cannot have begun earlier than its run.
        startedAt: step.startedAt ?? run?.startedAt.toISOString(),
        runId,
        isOwn: run !== undefined,
      });
    }
    latest ??= {
      runId,
      state,
      startedAt: run?.startedAt ?? new Date(record!.startedAt),
      durationMs: run?.result?.durationMs ?? record?.durationMs,
      step: found.find((step) => !['FINISHED', 'SKIPPED', 'PENDING'].includes(step.state))?.name,
      own: run,
      record,
    };
  }
  return { latest, steps };
}

function stateOf(run: JobRun | undefined, record: PipelineRun | undefined): CourseRun['state'] {
  if (run?.result) return run.result.state;
  if (record && record.state !== 'RUNNING') return record.state;
  if (run) return run.error === undefined ? 'RUNNING' : 'lost';
  return record?.state ?? 'lost';
}
