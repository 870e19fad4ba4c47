import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type {
  CodePlace,
  RunEvent,
  RunRequest,
  RunUpdate,
  SessionFacts,
  SessionRun,
  SessionState,
  WarmSession,
} from '../../session/sessionTypes.ts';
import { requireStack } from '../jobs/requireStack.ts';
import type { Parts } from '../parts.ts';
import { FactsWatch } from './factsWatch.ts';
import { hasServerEnded, sessionService } from './neededServices.ts';
import { openSession, requireServer, startFallen } from './openSession.ts';
import { SessionMemories } from './sessionMemories.ts';
import { sessionProperties } from './sessionProperties.ts';
import type { SessionStore } from './sessionStore.ts';
import { startProgress } from './startProgress.ts';

/** To find a kernel that runs, and to read what it has said meanwhile. */
const attachTimeoutMs = 60_000;
const shortTimeoutMs = 20_000;
/** Output is kept at most this long after it came, and so is the place to go on from. */
const saveMs = 2_000;

/** The session of the open folder and the chosen connection; all of the window share it. */
export class ActiveSession implements vscode.Disposable {
  readonly #parts: Pick<Parts, 'workbench' | 'stack' | 'errors' | 'log'>;
  readonly #store: SessionStore;
  readonly #memories: SessionMemories;
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
  #leaving: Promise<unknown> = Promise.resolve();
  /** Ends the listening to the session. */
  #unfollow: (() => void) | undefined;
  /** Of the connection that the session is on, or was last. */
  #authority: string;
  /** That the session was made with. */
  #settings: string | undefined;
  #state: SessionState = { phase: 'none' };
  /** As `when` clauses know it. */
  #toldPhase: string | undefined;
  #saving: NodeJS.Timeout | undefined;
  readonly #factsWatch: FactsWatch;

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
    this.#memories = new SessionMemories(store);
    const { workbench, stack } = parts;
    this.#authority = workbench.authority;
    this.#factsWatch = new FactsWatch({
      facts: () => this.facts,
      changed: () => this.#factsChanged.fire(),
      hold: () => stack.hold(),
    });
    this.#listening = [
      this.#stateChanged,
      this.#factsChanged,
      this.#run,
      this.#died,
      workbench.onDidChange(() => void this.#connectAnew()),
      stack.onDidChangePhase(() => this.#stackChanged()),
      stack.onDidChange(() => this.#lookAtServer()),
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
    return this.#startOnce(() => this.#start());
  }

  /** The same; a kernel that has lost its Spark gets another one, and keeps the variables of Python. */
  start(): Promise<WarmSession> {
    return this.facts?.sparkError === undefined ? this.ensure() : this.#startOnce(() => this.#start());
  }

  /** Queues code in a session that `ensure` gave; its updates come to `onRunEvent`. */
  run(session: WarmSession, request: RunRequest): SessionRun {
    const run = session.run(request);
    this.#memories.begin(this.#authority, run.id, request);
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

  /** Whether a run of this connection has not ended yet. */
  hasOpen(runId: string): boolean {
    return this.#memories.openRuns(this.#authority).includes(runId);
  }

  /** Stops the running cell or question; the kernel and its variables stay. Throws `conflict` without a session. */
  async interrupt(): Promise<void> {
    const session = this.current();
    if (!session) throw new WorkbenchError('conflict', vscode.l10n.t('No session runs.'));
    await session.interrupt(AbortSignal.timeout(shortTimeoutMs));
  }

  /** A new kernel: all variables are gone. */
  async restart(): Promise<void> {
    // What is being started may be the kernel that is to go.
    await this.#starting?.catch(() => undefined);
    if (!this.#session || !isLive(this.#state)) {
      await this.ensure();
      return;
    }
    await this.#startOnce(async () => {
      await startFallen(this.#parts);
      const session = await this.#openAnew();
      await startProgress(vscode.l10n.t('Restarting the session'), this.#life.signal, (options) =>
        session.restart(options),
      );
      this.#saveSoon();
      return session;
    });
  }

  /** Ends the kernel and its application. */
  async stop(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    await session.shutdown(AbortSignal.timeout(shortTimeoutMs));
    const authority = this.#authority;
    await this.#leave({ phase: 'none' });
    await this.#lose(authority);
  }

  /** To be awaited before the window goes: what has arrived is kept, and the kernel goes on. */
  async close(): Promise<void> {
    await this.#leave({ phase: 'none' });
  }

  dispose(): void {
    void this.close();
    for (const one of this.#listening) one.dispose();
  }

  /** One start or restart at a time; who asks for another meanwhile gets that one. */
  #startOnce(start: () => Promise<WarmSession>): Promise<WarmSession> {
    this.#starting ??= start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<WarmSession> {
    const { workbench, stack } = this.#parts;
    const question = vscode.l10n.t('A session runs on Spark, which does not run. Start the stack first?');
    if (!(await requireStack({ workbench, stack }, question)))
      throw new WorkbenchError('cancelled', 'Cancelled.');
    await this.#attaching;
    const running = this.current();
    if (running && running.facts?.sparkError === undefined) return running;
    await startFallen({ workbench, stack });
    await requireServer(workbench);
    const session = await this.#openAnew();
    await startProgress(vscode.l10n.t('Starting the session'), this.#life.signal, (options) =>
      session.start(options),
    );
    this.#saveSoon();
    return session;
  }

  async #attach(signal: AbortSignal): Promise<void> {
    const { workbench, stack, errors } = this.#parts;
    const { authority } = workbench;
    const isOver = (): boolean => signal.aborted;
    try {
      if (!workbench.isUsable) return;
      if (!(await this.#memories.restore(authority))) return;
      if (!stack.isUp) await stack.refresh();
      if (isOver()) return;
      if (this.#isServerGone()) return await this.#lose(authority);
      if (!stack.isUp) return;
      if (!(await workbench.connection()).session) return;
      const session = await this.#open();
      const found = await session.attach(AbortSignal.any([signal, AbortSignal.timeout(attachTimeoutMs)]));
      if (!found && !isOver()) await this.#lose(authority);
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
    const { authority } = this.#parts.workbench;
    const session = await openSession(this.#parts.workbench, await this.#memories.restore(authority));
    if (signal.aborted) {
      await session.close();
      throw new WorkbenchError('cancelled', 'Cancelled.');
    }
    this.#session = session;
    this.#authority = authority;
    this.#settings = settingsOf(this.#parts.workbench);
    const stops = [
      session.onState((state) => {
        if (this.#session !== session) return;
        this.#tell(state);
        if (state.phase === 'dead') void this.#lose(authority);
        this.#lookAtServer();
      }),
      session.onRun((update) => this.#deliver(authority, update)),
    ];
    this.#unfollow = () => {
      for (const stop of stops) stop();
    };
    return session;
  }

  #deliver(authority: string, update: RunUpdate): void {
    this.#memories.add(authority, update);
    this.#run.fire(update);
    this.#saveSoon();
  }

  #tell(state: SessionState): void {
    const before = this.#state.phase;
    this.#state = state;
    const { phase } = state;
    this.#factsWatch.turn(isLive(state));
    if (phase !== this.#toldPhase)
      void vscode.commands.executeCommand('setContext', 'medallion.sessionPhase', phase);
    this.#toldPhase = phase;
    this.#stateChanged.fire(state);
    // Who stops the stack knows what that ends.
    const isMeant = ['stopping', 'stopped'].includes(this.#parts.stack.phase);
    if (state.phase === 'dead' && before !== 'dead' && !isMeant) this.#died.fire(state.reason);
  }

  #saveSoon(): void {
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#save(this.#session, this.#authority).catch((error: unknown) =>
        this.#parts.errors.note(error, 'session'),
      );
    }, saveMs);
  }

  async #save(session: WarmSession | undefined, authority: string): Promise<void> {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const memory = session?.memory();
    if (memory) await this.#memories.keep(authority, memory);
  }

  /** Another connection, or a stack that was started anew: the kernel of before is looked for once more. */
  async #connectAnew(): Promise<void> {
    const { authority } = this.#parts.workbench;
    const isSame = this.#authority === authority;
    const isLost = isSame && isLive(this.#state) && this.#state.phase !== 'starting';
    const reason = vscode.l10n.t('The stack was started anew.');
    const next: SessionState = isSame && this.#state.phase === 'dead' ? this.#state : { phase: 'none' };
    const left = this.#leave(isLost ? { phase: 'disconnected', reason } : next);
    const { signal } = this.#life;
    const isOver = (): boolean => signal.aborted;
    await left;
    // It may be what has started the stack.
    await this.#starting?.catch(() => undefined);
    if (isOver()) return;
    await this.attach();
    if (isOver() || !isLost || this.current()) return;
    await this.#lose(authority);
    this.#tell({ phase: 'dead', reason });
  }

  /** Whoever is not connected waits for the server; one that has ended does not come back by itself. */
  #lookAtServer(): void {
    if (this.#state.phase !== 'disconnected' || !this.#isServerGone()) return;
    void this.#die(vscode.l10n.t('The service "{0}", which it ran on, has ended.', sessionService));
  }

  #isServerGone(): boolean {
    return !this.#parts.workbench.isRemote && hasServerEnded(this.#parts.stack);
  }

  #stackChanged(): void {
    const { phase } = this.#parts.stack;
    if (phase === 'stopped') {
      const { authority } = this.#parts.workbench;
      if (isLive(this.#state)) void this.#die(vscode.l10n.t('The stack was stopped.'));
      else if (this.#memories.openRuns(authority).length > 0) void this.#lose(authority);
    }
    if (phase === 'up' && !this.#session) void this.attach();
  }

  /** The stack has taken the kernel along. Never rejects. */
  async #die(reason: string): Promise<void> {
    const authority = this.#authority;
    await this.#leave({ phase: 'dead', reason });
    await this.#lose(authority);
  }

  /** The kernel of a connection is gone: the runs that it had not ended say so. Never rejects. */
  async #lose(authority: string): Promise<void> {
    for (const runId of this.#memories.openRuns(authority))
      this.#deliver(authority, { runId, event: { kind: 'end', end: 'lost' } });
    await this.#memories
      .forgetRuns(authority)
      .catch((error: unknown) => this.#parts.errors.note(error, 'session'));
  }

  /** Lets go of the session's object; the kernel may go on. */
  #leave(state: SessionState): Promise<unknown> {
    const session = this.#session;
    const unfollow = this.#unfollow;
    this.#life.abort();
    this.#life = new AbortController();
    this.#session = undefined;
    this.#unfollow = undefined;
    this.#opening = undefined;
    this.#attaching = undefined;
    this.#tell(state);
    const left = this.#letGo(session, this.#authority).finally(unfollow);
    this.#leaving = Promise.all([this.#leaving, left]);
    return this.#leaving;
  }

  /** What has arrived is told and kept. Never rejects. */
  async #letGo(session: WarmSession | undefined, authority: string): Promise<void> {
    const note = (error: unknown): void => this.#parts.errors.note(error, 'session');
    await session?.close().catch(note);
    await this.#save(session, authority).catch(note);
  }
}

function settingsOf({ folder }: Parts['workbench']): string {
  return JSON.stringify(sessionProperties(folder));
}

function isLive({ phase }: SessionState): boolean {
  return phase !== 'none' && phase !== 'dead';
}
