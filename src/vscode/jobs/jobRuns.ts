import * as vscode from 'vscode';
import type { FollowOptions } from '../../spark/followJob.ts';
import type { DriverEvent, JobResult, JobState, JobWatch, StageProgress } from '../../spark/job.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { readSetting } from '../connection/settings.ts';
import type { Errors } from '../ui/errors.ts';
import { FollowedRun } from './followedRun.ts';
import { RunTerminals } from './runTerminals.ts';
import { RunStore, type StoredRun } from './runStore.ts';

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
  /** Text as it arrives; Spark's own log (stderr) only where `medallion.jobs.showSparkLog` is set. */
  readonly onDidWrite: vscode.Event<{ stream: 'stdout' | 'stderr'; text: string }>;
  /** What was written so far; the oldest is dropped above a limit. */
  readonly output: string;
  /** Settles when it has ended, in whatever way; never rejects. */
  readonly ended: Promise<void>;
  /** Whether it was under way before this window was open. */
  readonly isRestored: boolean;
  /** Whether `cancel` was called. */
  readonly isCancelled: boolean;
  /** Kills it on the cluster. */
  cancel(): void;
}

/** Enough to look back at; the lake has them all. */
const maxEnded = 50;

/**
 * The runs that this window follows. Those of before a reload are found again. How one has failed is told to the user by
 * `registerJobs`, whoever started it.
 */
export class JobRuns implements vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #errors: Errors;
  readonly #store: RunStore;
  readonly #listening: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<JobRun>();
  /** A run has begun, changed or ended. */
  readonly onDidChange = this.#changed.event;
  /** Where their output is shown. */
  readonly terminals = new RunTerminals();
  #all: FollowedRun[] = [];

  constructor(context: vscode.ExtensionContext, workbench: ActiveWorkbench, errors: Errors) {
    this.#workbench = workbench;
    this.#errors = errors;
    this.#store = new RunStore(context.workspaceState);
    this.#listening = workbench.onDidChange(() => this.#reconnected());
    // After activation: the views are there by then, and hear of it.
    queueMicrotask(() => this.restore());
  }

  /** Those that this window has followed, latest first; ended ones stay until the window closes. */
  get all(): readonly JobRun[] {
    return this.#all;
  }

  get running(): readonly JobRun[] {
    return this.#all.filter((run) => run.isRunning);
  }

  find(runId: string): JobRun | undefined {
    return this.#all.find((run) => run.runId === runId);
  }

  /** Begins a run and follows it to its end. */
  start(description: RunDescription, follow: Follow): JobRun {
    const stored = { description, startedAt: new Date(), authority: this.#workbench.authority };
    this.#remember(() => this.#store.add(stored));
    return this.#begin(stored, follow);
  }

  /** Looks for the runs that were under way when a window of this workspace was last open. */
  restore(): void {
    if (!vscode.workspace.isTrusted && !this.#workbench.isRemote) return;
    for (const stored of this.#store.all) {
      if (stored.authority !== this.#workbench.authority) continue;
      if (this.#all.some((run) => run.runId === stored.description.runId && run.isRunning)) continue;
      this.#begin(stored, this.#attach(stored.description.runId), true);
    }
  }

  /** Leaves all of them running on the cluster. */
  dispose(): void {
    this.#listening.dispose();
    for (const run of this.#all) {
      run.leave();
      run.dispose();
    }
    this.terminals.dispose();
    this.#changed.dispose();
  }

  #begin({ description, startedAt, authority }: StoredRun, follow: Follow, isRestored = false): FollowedRun {
    const run = new FollowedRun({
      description,
      startedAt,
      authority,
      isRestored,
      attach: this.#attach(description.runId),
      showSparkLog: this.#wantsSparkLog(description.file),
    });
    const ended = this.#all.filter(({ isRunning }) => !isRunning);
    const dropped = new Set(ended.filter(({ runId }, i) => i >= maxEnded || runId === run.runId));
    this.#all = [run, ...this.#all.filter((one) => !dropped.has(one))];
    run.onDidChange(() => this.#changed.fire(run));
    run.begin(follow);
    void run.ended.then(() => this.#ended(run));
    this.#changed.fire(run);
    return run;
  }

  #ended(run: FollowedRun): void {
    if (run.isLeft) return this.#forget(run);
    // Out of reach is not ended: it is looked for again when the cluster is back.
    const outOfReach = isWorkbenchError(run.error, 'unreachable', 'timeout');
    const mayGoOn = outOfReach && (run.state === undefined || run.state.submissionId !== undefined);
    if (!mayGoOn) this.#remember(() => this.#store.remove(run.runId));
    if (run.state === undefined && run.error !== undefined) {
      // Not found again: it was never submitted, or the stack is down. A row for it would say nothing.
      this.#errors.note(run.error, `jobs: ${run.runId}`);
      this.#forget(run);
    }
  }

  #forget(run: FollowedRun): void {
    this.#all = this.#all.filter((one) => one !== run);
    this.#changed.fire(run);
  }

  #attach(runId: string): Follow {
    return async (watch) => {
      const parts = await this.#workbench.jobParts().catch((cause: unknown) => {
        throw new WorkbenchError('unreachable', describeError(cause), { cause });
      });
      const { attachJob } = await import('../../spark/runJob.ts');
      return attachJob(runId, parts, watch);
    };
  }

  /** Its connection was closed under each of them: they go on with the new one, or without this window. */
  #reconnected(): void {
    for (const run of this.#all) {
      if (!run.isRunning) continue;
      if (run.authority === this.#workbench.authority) run.reconnect();
      else run.leave();
    }
    this.restore();
  }

  #wantsSparkLog(file: vscode.Uri | undefined): boolean {
    try {
      return readSetting('jobs.showSparkLog', file);
    } catch (error) {
      this.#errors.note(error, 'jobs');
      return false;
    }
  }

  #remember(write: () => Promise<void>): void {
    write().catch((error: unknown) => this.#errors.note(error, 'jobs'));
  }
}
