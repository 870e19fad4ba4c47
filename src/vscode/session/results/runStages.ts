import * as vscode from 'vscode';
import type { Progress } from '../../../base/log.ts';
import type { StageProgress } from '../../../spark/job.ts';
import { runProgress } from '../../jobs/runProgress.ts';
import type { Parts } from '../../parts.ts';
import type { RunStore, StoredRun } from './runStore.ts';
import { TaskWatch } from './taskWatch.ts';

const everyMs = 1_000;
/** So long tasks wait for an executor that starts, or between two jobs; the cell says it then, and at last a notification. */
const waitingMs = 10_000;
const starvedMs = 30_000;

/** What Spark is at for the run that goes on: asked for only while somebody sees it. */
export class RunStages implements vscode.Disposable {
  readonly #parts: Pick<Parts, 'workbench' | 'session' | 'log'>;
  readonly #store: RunStore;
  readonly #isSeen: (run: StoredRun) => boolean;
  readonly #changed = new vscode.EventEmitter<string>();
  readonly #starved = new vscode.EventEmitter<StoredRun>();
  readonly #watch = new TaskWatch();
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;
  #asking: AbortController | undefined;
  #at: { run: string; progress: Progress } | undefined;
  /** The run of which was told that it starves. */
  #told: string | undefined;

  /** Tells the run. */
  readonly onDidChange = this.#changed.event;
  /** Tells, once, of a run of which no task has run for long, because the session has no executor. */
  readonly onDidStarve = this.#starved.event;

  constructor(
    parts: Pick<Parts, 'workbench' | 'session' | 'log'>,
    store: RunStore,
    isSeen: (run: StoredRun) => boolean,
  ) {
    this.#parts = parts;
    this.#store = store;
    this.#isSeen = isSeen;
    this.#stop = store.onChange((change) => {
      if (change.kind === 'run') this.#turn();
    });
  }

  of(runId: string): Progress | undefined {
    return this.#at?.run === runId ? this.#at.progress : undefined;
  }

  dispose(): void {
    this.#end();
    this.#stop();
    this.#changed.dispose();
    this.#starved.dispose();
  }

  /** Asks while a run goes on. */
  #turn(): void {
    if (this.#store.running) this.#timer ??= setTimeout(() => void this.#ask(), everyMs);
    else this.#end();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asking?.abort();
    this.#tell(undefined);
  }

  async #ask(): Promise<void> {
    const { session, workbench, log } = this.#parts;
    const run = this.#store.running;
    const applicationId = session.facts?.applicationId;
    if (run && applicationId !== undefined && session.hasOpen(run.id) && this.#isSeen(run)) {
      const asking = new AbortController();
      this.#asking = asking;
      try {
        const spark = await workbench.spark();
        const stages = await spark.stages(applicationId, { status: 'active', signal: asking.signal });
        if (!asking.signal.aborted) {
          const waitedMs = this.#watch.waitedMs(run.id, stages, performance.now());
          this.#tell({ run: run.id, progress: progressOf(applicationId, stages, waitedMs) });
          if (waitedMs >= starvedMs) this.#tellStarved(run);
        }
      } catch (error) {
        // A driver that is busy answers late, and one that is gone not at all: its session says so.
        log.debug(`session: stages: ${String(error)}`);
      }
      if (asking.signal.aborted) return;
    } else this.#watch.reset();
    this.#timer = undefined;
    this.#turn();
  }

  #tellStarved(run: StoredRun): void {
    if (run.id === this.#told) return;
    this.#told = run.id;
    this.#starved.fire(run);
  }

  #tell(at: { run: string; progress: Progress | undefined } | undefined): void {
    const before = this.#at;
    this.#at = at?.progress && { run: at.run, progress: at.progress };
    if (JSON.stringify(before) === JSON.stringify(this.#at)) return;
    const run = this.#at?.run ?? before?.run;
    if (run !== undefined) this.#changed.fire(run);
  }
}

function progressOf(
  applicationId: string,
  stages: readonly {
    stageId: number;
    name: string;
    numTasks: number;
    numCompleteTasks: number;
    numActiveTasks: number;
    numFailedTasks: number;
  }[],
  waitedMs: number,
): Progress | undefined {
  if (stages.length === 0) return undefined;
  const active = stages
    .map((stage) => ({
      id: stage.stageId,
      name: stage.name,
      tasks: stage.numTasks,
      tasksDone: stage.numCompleteTasks,
      tasksActive: stage.numActiveTasks,
      tasksFailed: stage.numFailedTasks,
    }))
    .sort((a, b) => a.id - b.id);
  const progress: StageProgress = {
    applicationId,
    active,
    tasks: active.reduce((sum, { tasks }) => sum + tasks, 0),
    tasksDone: active.reduce((sum, { tasksDone }) => sum + tasksDone, 0),
  };
  const told = runProgress({
    state: { phase: 'running', message: '', runId: '' },
    stages: progress,
    events: [],
  });
  return told && waitedMs >= waitingMs
    ? { message: vscode.l10n.t('{0} waits for an executor', told.message) }
    : told;
}
