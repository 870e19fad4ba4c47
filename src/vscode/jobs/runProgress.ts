import type { DriverEvent, JobState, StageProgress } from '../../spark/job.ts';
import type { Progress } from '../../base/log.ts';

/** What a run is at, in the person's words: "silver: stage 3 (count at silver.py:7)", 120 of 200 tasks. */
export function runProgress(run: {
  state: JobState | undefined;
  stages: StageProgress | undefined;
  events: readonly DriverEvent[];
}): Progress | undefined {
  const { state, stages } = run;
  const stage = stages?.active.at(-1);
  const step = currentStep(run.events);
  if (stage && stages && state?.phase === 'running') {
    const what = `stage ${stage.id}${ownLine(stage.name)}`;
    return {
      message: step === undefined ? what : `${step}: ${what}`,
      done: stages.tasksDone,
      total: stages.tasks,
      unit: 'tasks',
    };
  }
  if (step !== undefined && state?.phase === 'running') return { message: step };
  return state && { message: state.message };
}

/** The step of a pipeline that has begun and not ended. */
export function currentStep(events: readonly DriverEvent[]): string | undefined {
  const last = events.findLast(({ event }) => event === 'step-start' || event === 'step-end');
  return last?.event === 'step-start' && typeof last.step === 'string' ? last.step : undefined;
}

/** Spark names a stage after the call that made it; only a line of a script says something to its author. */
function ownLine(stageName: string): string {
  const match = /^(\w+) at (?:.*\/)?([^/]+\.py:\d+)$/.exec(stageName);
  return match && !stageName.includes('py4j') ? ` (${match[1]} at ${match[2]})` : '';
}
