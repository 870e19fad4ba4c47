import type { EndState, JobState, PythonFailure, RunRecord, StageProgress } from '../../spark/job.ts';
import type { JobRun } from './jobRuns.ts';
import { currentStep } from './runProgress.ts';

/** `LOST`: its record says RUNNING and the cluster knows nothing of it. `UNSENT`: it was never submitted. */
export type ShownState = 'RUNNING' | EndState | 'LOST' | 'UNSENT';

/** What the view shows of one run, whether this window follows it or its record was read from the lake. */
export interface RunFacts {
  runId: string;
  name: string;
  kind: 'job' | 'pipeline';
  state: ShownState;
  startedAt: Date;
  durationMs?: number | undefined;
  failure?: PythonFailure | undefined;
  /** Why it ended, or what it waits for: a sentence. */
  message?: string | undefined;
  exitCode?: number | undefined;
  applicationId?: string | undefined;
  submissionId?: string | undefined;
  /** A path on the machine that it was submitted from. */
  script?: string | undefined;
  args: readonly string[];
  phase?: JobState['phase'] | undefined;
  stages?: StageProgress | undefined;
  /** The step that a pipeline is at. */
  step?: string | undefined;
  /** Whether this window follows it now. */
  isFollowed: boolean;
}

export function factsOfRecord(record: RunRecord, seen: ShownState | undefined): RunFacts {
  const { runId, name, kind, failure, message, exitCode, applicationId, submissionId, script, args } = record;
  return {
    runId,
    name,
    kind,
    state: record.state === 'RUNNING' ? (seen ?? 'RUNNING') : record.state,
    startedAt: new Date(record.startedAt),
    durationMs: record.durationMs,
    failure,
    message,
    exitCode,
    applicationId,
    submissionId,
    script,
    args,
    isFollowed: false,
  };
}

/** `errorText`: why it could not be submitted or followed. */
export function factsOfRun(run: JobRun, errorText?: string): RunFacts {
  const { runId, name, kind, startedAt, state, result, args } = run;
  const isFollowed = result === undefined && errorText === undefined;
  return {
    runId,
    name,
    kind,
    state: result?.state ?? (isFollowed ? 'RUNNING' : state?.submissionId === undefined ? 'UNSENT' : 'LOST'),
    startedAt,
    durationMs: result?.durationMs,
    failure: result?.failure,
    message: result?.message ?? errorText ?? (isFollowed ? state?.message : undefined),
    exitCode: result?.exitCode,
    applicationId: result?.applicationId ?? state?.applicationId,
    submissionId: result?.submissionId ?? state?.submissionId,
    script: run.file?.scheme === 'file' ? run.file.fsPath : run.file?.path,
    args,
    phase: isFollowed ? state?.phase : undefined,
    stages: isFollowed ? run.stages : undefined,
    step: isFollowed ? currentStep(run.events) : undefined,
    isFollowed,
  };
}

/** Those that this window follows first, then all others, latest first; each run once. */
export function inOrder(runs: readonly RunFacts[]): RunFacts[] {
  const once = new Map<string, RunFacts>();
  // A run that this window follows is told before its record.
  for (const run of runs) if (!once.has(run.runId)) once.set(run.runId, run);
  return [...once.values()].sort((a, b) =>
    a.isFollowed === b.isFollowed ? compare(b.runId, a.runId) : a.isFollowed ? -1 : 1,
  );
}

/** Run ids begin with their time. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The words of a row's `contextValue`, which menus look for. */
export function contextWords(run: RunFacts, hasHistory: boolean): string {
  const isRunning = run.state === 'RUNNING';
  const words = [
    'run',
    run.kind,
    isRunning ? 'running' : 'ended',
    !isRunning && run.failure !== undefined && 'failed',
    run.script !== undefined && 'script',
    isRunning && run.applicationId !== undefined && 'driverUi',
    !isRunning && run.applicationId !== undefined && hasHistory && 'historyUi',
  ].filter((word) => word !== false);
  return `;${words.join(';')};`;
}
