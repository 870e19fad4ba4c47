import * as vscode from 'vscode';
import { describeError, isWorkbenchError } from '../../base/errors.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import type { StackWatch } from '../stack/stackWatch.ts';
import type { Errors } from '../ui/errors.ts';
import type { JobRun, JobRuns } from './jobRuns.ts';
import { PastRuns } from './pastRuns.ts';
import { factsOfRecord, factsOfRun, inOrder, type RunFacts } from './runFacts.ts';

const lookPauseMs = 5_000;
/** "2 min ago" is told anew this often. */
const agePauseMs = 60_000;
/** What a running job reports is shown at most this often. */
const calmMs = 200;

/**
 * All runs that there are to show: those of this window as they go, those of others from the lake. Nothing is asked
 * while nobody looks.
 */
export class JobList implements vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #stack: StackWatch;
  readonly #runs: JobRuns;
  readonly #errors: Errors;
  readonly #past: PastRuns;
  readonly #changed = new vscode.EventEmitter<string | undefined>();
  readonly #listening: { dispose(): unknown }[];
  readonly #news = new Set<string>();
  #shape = '';
  #newsTimer: NodeJS.Timeout | undefined;
  #clock: NodeJS.Timeout | undefined;
  #reading: AbortController | undefined;
  #readingDone: Promise<void> = Promise.resolve();
  #lookedAtMs = 0;
  #toldAtMs = 0;
  #isVisible = false;
  #isRead = false;
  #hasHistory = false;
  #error: unknown;
  #noted = '';

  /** A run has changed, by its id; without one, the list has. */
  readonly onDidChange = this.#changed.event;

  constructor(workbench: ActiveWorkbench, stack: StackWatch, runs: JobRuns, errors: Errors) {
    this.#workbench = workbench;
    this.#stack = stack;
    this.#runs = runs;
    this.#errors = errors;
    this.#past = new PastRuns(() => workbench.jobParts());
    this.#listening = [
      this.#changed,
      runs.onDidChange((run) => this.#hear(run)),
      workbench.onDidChange(() => this.#startAgain()),
      stack.onDidChangePhase(() => {
        this.#isRead = false;
        this.#changed.fire(undefined);
      }),
    ];
  }

  /** The runs that are known now; asks nothing. */
  get all(): RunFacts[] {
    return inOrder([
      ...this.#runs.all.map((run) => this.#factsOf(run)),
      ...this.#past.records.map((record) => factsOfRecord(record, this.#past.stateOf(record.runId))),
    ]);
  }

  get hasMore(): boolean {
    return this.#past.hasMore;
  }

  /** Why the runs of the lake could not be read. */
  get error(): unknown {
    return this.#error;
  }

  /** Whether the connection has a history server. */
  get hasHistory(): boolean {
    return this.#hasHistory;
  }

  find(runId: string): RunFacts | undefined {
    const run = this.#runs.find(runId);
    if (run) return this.#factsOf(run);
    const record = this.#past.find(runId);
    return record && factsOfRecord(record, this.#past.stateOf(runId));
  }

  /** Whether somebody looks: only then is the lake read and the time told. */
  show(isVisible: boolean): void {
    if (this.#isVisible === isVisible) return;
    this.#isVisible = isVisible;
    clearInterval(this.#clock);
    if (!isVisible) return;
    this.#clock = setInterval(() => this.#tick(), 1_000);
    // What happened meanwhile.
    this.#isRead = false;
    this.#changed.fire(undefined);
  }

  /** Reads the lake if that has not been done; the list may be asked before. */
  async ready(): Promise<void> {
    if (!this.#isRead) await this.refresh();
  }

  async refresh(): Promise<void> {
    await this.#read((signal) => this.#past.load(this.#followed(), signal));
  }

  /** Reads the lake and shows it: what a person asks for. */
  async refreshNow(): Promise<void> {
    await this.refresh();
    this.#changed.fire(undefined);
  }

  async loadMore(): Promise<void> {
    await this.#read((signal) => this.#past.loadMore(this.#followed(), signal));
    this.#changed.fire(undefined);
  }

  dispose(): void {
    clearInterval(this.#clock);
    clearTimeout(this.#newsTimer);
    this.#reading?.abort();
    for (const one of this.#listening) one.dispose();
  }

  #factsOf(run: JobRun): RunFacts {
    const { runId, error, result } = run;
    const record = this.#past.find(runId);
    if (error === undefined || result) {
      const facts = factsOfRun(run);
      // This window may have found it after its start.
      return record ? { ...facts, startedAt: new Date(record.startedAt) } : facts;
    }
    if (!record) return factsOfRun(run, describeError(error));
    // It could not be followed any more: its record knows better what became of it.
    return { message: describeError(error), ...factsOfRecord(record, this.#past.stateOf(runId)) };
  }

  #followed(): Set<string> {
    return new Set(this.#runs.running.map(({ runId }) => runId));
  }

  /** Whether there is something to read: a stack that does not run has a welcome text instead of an error. */
  get #mayRead(): boolean {
    const { isUsable, isRemote } = this.#workbench;
    if (!isUsable) return false;
    return isRemote || !['stopped', 'starting', 'stopping'].includes(this.#stack.phase);
  }

  /** One reading at a time; a failure is kept, to be shown as a row. */
  async #read(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const before = this.#readingDone;
    const mine = (async () => {
      await before;
      this.#isRead = true;
      this.#lookedAtMs = Date.now();
      if (!this.#mayRead) {
        this.#past.clear();
        this.#error = undefined;
        return;
      }
      const reading = new AbortController();
      this.#reading = reading;
      try {
        const { spark } = await this.#workbench.connection();
        this.#hasHistory = spark.history !== undefined;
        await work(reading.signal);
        this.#error = undefined;
        this.#noted = '';
      } catch (error) {
        if (reading.signal.aborted) return;
        this.#keep(error);
      } finally {
        this.#lookedAtMs = Date.now();
      }
    })();
    this.#readingDone = mine;
    await mine;
  }

  #keep(error: unknown): void {
    // Not asked yet whether the stack runs at all: the welcome text tells.
    const early = this.#stack.phase === 'unknown' && this.#stack.error === undefined;
    const isDown = early && !this.#workbench.isRemote && isWorkbenchError(error, 'unreachable', 'not-found');
    this.#error = isDown ? undefined : error;
    const text = describeError(error);
    if (isDown || text === this.#noted) return;
    this.#noted = text;
    this.#errors.note(error, 'jobs');
  }

  #startAgain(): void {
    this.#reading?.abort();
    this.#past.clear();
    this.#isRead = false;
    this.#error = undefined;
    this.#changed.fire(undefined);
  }

  #hear(run: JobRun): void {
    if (run.result !== undefined || run.error !== undefined) this.#past.forget(run.runId);
    this.#news.add(run.runId);
    if (!this.#isVisible) return;
    this.#newsTimer ??= setTimeout(() => this.#tell(), calmMs);
  }

  #tell(): void {
    this.#newsTimer = undefined;
    const changed = [...this.#news];
    this.#news.clear();
    const shape = this.all.map(({ runId, state, isFollowed }) => `${runId} ${state} ${isFollowed}`).join();
    if (shape === this.#shape) for (const runId of changed) this.#changed.fire(runId);
    // One that has begun or ended has another place in the list.
    else this.#changed.fire(undefined);
    this.#shape = shape;
  }

  #tick(): void {
    const nowMs = Date.now();
    const isAgeOld = nowMs - this.#toldAtMs > agePauseMs;
    if (isAgeOld) this.#toldAtMs = nowMs;
    for (const { runId, state } of this.all) if (isAgeOld || state === 'RUNNING') this.#changed.fire(runId);
    if (nowMs - this.#lookedAtMs < lookPauseMs || !vscode.window.state.focused || !this.#mayRead) return;
    this.#lookedAtMs = Number.POSITIVE_INFINITY;
    const hadError = this.#error !== undefined;
    let hasNews = false;
    void this.#read(async (signal) => {
      hasNews = await this.#past.look(this.#followed(), signal);
    }).then(() => {
      if (hasNews || hadError !== (this.#error !== undefined)) this.#changed.fire(undefined);
    });
  }
}
