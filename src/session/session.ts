import { orCancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { askKernel } from './askKernel.ts';
import { Attachment, type AttachmentEnd } from './attachment.ts';
import { beginKernel, startSpark } from './beginKernel.ts';
import { EventOrder } from './eventOrder.ts';
import type { FoundKernel, JupyterServer } from './jupyterServer.ts';
import type { KernelSettings } from './kernelBundle.ts';
import { whyKernelDied } from './kernelDeath.ts';
import type { NumberedMessage } from './kernelMessage.ts';
import { execute, readKernelState, type KernelState } from './kernelRequests.ts';
import { findExit, reachAgain, reachIfThere, reachKernel, type Reached } from './reachKernel.ts';
import { Listeners } from './listeners.ts';
import { RunLedger } from './runLedger.ts';
import type {
  RunRequest,
  RunUpdate,
  SessionFacts,
  SessionMemory,
  SessionRun,
  SessionState,
  WarmSession,
} from './sessionTypes.ts';

export interface SessionParts {
  server: JupyterServer;
  /** What a kernel is to begin with; asked for when one begins. */
  settings: (signal: AbortSignal) => Promise<KernelSettings>;
  log: Log;
  /** Where another client of the workspace stopped. */
  memory?: SessionMemory | undefined;
}

/** The kernel that this client knows, and how far it has come with its messages. */
interface KnownKernel extends FoundKernel {
  incarnation: string;
  order: EventOrder<NumberedMessage>;
}

type Say = (message: string) => void;
export type StartOptions = NonNullable<Parameters<WarmSession['start']>[0]>;

const askTimeoutMs = 60_000;

/** The warm session of a stack over its Jupyter Server. */
export class Session implements WarmSession {
  readonly #parts: SessionParts;
  readonly #server: JupyterServer;
  readonly #log: Log;
  readonly #life = new AbortController();
  readonly #stateListeners: Listeners<SessionState>;
  readonly #runListeners: Listeners<RunUpdate>;
  readonly #ledger = new RunLedger((updates) => this.#tell(updates));
  #state: SessionState = { phase: 'none' };
  #facts: SessionFacts | undefined;
  /** Until the kernel that it is of has been found, or not. */
  #memory: SessionMemory | undefined;
  #kernel: KnownKernel | undefined;
  #attachment: Attachment | undefined;
  #recovery: AbortController | undefined;
  /** The last of the starts, restarts and so on, which come one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#server = parts.server;
    this.#log = parts.log;
    this.#stateListeners = new Listeners(parts.log);
    this.#runListeners = new Listeners(parts.log);
    this.#memory = parts.memory;
    for (const runId of parts.memory?.openRuns ?? []) this.#ledger.open(runId);
  }

  get state(): SessionState {
    return this.#state;
  }

  get facts(): SessionFacts | undefined {
    return this.#facts;
  }

  onState(listener: (state: SessionState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  onRun(listener: (update: RunUpdate) => void): () => void {
    return this.#runListeners.add(listener);
  }

  attach(signal?: AbortSignal): Promise<boolean> {
    return this.#inTurn(signal, async (s) => {
      if (this.#attachment) return true;
      const found = await this.#server.find({ signal: s });
      const reached = found && (await reachKernel(this.#server, found, s));
      if (reached?.state) {
        await this.#adopt(reached, reached.state);
        return this.#setLive();
      }
      reached?.socket.terminate();
      if (this.#state.phase === 'disconnected') this.#die(goneSentence);
      else this.#forget();
      return false;
    });
  }

  start(options: StartOptions = {}): Promise<void> {
    return this.#inTurn(options.signal, async (signal) => {
      if (this.#attachment && this.#hasSpark) return;
      await this.#starting(options, async (say) => {
        say('Looking for the kernel');
        const found = await this.#server.find({ signal });
        return await this.#bringUp(found, say, signal);
      });
    });
  }

  restart(options: StartOptions = {}): Promise<void> {
    return this.#inTurn(options.signal, async (signal) => {
      await this.#starting(options, async (say) => {
        say('Restarting Python');
        this.#detach();
        const found = await this.#server.find({ signal });
        if (found) await this.#server.restart(found.kernelId, { signal });
        this.#forget();
        return await this.#bringUp(found, say, signal);
      });
    });
  }

  shutdown(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(signal, async (s) => {
      const found = await this.#server.find({ signal: s });
      this.#detach();
      try {
        if (found) await this.#server.remove(found.sessionId, { signal: s });
      } catch (error) {
        // It may live, and is reached again.
        if (this.#kernel) this.#setState({ phase: 'disconnected', reason: describeError(error) });
        throw error;
      }
      this.#forget();
      this.#setState({ phase: 'none' });
    });
  }

  run(request: RunRequest): SessionRun {
    return this.#ledger.open(execute(this.#live().socket, request), request.sources);
  }

  async ask(
    name: string,
    args: object,
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<unknown> {
    const { socket } = this.#live();
    const { signal, timeoutMs = askTimeoutMs } = options;
    return askKernel(socket, name, args, { timeoutMs, signal, log: this.#log });
  }

  async interrupt(signal?: AbortSignal): Promise<void> {
    if (!this.#kernel) throw noKernel();
    await this.#server.interrupt(this.#kernel.kernelId, { signal });
  }

  async refreshFacts(signal?: AbortSignal): Promise<SessionFacts> {
    await this.#attachment?.look(signal);
    if (!this.#facts) throw noKernel();
    return this.#facts;
  }

  memory(): SessionMemory | undefined {
    // What is told is what counts.
    this.#ledger.flush();
    if (!this.#kernel) return this.#memory;
    const { kernelId, incarnation, order } = this.#kernel;
    const { openRuns, running } = this.#ledger;
    return {
      format: 1,
      kernelId,
      incarnation,
      lastSeq: order.last,
      openRuns,
      ...(running === undefined ? {} : { running }),
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#life.abort(new WorkbenchError('cancelled', 'The session was closed.'));
    const attachment = this.#attachment;
    this.#attachment = undefined;
    await attachment?.close();
    this.#ledger.flush();
    await this.#turn;
    await this.#server.close();
  }

  /** Says what is being done while `act` brings the session up; a failure leaves the state as it was. */
  async #starting({ onProgress }: StartOptions, act: (say: Say) => Promise<void>): Promise<void> {
    const before = this.#state;
    try {
      await act((message) => {
        this.#setState({ phase: 'starting', message });
        onProgress?.(message);
      });
      this.#setLive();
    } catch (error) {
      // A kernel that died meanwhile has told so. One that is attached lives on: only its Spark could not be started.
      if (this.#state.phase === 'starting' && !this.#setLive())
        this.#setState(this.#afterFailure(before, error));
      throw error;
    }
  }

  #afterFailure(before: SessionState, error: unknown): SessionState {
    // Only the connection is lost, as far as is known.
    if (this.#kernel && !this.#life.signal.aborted)
      return { phase: 'disconnected', reason: describeError(error) };
    return before.phase === 'idle' || before.phase === 'busy' ? { phase: 'none' } : before;
  }

  /** From a kernel, or none, to a session with Spark. What was made here is taken away again after an abort. */
  async #bringUp(known: FoundKernel | undefined, say: Say, signal: AbortSignal): Promise<void> {
    let made: FoundKernel | undefined;
    try {
      if (!this.#attachment) {
        let reached = known && (await reachIfThere(this.#server, known, signal));
        if (!reached) {
          say('Starting Python');
          made = await this.#server.create({ signal });
          reached = await reachKernel(this.#server, made, signal);
        }
        let { state } = reached;
        const isFresh = !state;
        try {
          if (!state) {
            made = reached.found;
            say('Preparing the session');
            await beginKernel(reached.socket, await this.#parts.settings(signal), { signal });
            state = await readKernelState(reached.socket, { signal });
          }
          await this.#adopt(reached, state, isFresh);
        } catch (error) {
          reached.socket.terminate();
          throw error;
        }
      }
      await this.#bringUpSpark(say, signal);
    } catch (error) {
      if (signal.aborted && !this.#life.signal.aborted) await this.#undo(made);
      throw error;
    }
  }

  async #bringUpSpark(say: Say, signal: AbortSignal): Promise<void> {
    const attachment = this.#attachment;
    if (!attachment) throw lostWhileStarting();
    if (this.#hasSpark) return;
    say('Starting Spark');
    const why = await startSpark(attachment.socket, { signal });
    await attachment.look();
    // A session without Spark is one still; its facts tell why.
    if (why !== undefined && this.#facts?.sparkError === undefined)
      throw new WorkbenchError('failed', `Spark did not start: ${why}`);
  }

  /** After an abort: no half-made kernel stays; one that was there goes on. */
  async #undo(made: FoundKernel | undefined): Promise<void> {
    try {
      if (made) {
        this.#detach();
        await this.#server.remove(made.sessionId);
        this.#forget();
      } else if (this.#kernel) {
        await this.#server.interrupt(this.#kernel.kernelId);
      }
    } catch (error) {
      this.#log.warn(`session: ${describeError(error)}`);
    }
  }

  /** Listens to a kernel, from where this client or the one before it stopped, or from now on. */
  async #adopt({ found, socket }: Reached, state: KernelState, isFresh = false): Promise<void> {
    const { incarnation } = state;
    const known = this.#kernel ?? this.#memory;
    const isSame = known?.incarnation === incarnation;
    const order = isSame ? (this.#kernel?.order ?? new EventOrder(this.#memory?.lastSeq)) : undefined;
    if (!isSame) this.#ledger.loseAll();
    const running = isSame ? this.#memory?.running : state.isSilent ? undefined : state.busy;
    if (running !== undefined) this.#ledger.openRunning(running);
    this.#memory = undefined;
    this.#kernel = { ...found, incarnation, order: order ?? new EventOrder(isFresh ? 0 : state.last) };
    this.#note(state);
    const attachment: Attachment = new Attachment(
      socket,
      state,
      this.#kernel.order,
      {
        onDelivery: (delivery) => this.#ledger.take(delivery),
        onKernelState: (now, isSettled) => {
          this.#note(now);
          if (isSettled) this.#ledger.settle(now.busy !== undefined);
        },
        onSilence: () => void this.#checkKernel(attachment),
        onEnd: (end) => this.#onEnd(attachment, end),
        isBusy: () => this.#ledger.openRuns.length > 0,
      },
      this.#log,
    );
    this.#attachment = attachment;
    await attachment.begin();
  }

  #note({ incarnation, about }: KernelState): void {
    if (this.#kernel) this.#facts = { kernelId: this.#kernel.kernelId, incarnation, ...about };
  }

  #onEnd(attachment: Attachment, end: AttachmentEnd): void {
    attachment.drop();
    if (this.#attachment !== attachment) return;
    this.#attachment = undefined;
    if (end.kind === 'lost' && end.tooLarge && this.#kernel) {
      const { order } = this.#kernel;
      for (const delivery of order.skip(order.last + 1)) this.#ledger.take(delivery);
    }
    if (end.kind === 'died') this.#recover('The kernel died.', (signal) => this.#bury(signal));
    // A start that is under way fails by itself.
    else if (this.#state.phase !== 'starting') {
      const reason =
        end.kind === 'lost' ? `The connection is lost: ${end.reason}.` : 'The kernel is being restarted.';
      this.#recover(reason, (signal) => this.#reconnect(signal, end.kind === 'replaced'));
    }
  }

  #recover(reason: string, act = (signal: AbortSignal) => this.#reconnect(signal, false)): void {
    this.#setState({ phase: 'disconnected', reason });
    const recovery = new AbortController();
    this.#recovery?.abort();
    this.#recovery = recovery;
    const signal = AbortSignal.any([recovery.signal, this.#life.signal]);
    void act(signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.#die(isWorkbenchError(error, 'not-found') ? goneSentence : describeError(error));
    });
  }

  async #reconnect(signal: AbortSignal, isReplaced: boolean): Promise<void> {
    if (!this.#kernel) throw new WorkbenchError('not-found', goneSentence);
    const reached = await reachAgain(this.#server, this.#kernel, isReplaced, signal);
    if (reached.state) {
      await this.#adopt(reached, reached.state);
      this.#setLive();
      return;
    }
    reached.socket.terminate();
    const elsewhere = 'The kernel was restarted elsewhere.';
    this.#die(isReplaced ? elsewhere : whyKernelDied(this.#facts));
  }

  /** The kernel died: nothing is left but to say why. */
  async #bury(signal: AbortSignal): Promise<void> {
    const exit = this.#kernel && (await findExit(this.#server, this.#kernel, signal));
    if (!signal.aborted) this.#die(whyKernelDied(this.#facts, exit));
  }

  /** A kernel that does not answer may have been ended elsewhere, of which the server says nothing by itself. */
  async #checkKernel(attachment: Attachment): Promise<void> {
    try {
      const kernelId = this.#kernel?.kernelId;
      if (kernelId === undefined || (await this.#server.has(kernelId, { signal: this.#life.signal }))) return;
      if (this.#attachment === attachment) this.#onEnd(attachment, { kind: 'replaced' });
    } catch (error) {
      this.#log.debug(`session: ${describeError(error)}`);
    }
  }

  get #hasSpark(): boolean {
    return this.#facts?.applicationId !== undefined && this.#facts.sparkError === undefined;
  }

  #live(): Attachment {
    const { phase } = this.#state;
    if (this.#attachment && (phase === 'idle' || phase === 'busy')) return this.#attachment;
    throw noKernel();
  }

  /** Whether a kernel is attached; then the state says what it does. */
  #setLive(): boolean {
    if (!this.#attachment) return false;
    const { running } = this.#ledger;
    this.#setState(running === undefined ? { phase: 'idle' } : { phase: 'busy', runId: running });
    return true;
  }

  #die(reason: string): void {
    this.#log.warn(`session: ${reason}`);
    this.#detach();
    this.#forget();
    this.#setState({ phase: 'dead', reason });
  }

  #detach(): void {
    this.#recovery?.abort();
    this.#attachment?.drop();
    this.#attachment = undefined;
  }

  /** The kernel is gone, or another one: its open runs are lost. */
  #forget(): void {
    this.#kernel = undefined;
    this.#memory = undefined;
    this.#facts = undefined;
    this.#ledger.loseAll();
    this.#ledger.flush();
  }

  /** One after another; a recovery that is under way gives way, and goes on where this fails without a kernel. */
  async #inTurn<T>(signal: AbortSignal | undefined, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const both = AbortSignal.any([this.#life.signal, ...(signal ? [signal] : [])]);
    const before = this.#turn;
    const mine = (async () => {
      await orCancelled(before, both);
      this.#recovery?.abort();
      try {
        return await act(both);
      } finally {
        const isRecovering = this.#recovery?.signal.aborted === false;
        if (this.#state.phase === 'disconnected' && !isRecovering && !this.#life.signal.aborted)
          this.#recover(this.#state.reason);
      }
    })();
    this.#turn = Promise.allSettled([before, mine]);
    return mine;
  }

  #tell(updates: readonly RunUpdate[]): void {
    for (const update of updates) this.#runListeners.tell(update);
    const { phase } = this.#state;
    if (phase === 'idle' || phase === 'busy') this.#setLive();
  }

  #setState(state: SessionState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#stateListeners.tell(state);
  }
}

function noKernel(): WorkbenchError {
  return new WorkbenchError('conflict', 'The session is not running: start it first.');
}

const goneSentence = 'The kernel is gone: its server was restarted, or the session was ended elsewhere.';

function lostWhileStarting(): WorkbenchError {
  return new WorkbenchError('unreachable', 'The kernel ended while the session was being started.');
}
