import * as vscode from 'vscode';
import { isWorkbenchError } from '../../base/errors.ts';
import type { PipelineRun } from '../../pipeline/history.ts';
import type { PythonFailure } from '../../spark/job.ts';
import type { StageState } from '../../spark/sparkCluster.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { rowItem, runItem, runTooltip } from './jobItems.ts';
import type { JobList } from './jobList.ts';
import { RunRow, type FailureRow, type JobsRow } from './jobRows.ts';
import type { JobRuns } from './jobRuns.ts';
import type { RunFacts } from './runFacts.ts';
import { stepsOf } from './stepFacts.ts';

/** What a running application was asked for is asked again after this, if its row is open. */
const freshMs = 3_000;
/** A person reads no more; the history server shows all. */
const maxStages = 200;

/** The rows of the Jobs view: runs, and below each its steps, failure, stages, log and pages. */
export class JobsTree implements vscode.TreeDataProvider<JobsRow>, vscode.Disposable {
  readonly #list: JobList;
  readonly #runs: JobRuns;
  readonly #workbench: ActiveWorkbench;
  readonly #changed = new vscode.EventEmitter<JobsRow | undefined>();
  readonly #listening: { dispose(): unknown }[];
  /** The same row for the same run, so that the tree can be told of its change. */
  readonly #rows = new Map<string, RunRow>();
  readonly #stages = new Recent<StageState[]>();
  readonly #records = new Recent<PipelineRun | undefined>();

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(list: JobList, runs: JobRuns, workbench: ActiveWorkbench) {
    this.#list = list;
    this.#runs = runs;
    this.#workbench = workbench;
    this.#listening = [
      this.#changed,
      list.onDidChange((runId) =>
        this.#changed.fire(runId === undefined ? undefined : this.#rows.get(runId)),
      ),
      workbench.onDidChange(() => {
        this.#stages.clear();
        this.#records.clear();
      }),
    ];
  }

  getTreeItem(row: JobsRow): vscode.TreeItem {
    const run = 'runId' in row ? this.#list.find(row.runId) : undefined;
    if (row.type !== 'run') return rowItem(row, run);
    // Gone from the list since the tree asked for its rows.
    return run ? runItem(run, this.#list.hasHistory) : new vscode.TreeItem(row.runId);
  }

  /** The tooltip is made when somebody points at the row, not at each tick. */
  resolveTreeItem(item: vscode.TreeItem, row: JobsRow): vscode.TreeItem {
    const run = row.type === 'run' ? this.#list.find(row.runId) : undefined;
    if (run) item.tooltip = runTooltip(run);
    return item;
  }

  getParent(row: JobsRow): JobsRow | undefined {
    return 'runId' in row && row.type !== 'run' ? this.#rows.get(row.runId) : undefined;
  }

  async getChildren(row?: JobsRow): Promise<JobsRow[]> {
    if (!row) return await this.#roots();
    switch (row.type) {
      case 'run':
        return await this.#below(row.runId);
      case 'stages':
        return await this.#stageRows(row.runId, row.applicationId);
      case 'failure':
        return causes(row);
      default:
        return [];
    }
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }

  async #roots(): Promise<JobsRow[]> {
    await this.#list.ready();
    const rows: JobsRow[] = this.#list.all.map(({ runId }) => this.#rowOf(runId));
    const { error } = this.#list;
    if (error !== undefined) rows.push({ type: 'error', error });
    else if (this.#list.hasMore) rows.push({ type: 'more' });
    return rows;
  }

  #rowOf(runId: string): RunRow {
    let row = this.#rows.get(runId);
    if (!row) {
      row = new RunRow(runId);
      this.#rows.set(runId, row);
    }
    return row;
  }

  async #below(runId: string): Promise<JobsRow[]> {
    const run = this.#list.find(runId);
    if (!run) return [];
    const { applicationId } = run;
    const isRunning = run.state === 'RUNNING';
    const rows: JobsRow[] = [];
    if (run.failure) rows.push({ type: 'failure', runId, failure: run.failure, path: [] });
    else if (run.message !== undefined && saysMore(run))
      rows.push({ type: 'message', runId, text: run.message });
    if (run.kind === 'pipeline') rows.push(...(await this.#stepRows(run)));
    if (run.state !== 'UNSENT')
      rows.push({ type: 'log', runId, stream: 'stdout' }, { type: 'log', runId, stream: 'stderr' });
    if (applicationId !== undefined && isRunning) rows.push({ type: 'link', runId, page: 'driver' });
    if (applicationId !== undefined && !isRunning && this.#list.hasHistory)
      rows.push({ type: 'link', runId, page: 'history' });
    if (applicationId !== undefined && (isRunning || this.#list.hasHistory))
      rows.push({ type: 'stages', runId, applicationId });
    return rows;
  }

  async #stepRows(run: RunFacts): Promise<JobsRow[]> {
    const { runId } = run;
    const events = this.#runs.find(runId)?.events ?? [];
    const isOver = run.state !== 'RUNNING';
    try {
      const record = await this.#records.get(`${runId} ${isOver}`, isOver, async () => {
        const [{ readRun }, lake] = await Promise.all([
          import('../../pipeline/history.ts'),
          this.#workbench.lake(),
        ]);
        try {
          // A pipeline's run has the pipeline's name.
          return await readRun({ lake }, run.name, runId);
        } catch (error) {
          // Its driver has not come to write it, or never did.
          if (isWorkbenchError(error, 'not-found')) return undefined;
          throw error;
        }
      });
      return stepsOf(record, events).map((step) => ({ type: 'step', runId, step }));
    } catch (error) {
      const known = stepsOf(undefined, events);
      if (known.length === 0) return [{ type: 'problem', runId, error }];
      return known.map((step) => ({ type: 'step', runId, step }));
    }
  }

  async #stageRows(runId: string, applicationId: string): Promise<JobsRow[]> {
    const ended = this.#list.find(runId)?.state !== 'RUNNING';
    try {
      const stages = await this.#stages.get(`${applicationId} ${ended}`, ended, async () =>
        (await this.#workbench.spark()).stages(applicationId, { ended }),
      );
      return [...stages]
        .sort((a, b) => b.stageId - a.stageId)
        .slice(0, maxStages)
        .map((stage) => ({ type: 'stage', runId, stage }));
    } catch (error) {
      return [{ type: 'problem', runId, error }];
    }
  }
}

function causes({ runId, failure, path }: FailureRow): JobsRow[] {
  return failure.causes.map((cause, i) => ({ type: 'failure', runId, failure: cause, path: [...path, i] }));
}

/** Whether its message is more than its state in other words. */
function saysMore({ state, phase }: RunFacts): boolean {
  if (state === 'RUNNING') return phase !== undefined && phase !== 'running';
  return state !== 'FINISHED' && state !== 'KILLED';
}

/** The failure or the cause that a path of a row names. */
export function failureAt(failure: PythonFailure, path: readonly number[]): PythonFailure | undefined {
  return path.reduce<PythonFailure | undefined>((at, index) => at?.causes[index], failure);
}

/** What was asked of a server a moment ago; what will not change any more is kept. */
class Recent<T> {
  readonly #known = new Map<string, { value: Promise<T>; untilMs: number }>();

  get(key: string, isFinal: boolean, ask: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known && Date.now() < known.untilMs) return known.value;
    const value = ask();
    const entry = { value, untilMs: isFinal ? Number.POSITIVE_INFINITY : Date.now() + freshMs };
    this.#known.set(key, entry);
    // A failure is asked for again: the history server shows an application some seconds after its end.
    value.catch(() => {
      entry.untilMs = 0;
    });
    return value;
  }

  clear(): void {
    this.#known.clear();
  }
}
