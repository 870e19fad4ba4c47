import * as vscode from 'vscode';
import type { FollowOptions } from '../../spark/followJob.ts';
import type { DriverEvent, JobResult, JobState, JobWatch, StageProgress } from '../../spark/job.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import type { Errors } from '../ui/errors.ts';

/** What a run is, before it has begun. */
export interface RunDescription {
  /** As `newRunId` makes it; known before the upload, so that a reload in the middle of it loses nothing. */
  runId: string;
  name: string;
  kind: 'job' | 'pipeline';
  /** The script or the pipeline file, where it is known. */
  file?: vscode.Uri | undefined;
  args: readonly string[];
  properties: Readonly<Record<string, string>>;
}

/** Submits and follows: `runJob`, `runPipeline` or `attachJob` with this watch. */
export type Follow = (watch: JobWatch & FollowOptions) => Promise<JobResult>;

/** One run that this window follows. */
export interface JobRun extends RunDescription {
  readonly startedAt: Date;
  readonly state: JobState | undefined;
  readonly stages: StageProgress | undefined;
  /** The driver's own events so far, such as a pipeline's steps, oldest first. */
  readonly events: readonly DriverEvent[];
  readonly result: JobResult | undefined;
  /** Why it could not be submitted or followed. */
  readonly error: unknown;
  readonly onDidChange: vscode.Event<void>;
  /** Text as it arrives. */
  readonly onDidWrite: vscode.Event<{ stream: 'stdout' | 'stderr'; text: string }>;
  /** What was written so far; the oldest is dropped above a limit. */
  readonly output: string;
  /** Settles when it has ended, in whatever way; never rejects. */
  readonly ended: Promise<void>;
  /** Kills it on the cluster. */
  cancel(): void;
}

/** The runs that this window follows. Those of before a reload are found again. */
export class JobRuns implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<JobRun>();
  /** A run has begun, changed or ended. */
  readonly onDidChange = this.#changed.event;

  constructor(context: vscode.ExtensionContext, workbench: ActiveWorkbench, errors: Errors) {
    context;
    workbench;
    errors;
  }

  /** Those that this window has followed, latest first; ended ones stay until the window closes. */
  get all(): readonly JobRun[] {
    return [];
  }

  get running(): readonly JobRun[] {
    return this.all.filter(({ result, error }) => result === undefined && error === undefined);
  }

  find(runId: string): JobRun | undefined {
    return this.all.find((run) => run.runId === runId);
  }

  /** Begins a run and follows it to its end. */
  start(description: RunDescription, follow: Follow): JobRun {
    follow;
    throw new Error(description.runId);
  }

  /** Leaves all of them running on the cluster. */
  dispose(): void {
    this.#changed.dispose();
  }
}
