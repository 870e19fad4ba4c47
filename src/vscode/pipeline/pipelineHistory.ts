import * as vscode from 'vscode';
import type { PipelineRun } from '../../pipeline/history.ts';
import type { JobRun } from '../jobs/jobRuns.ts';
import type { Parts } from '../parts.ts';
import { courseOf, type PipelineCourse } from './pipelineRuns.ts';

/** Enough for each step's last result; older runs are in the Jobs view. */
const maxRuns = 10;
const lookPauseMs = 5_000;
/** Stages change often: what is shown follows at this pace. */
const calmMs = 300;

interface Known {
  records: readonly PipelineRun[];
  /** Undefined: to be read again. */
  readAtMs: number | undefined;
  reading: Promise<void> | undefined;
}

/**
 * The runs of pipelines, by the pipelines' names: those of this window as they go, those of others from the lake, which
 * is read only when somebody asks, and again while a run of another window goes on and somebody looks.
 */
export class PipelineHistory implements vscode.Disposable {
  readonly #parts: Pick<Parts, 'workbench' | 'stack' | 'runs' | 'errors'>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #listening: { dispose(): unknown }[];
  readonly #known = new Map<string, Known>();
  readonly #isShown: () => boolean;
  readonly #clock: NodeJS.Timeout;
  #telling: NodeJS.Timeout | undefined;
  #noted = '';

  /** `isShown`: whether somebody looks. */
  constructor(parts: Pick<Parts, 'workbench' | 'stack' | 'runs' | 'errors'>, isShown: () => boolean) {
    const { workbench, stack, runs } = parts;
    this.#parts = parts;
    this.#isShown = isShown;
    this.#listening = [
      this.#changed,
      runs.onDidChange((run) => this.#hear(run)),
      workbench.onDidChange(() => this.#forget(true)),
      stack.onDidChangePhase(() => this.#forget(false)),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused && this.#isShown()) this.#forget(false);
      }),
    ];
    this.#clock = setInterval(() => this.#look(), lookPauseMs);
  }

  /** What is known now of a pipeline's runs; what is missing is read, and told by `onDidChange`. */
  course(name: string): PipelineCourse {
    const known = this.#knownOf(name);
    if (known.readAtMs === undefined) void this.#read(name, known);
    return this.#courseOf(name, known);
  }

  /** The same, once it is read. */
  async read(name: string): Promise<PipelineCourse> {
    const known = this.#knownOf(name);
    if (known.readAtMs === undefined) await this.#read(name, known);
    return this.#courseOf(name, known);
  }

  /** The runs of the lake that are known, latest first. */
  records(name: string): readonly PipelineRun[] {
    return this.#knownOf(name).records;
  }

  /** This window's run of a pipeline that is under way. */
  running(name: string): JobRun | undefined {
    return this.#parts.runs.running.find((run) => run.kind === 'pipeline' && run.name === name);
  }

  dispose(): void {
    clearInterval(this.#clock);
    clearTimeout(this.#telling);
    for (const one of this.#listening) one.dispose();
  }

  #knownOf(name: string): Known {
    let known = this.#known.get(name);
    if (!known) this.#known.set(name, (known = { records: [], readAtMs: undefined, reading: undefined }));
    return known;
  }

  #courseOf(name: string, { records }: Known): PipelineCourse {
    const own = this.#parts.runs.all.filter((run) => run.kind === 'pipeline' && run.name === name);
    return courseOf(own, records);
  }

  /** A stack that does not run is no error here: the Stack view tells. */
  get #mayRead(): boolean {
    const { workbench, stack } = this.#parts;
    if (!workbench.isUsable) return false;
    return workbench.isRemote || !['stopped', 'starting', 'stopping'].includes(stack.phase);
  }

  #read(name: string, known: Known): Promise<void> {
    if (!this.#mayRead) {
      known.readAtMs = Date.now();
      return Promise.resolve();
    }
    known.reading ??= this.#load(name, known).finally(() => {
      known.reading = undefined;
    });
    return known.reading;
  }

  async #load(name: string, known: Known): Promise<void> {
    known.readAtMs = Date.now();
    try {
      const [{ listRuns }, { lake, spark }] = await Promise.all([
        import('../../pipeline/history.ts'),
        this.#parts.workbench.jobParts(),
      ]);
      known.records = await listRuns({ lake, spark }, name, { limit: maxRuns });
      this.#noted = '';
    } catch (error) {
      const text = String(error);
      if (text !== this.#noted) this.#parts.errors.note(error, 'pipeline history');
      this.#noted = text;
      return;
    }
    this.#changed.fire();
  }

  /** `gone`: what was read is another lake's. */
  #forget(gone: boolean): void {
    for (const known of this.#known.values()) {
      known.readAtMs = undefined;
      if (gone) known.records = [];
    }
    this.#changed.fire();
  }

  #hear(run: JobRun): void {
    if (run.kind !== 'pipeline') return;
    const ended = run.result !== undefined || run.error !== undefined;
    const known = this.#known.get(run.name);
    if (ended && known) known.readAtMs = undefined;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#changed.fire();
    }, calmMs);
  }

  /** Runs of other windows and of the command line. */
  #look(): void {
    if (!vscode.window.state.focused || !this.#isShown() || !this.#mayRead) return;
    for (const [name, known] of this.#known) {
      const [last] = known.records;
      if (last?.state === 'RUNNING' && !this.#parts.runs.find(last.runId)) void this.#read(name, known);
    }
  }
}
