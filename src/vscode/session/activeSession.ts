import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type {
  CodePlace,
  RunEvent,
  RunRequest,
  RunUpdate,
  SessionFacts,
  SessionMemory,
  SessionRun,
  SessionState,
  WarmSession,
} from '../../session/sessionTypes.ts';
import { requireStack } from '../jobs/requireStack.ts';
import type { Parts } from '../parts.ts';
import { withProgress } from '../ui/progress.ts';
import { openSession, requireServer } from './openSession.ts';
import { sessionProperties } from './sessionProperties.ts';
import type { SessionStore } from './sessionStore.ts';
import { progressSentence } from './sessionTexts.ts';

/** To find a kernel that runs, and to read what it has said meanwhile. */
const attachTimeoutMs = 60_000;
const shortTimeoutMs = 20_000;
/** Output is kept at most this long after it came, and so is the place to go on from. */
const saveMs = 2_000;
/** The session asks its kernel for facts by itself; so often is looked what it has. */
const factsMs = 5_000;

/** The session of the open folder and the chosen connection; all of the window share it. */
export class ActiveSession implements vscode.Disposable {
  readonly #parts: Pick<Parts, 'workbench' | 'stack' | 'errors' | 'log'>;
  readonly #store: SessionStore;
  readonly #stateChanged = new vscode.EventEmitter<SessionState>();
  readonly #factsChanged = new vscode.EventEmitter<void>();
  readonly #run = new vscode.EventEmitter<RunUpdate>();
  readonly #died = new vscode.EventEmitter<string>();
  readonly #listening: { dispose(): unknown }[];
  /** Of the connection: what was begun for an earlier one is dropped. */
  #life = new AbortController();
  #session: WarmSession | undefined;
  #opening: Promise<WarmSession> | undefined;
  #starting: Promise<WarmSession> | undefined;
  #attaching: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;
  /** Ends the listening to the session. */
  #unfollow: (() => void) | undefined;
  /** Of the connection that the session is on. */
  #authority: string | undefined;
  /** That the session was made with. */
  #settings: string | undefined;
  #state: SessionState = { phase: 'none' };
  /** As `when` clauses know it. */
  #toldPhase: string | undefined;
  #saving: NodeJS.Timeout | undefined;
  /** As it was last kept. */
  #memory: SessionMemory | undefined;
  /** Runs whose end nobody here has been told of. */
  readonly #openRuns = new Set<string>();
  #watching: NodeJS.Timeout | undefined;
  #toldFacts: SessionFacts | undefined;
  #held: vscode.Disposable | undefined;

  readonly onDidChangeState = this.#stateChanged.event;
  /** `facts` is another one. */
  readonly onDidChangeFacts = this.#factsChanged.event;
  /** All that happens to runs, those of other clients of the kernel included. */
  readonly onRunEvent = this.#run.event;
  /** The kernel is gone though nobody here ended it; tells why. */
  readonly onDidDie = this.#died.event;

  constructor(parts: Pick<Parts, 'workbench' | 'stack' | 'errors' | 'log'>, store: SessionStore) {
    this.#parts = parts;
    this.#store = store;
    const { workbench, stack } = parts;
    this.#listening = [
      this.#stateChanged,
      this.#factsChanged,
      this.#run,
      this.#died,
      workbench.onDidChange(() => void this.#connectAnew()),
      stack.onDidChangePhase(() => this.#stackChanged()),
    ];
    this.#tell(this.#state);
  }

  get state(): SessionState {
    return this.#state;
  }

  get facts(): SessionFacts | undefined {
    return this.#session?.facts;
  }

  /** The session, while its kernel is there and answers. */
  current(): WarmSession | undefined {
    return this.#state.phase === 'idle' || this.#state.phase === 'busy' ? this.#session : undefined;
  }

  /**
   * The session, which is attached to or started where it does not run; the person sees that and can cancel it. Throws
   * `denied` in an untrusted folder, `not-found` where the connection has no server for it, `cancelled`.
   */
  ensure(): Promise<WarmSession> {
    const running = this.current();
    if (running) return Promise.resolve(running);
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Queues code in a session that `ensure` gave; its updates come to `onRunEvent`. */
  run(session: WarmSession, request: RunRequest): SessionRun {
    const run = session.run(request);
    this.#openRuns.add(run.id);
    this.#store.begin(run.id, request);
    return run;
  }

  /** What a run is called; undefined where nothing is known of it. */
  titleOf(runId: string): string | undefined {
    return this.#store.get(runId)?.title;
  }

  /** Where the code of a run stands; undefined for code from elsewhere. */
  placeOf(runId: string): CodePlace | undefined {
    return this.#store.get(runId)?.place;
  }

  /** What has happened to a run, as far as it is kept, from its begin on and also in earlier windows. */
  eventsOf(runId: string): readonly RunEvent[] {
    return this.#store.eventsOf(runId);
  }

  /** Finds the kernel that an earlier window has left, without starting one. Never rejects. */
  attach(): Promise<void> {
    if (this.#starting || this.current()) return Promise.resolve();
    this.#attaching ??= this.#attach(this.#life.signal).finally(() => {
      this.#attaching = undefined;
    });
    return this.#attaching;
  }

  /** Stops the running cell; the kernel and its variables stay. Throws `conflict` where nothing runs. */
  async interrupt(): Promise<void> {
    const session = this.current();
    if (!session) throw new WorkbenchError('conflict', vscode.l10n.t('No session runs.'));
    await session.interrupt(AbortSignal.timeout(shortTimeoutMs));
  }

  /** A new kernel: all variables are gone. */
  async restart(): Promise<void> {
    if (!this.#session || !isLive(this.#state)) {
      await this.ensure();
      return;
    }
    const session = await this.#openAnew();
    await this.#progress(vscode.l10n.t('Restarting the session'), (options) => session.restart(options));
    this.#saveSoon();
  }

  /** Ends the kernel and its application. */
  async stop(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    await session.shutdown(AbortSignal.timeout(shortTimeoutMs));
    await this.#leave({ phase: 'none' });
    await this.#lose();
  }

  /** To be awaited before the window goes: what has arrived is kept, and the kernel goes on. */
  close(): Promise<void> {
    return this.#leave({ phase: 'none' });
  }

  dispose(): void {
    void this.close();
    for (const one of this.#listening) one.dispose();
  }

  async #start(): Promise<WarmSession> {
    const { workbench, stack } = this.#parts;
    const question = vscode.l10n.t('A session runs on Spark, which does not run. Start the stack first?');
    if (!(await requireStack({ workbench, stack }, question)))
      throw new WorkbenchError('cancelled', 'Cancelled.');
    await this.#attaching;
    const running = this.current();
    if (running) return running;
    await requireServer(workbench);
    const session = await this.#openAnew();
    await this.#progress(vscode.l10n.t('Starting the session'), (options) => session.start(options));
    this.#saveSoon();
    return session;
  }

  async #attach(signal: AbortSignal): Promise<void> {
    const { workbench, stack, errors } = this.#parts;
    const isOver = (): boolean => signal.aborted;
    try {
      if (!workbench.isUsable) return;
      const memory = await this.#restore();
      if (!memory) return;
      if (!stack.isUp) await stack.refresh();
      if (isOver() || !stack.isUp) return;
      if (!(await workbench.connection()).session) return;
      const session = await this.#open();
      const found = await session.attach(AbortSignal.any([signal, AbortSignal.timeout(attachTimeoutMs)]));
      if (!found && !isOver()) await this.#lose();
    } catch (error) {
      if (!isOver()) errors.note(error, 'session');
    }
  }

  /** Where the settings that a kernel begins with have changed, another object that has them. */
  async #openAnew(): Promise<WarmSession> {
    const isOutdated = this.#settings !== settingsOf(this.#parts.workbench);
    if (this.#session && isOutdated) await this.#leave(this.#state);
    return this.#open();
  }

  #open(): Promise<WarmSession> {
    const { signal } = this.#life;
    this.#opening ??= this.#make(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #make(signal: AbortSignal): Promise<WarmSession> {
    await this.#leaving;
    const session = await openSession(this.#parts.workbench, await this.#restore());
    if (signal.aborted) {
      await session.close();
      throw new WorkbenchError('cancelled', 'Cancelled.');
    }
    this.#session = session;
    this.#authority = this.#parts.workbench.authority;
    this.#settings = settingsOf(this.#parts.workbench);
    const stops = [
      session.onState((state) => {
        if (this.#session !== session) return;
        this.#tell(state);
        if (state.phase === 'dead') void this.#lose();
      }),
      session.onRun((update) => this.#deliver(update)),
    ];
    this.#unfollow = () => {
      for (const stop of stops) stop();
    };
    return session;
  }

  async #progress(
    title: string,
    run: (options: { signal: AbortSignal; onProgress: (message: string) => void }) => Promise<void>,
  ): Promise<void> {
    const life = this.#life.signal;
    await withProgress(title, (onProgress, signal) =>
      run({
        signal: AbortSignal.any([signal, life]),
        onProgress: (message) => onProgress({ message: progressSentence(message) }),
      }),
    );
  }

  #deliver(update: RunUpdate): void {
    if (update.event.kind === 'end') this.#openRuns.delete(update.runId);
    else this.#openRuns.add(update.runId);
    this.#store.add(update);
    this.#run.fire(update);
    this.#saveSoon();
  }

  #tell(state: SessionState): void {
    const before = this.#state.phase;
    this.#state = state;
    const { phase } = state;
    this.#watch(isLive(state));
    if (phase !== this.#toldPhase)
      void vscode.commands.executeCommand('setContext', 'medallion.sessionPhase', phase);
    this.#toldPhase = phase;
    this.#stateChanged.fire(state);
    // Who stops the stack knows what that ends.
    const isMeant = ['stopping', 'stopped'].includes(this.#parts.stack.phase);
    if (state.phase === 'dead' && before !== 'dead' && !isMeant) this.#died.fire(state.reason);
  }

  /** While there is a session: a stack that is stopped or started anew takes it along. */
  #watch(isLive: boolean): void {
    if (!isLive) {
      this.#held?.dispose();
      this.#held = undefined;
      clearInterval(this.#watching);
      this.#watching = undefined;
      return;
    }
    this.#held ??= this.#parts.stack.hold();
    this.#watching ??= setInterval(() => this.#tellFacts(), factsMs);
    this.#tellFacts();
  }

  #tellFacts(): void {
    const { facts } = this;
    if (facts === this.#toldFacts) return;
    this.#toldFacts = facts;
    this.#factsChanged.fire();
  }

  #saveSoon(): void {
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#save(this.#session).catch((error: unknown) => this.#parts.errors.note(error, 'session'));
    }, saveMs);
  }

  async #save(session: WarmSession | undefined): Promise<void> {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const memory = session?.memory();
    if (memory) await this.#keep(memory);
  }

  /** What is to be gone on from. */
  async #restore(): Promise<SessionMemory | undefined> {
    if (!this.#memory) {
      this.#memory = await this.#store.restore();
      for (const runId of this.#memory?.openRuns ?? []) this.#openRuns.add(runId);
    }
    return this.#memory;
  }

  async #keep(memory: SessionMemory): Promise<void> {
    this.#memory = memory;
    await this.#store.save(memory);
  }

  /** Another connection, or a stack that was started anew: the kernel of before is looked for once more. */
  async #connectAnew(): Promise<void> {
    const isSame = this.#authority === this.#parts.workbench.authority;
    const isLost = isSame && isLive(this.#state) && this.#state.phase !== 'starting';
    const reason = vscode.l10n.t('The stack was started anew.');
    if (isLost) await this.#leave({ phase: 'disconnected', reason });
    else await this.#leave(isSame && this.#state.phase === 'dead' ? this.#state : { phase: 'none' });
    await this.attach();
    if (this.#starting || this.current()) return;
    await this.#lose();
    if (isLost) this.#tell({ phase: 'dead', reason });
  }

  #stackChanged(): void {
    const { phase } = this.#parts.stack;
    if (phase === 'stopped' && isLive(this.#state)) {
      const dead: SessionState = { phase: 'dead', reason: vscode.l10n.t('The stack was stopped.') };
      void this.#leave(dead).then(() => this.#lose());
    }
    if (phase === 'up' && !this.#session) void this.attach();
  }

  /** The kernel is gone: the runs that it had not ended say so. Never rejects. */
  async #lose(): Promise<void> {
    for (const runId of this.#openRuns) this.#deliver({ runId, event: { kind: 'end', end: 'lost' } });
    if (!this.#memory) return;
    const { format, kernelId, incarnation, lastSeq } = this.#memory;
    await this.#keep({ format, kernelId, incarnation, lastSeq, openRuns: [] }).catch((error: unknown) =>
      this.#parts.errors.note(error, 'session'),
    );
  }

  /** Lets go of the session's object; the kernel may go on. */
  #leave(state: SessionState): Promise<void> {
    const session = this.#session;
    const unfollow = this.#unfollow;
    this.#life.abort();
    this.#life = new AbortController();
    this.#session = undefined;
    this.#unfollow = undefined;
    this.#opening = undefined;
    this.#attaching = undefined;
    this.#tell(state);
    this.#leaving = this.#letGo(session).finally(unfollow);
    return this.#leaving;
  }

  /** What has arrived is told and kept. Never rejects. */
  async #letGo(session: WarmSession | undefined): Promise<void> {
    const note = (error: unknown): void => this.#parts.errors.note(error, 'session');
    await session?.close().catch(note);
    await this.#save(session).catch(note);
  }
}

function settingsOf({ folder }: Parts['workbench']): string {
  return JSON.stringify(sessionProperties(folder));
}

function isLive({ phase }: SessionState): boolean {
  return phase !== 'none' && phase !== 'dead';
}
