import * as vscode from 'vscode';
import { sleep } from '../../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../../base/errors.ts';
import {
  isRunning,
  type Engine,
  type ServiceStats,
  type ServiceStatus,
  type StackEvent,
} from '../../stack/engine.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { readSetting } from '../connection/settings.ts';
import type { Errors } from '../ui/errors.ts';
import { identityOf, isWell, phaseOf, servesLakeAndSpark, type StackPhase } from './stackPhase.ts';

export type { StackPhase } from './stackPhase.ts';

const askTimeoutMs = 30_000;
/** Between two tries to reach a lost engine. */
const retryMs = { first: 2_000, most: 30_000 };

/**
 * What is known of the stack, for all views of the window: one watch of the engine's events, which runs only while
 * somebody holds it.
 */
export class StackWatch implements vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #errors: Errors;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #phaseChanged = new vscode.EventEmitter<void>();
  /** The phase is another one; `onDidChange` tells that, too. */
  readonly onDidChangePhase = this.#phaseChanged.event;
  readonly #listening: { dispose(): unknown }[];
  #folderWatcher: vscode.Disposable | undefined;
  /** As the engine last told it; undefined before it was asked. */
  status: readonly ServiceStatus[] | undefined;
  phase: StackPhase = 'unknown';
  /** Why the engine could not be asked. */
  error: unknown;
  /** The engine that was asked last. */
  engineName: Engine['name'] | undefined;
  /** Whether the folder has, or had, a stack; undefined before it was looked for. */
  wasStarted: boolean | undefined;
  /** The last step of each service in what this window does. */
  readonly steps = new Map<string, StackEvent>();
  #own: 'starting' | 'stopping' | undefined;
  #holders = 0;
  #watching: AbortController | undefined;
  #asking: Promise<void> | undefined;
  /** Answers to questions of an earlier one are dropped. */
  #generation = 0;
  #identity: string | undefined;
  #context = '';

  constructor(workbench: ActiveWorkbench, errors: Errors) {
    this.#workbench = workbench;
    this.#errors = errors;
    this.#listening = [
      this.#changed,
      this.#phaseChanged,
      workbench.onDidChange(() => {
        this.#watchFolder();
        this.watchAnew();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused && !this.#watching) void this.refresh();
      }),
    ];
    this.#watchFolder();
    // After activation: whoever listens is there by then.
    queueMicrotask(() => void this.refresh());
  }

  /** HDFS and Spark answer, as far as their health checks tell; of a remote cluster it is assumed. */
  get isUp(): boolean {
    return this.#workbench.isRemote ? this.#workbench.isUsable : servesLakeAndSpark(this.status ?? []);
  }

  get isRunning(): boolean {
    return this.#workbench.isRemote ? this.#workbench.isUsable : (this.status ?? []).some(isRunning);
  }

  /** Whether the shop's database, which the simulator writes to, runs. */
  get isDatabaseUp(): boolean {
    const { isRemote, isUsable, name, folder } = this.#workbench;
    if (isRemote) {
      if (!isUsable) return false;
      try {
        const profile = readSetting('connections', folder).find((one) => one.name === name);
        return profile?.postgres !== undefined;
      } catch {
        // What is wrong with the setting is told where it is used.
        return false;
      }
    }
    // A connection to containers needs those of the lake and of Spark.
    if (this.engineName === 'docker' && !this.isUp) return false;
    return (this.status ?? []).some((row) => row.service === 'postgres' && isRunning(row) && isWell(row));
  }

  /** Whether this window or another one starts or stops it. */
  get isBusy(): boolean {
    return this.phase === 'starting' || this.phase === 'stopping';
  }

  /** Keeps the watch running until it is disposed: for a view that is visible, or a task under way. */
  hold(): vscode.Disposable {
    this.#holders += 1;
    if (!this.#watching) this.#watch();
    let isHeld = true;
    return new vscode.Disposable(() => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders -= 1;
      if (this.#holders === 0) this.#unwatch();
    });
  }

  /** Asks once, now. Never rejects: see `error`. */
  refresh(): Promise<void> {
    if (!this.#asking) {
      const asking = this.#ask().finally(() => {
        if (this.#asking === asking) this.#asking = undefined;
      });
      this.#asking = asking;
    }
    return this.#asking;
  }

  /**
   * Runs what starts or stops the stack; the views show it as that. Throws `conflict` while another one of this window
   * does. Afterwards all that was connected to the stack connects anew.
   */
  async during<T>(
    phase: 'starting' | 'stopping',
    work: (onEvent: (event: StackEvent) => void) => Promise<T>,
  ): Promise<T> {
    if (this.#own) {
      throw new WorkbenchError(
        'conflict',
        this.#own === 'starting'
          ? vscode.l10n.t('The stack is being started: wait until it is up, or cancel that.')
          : vscode.l10n.t('The stack is being stopped: wait until it is.'),
      );
    }
    this.#own = phase;
    this.#tell();
    try {
      return await this.operate(work);
    } finally {
      this.#own = undefined;
      this.#identity = undefined;
      this.#workbench.reconnect();
      await this.refresh();
    }
  }

  /** Runs what changes single services; meanwhile the views show its steps. */
  async operate<T>(work: (onEvent: (event: StackEvent) => void) => Promise<T>): Promise<T> {
    const held = this.hold();
    const touched = new Set<string>();
    try {
      return await work((event) => {
        if (event.service !== undefined) {
          touched.add(event.service);
          this.steps.set(event.service, event);
        }
        this.#changed.fire();
      });
    } finally {
      for (const service of touched) this.steps.delete(service);
      await this.refresh();
      held.dispose();
    }
  }

  /** Looks again which engine runs the stack, and watches that. */
  watchAnew(): void {
    this.#generation += 1;
    this.wasStarted = undefined;
    this.#asking = undefined;
    this.#unwatch();
    if (this.#holders > 0) this.#watch();
    void this.refresh();
  }

  /** What each replica uses, until the signal is aborted. */
  async *stats(signal: AbortSignal): AsyncIterable<ServiceStats> {
    yield* (await this.#workbench.engine()).stats({ signal });
  }

  dispose(): void {
    this.#unwatch();
    this.#folderWatcher?.dispose();
    for (const one of this.#listening) one.dispose();
  }

  /** A start from the command line writes the engine's name there. */
  #watchFolder(): void {
    this.#folderWatcher?.dispose();
    this.#folderWatcher = undefined;
    const { folder, isRemote } = this.#workbench;
    if (!folder || isRemote) return;
    const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(folder.uri, '.medallion'), 'engine.json');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const changed = (): void => this.watchAnew();
    this.#folderWatcher = vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(changed),
      watcher.onDidChange(changed),
      watcher.onDidDelete(changed),
    );
  }

  async #findStack(): Promise<boolean> {
    const { folder } = this.#workbench;
    if (!folder) return false;
    try {
      await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, '.medallion', 'engine.json'));
      return true;
    } catch {
      return false;
    }
  }

  /** Whether there is something to ask; says so itself where there is not. */
  async #mayAsk(): Promise<boolean> {
    const { isRemote, isUsable } = this.#workbench;
    if (isUsable && !isRemote && this.wasStarted !== true) this.wasStarted = await this.#findStack();
    if (isUsable && !isRemote && this.wasStarted) return true;
    this.status = undefined;
    this.error = undefined;
    this.engineName = undefined;
    this.#tell();
    return false;
  }

  async #ask(): Promise<void> {
    const generation = this.#generation;
    if (!(await this.#mayAsk())) return;
    const late = AbortSignal.timeout(askTimeoutMs);
    try {
      const engine = await this.#workbench.engine();
      const status = await engine.status({ signal: late });
      if (generation === this.#generation) this.#learn(engine, status);
    } catch (error) {
      if (generation !== this.#generation) return;
      const seconds = askTimeoutMs / 1000;
      this.#lost(
        late.aborted
          ? new WorkbenchError(
              'timeout',
              vscode.l10n.t('The services did not tell their state within {0} s.', seconds),
              { cause: error },
            )
          : error,
      );
    }
  }

  #watch(): void {
    const controller = new AbortController();
    this.#watching = controller;
    void this.#follow(controller.signal);
  }

  #unwatch(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let pauseMs = retryMs.first;
    // Nothing to watch before the first start: that, or the file that it writes, begins the watch.
    if (!(await this.#mayAsk())) return;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      try {
        const engine = await this.#workbench.engine();
        for await (const status of engine.watch({ signal })) {
          if (isOver()) return;
          pauseMs = retryMs.first;
          this.#learn(engine, status);
        }
      } catch (error) {
        if (isOver()) return;
        this.#lost(error);
      }
      await sleep(pauseMs, signal).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, retryMs.most);
    }
  }

  #learn(engine: Engine, status: readonly ServiceStatus[]): void {
    this.status = status;
    this.error = undefined;
    this.engineName = engine.name;
    const before = this.#identity;
    const now = servesLakeAndSpark(status) ? identityOf(status) : undefined;
    if (now !== undefined) this.#identity = now;
    this.#tell();
    // Started anew by somebody else: it may have other ports and keys.
    if (before !== undefined && now !== undefined && now !== before && !this.#own)
      this.#workbench.reconnect();
  }

  #lost(error: unknown): void {
    if (isWorkbenchError(error, 'cancelled')) return;
    if (this.error === undefined) this.#errors.note(error, 'stack');
    this.error = error;
    this.status = undefined;
    this.#tell();
  }

  #tell(): void {
    const before = this.phase;
    this.phase = this.#phase();
    const context = JSON.stringify([this.isUp, this.isDatabaseUp, this.isRunning, this.isBusy]);
    if (context !== this.#context) {
      this.#context = context;
      const set = (key: string, value: boolean): void =>
        void vscode.commands.executeCommand('setContext', `medallion.${key}`, value);
      set('stackUp', this.isUp);
      set('databaseUp', this.isDatabaseUp);
      set('stackRunning', this.isRunning);
      set('stackBusy', this.isBusy);
    }
    this.#changed.fire();
    if (this.phase !== before) this.#phaseChanged.fire();
  }

  #phase(): StackPhase {
    if (this.#own) return this.#own;
    if (this.#workbench.isRemote) return this.#workbench.isUsable ? 'up' : 'unknown';
    if (this.status) return phaseOf(this.status);
    return this.wasStarted === false && this.#workbench.isUsable ? 'stopped' : 'unknown';
  }
}
