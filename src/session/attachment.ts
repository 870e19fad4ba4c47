import * as v from 'valibot';
import { sleep } from '../base/cancellation.ts';
import { describeError, isWorkbenchError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Delivery, EventOrder } from './eventOrder.ts';
import { numbered, type NumberedMessage } from './kernelMessage.ts';
import { readKernelState, replay, type KernelState } from './kernelRequests.ts';
import type { KernelSocket, SocketMessage } from './kernelSocket.ts';

/** Why an attachment ended. */
export type AttachmentEnd =
  /** The connection broke; the kernel may live. */
  | { kind: 'lost'; reason: string; tooLarge: boolean }
  /** The server says that the kernel died, or ended it for another client. */
  | { kind: 'died' }
  /** Another process of the kernel answers: somebody else restarted it. */
  | { kind: 'replaced' };

export interface AttachmentWatch {
  onDelivery(delivery: Delivery<NumberedMessage>): void;
  /**
   * From time to time; `isSettled`: all that the kernel had published at the time before has been delivered, and it is at
   * a request or none waits.
   */
  onKernelState(state: KernelState, isSettled: boolean): void;
  /** The kernel has not answered for a while, on a connection that works. */
  onSilence(): void;
  onEnd(end: AttachmentEnd): void;
  /** Whether something is going on, so that the kernel is looked at more often. */
  isBusy(): boolean;
}

const stateMessageSchema = v.object({ execution_state: v.string() });
const replyMetadataSchema = v.object({ medallion: v.object({ last: v.number() }) });
const graceMs = 500;
const busyPulseMs = 5_000;
const idlePulseMs = 20_000;
const pulseTimeoutMs = 30_000;
const drainTimeoutMs = 2_000;

/**
 * A kernel that is listened to: delivers its messages in their order, asks for those that did not come, and looks from
 * time to time how the kernel is. Ends once, by itself or by `close`.
 */
export class Attachment {
  readonly socket: KernelSocket;
  readonly #sender: string;
  readonly #order: EventOrder<NumberedMessage>;
  readonly #watch: AttachmentWatch;
  readonly #log: Log;
  readonly #ending = new AbortController();
  /** What the kernel told as its newest message, when it was last asked. */
  #told: number;
  #filling: Promise<void> | undefined;

  constructor(
    socket: KernelSocket,
    state: KernelState,
    order: EventOrder<NumberedMessage>,
    watch: AttachmentWatch,
    log: Log,
  ) {
    this.socket = socket;
    this.#sender = state.sender;
    this.#order = order;
    this.#watch = watch;
    this.#log = log;
    this.#told = state.last;
    order.note(state.last);
    void socket.closed.then(({ reason, tooLarge }) => this.#end({ kind: 'lost', reason, tooLarge }));
    socket.listen(
      (message) => this.#receive(message),
      (reply) => void this.#expect(reply),
    );
  }

  /** Waits until all is delivered that the kernel had published when it was attached to. */
  async begin(): Promise<void> {
    await this.#fill();
    void this.#pulse();
  }

  /** Looks at the kernel now. */
  async look(signal?: AbortSignal): Promise<KernelState> {
    const state = await readKernelState(this.socket, {
      timeoutMs: pulseTimeoutMs,
      signal: this.#orEnd(signal),
    });
    // What it told the time before has had the time to come by itself.
    const isSettled = this.#order.last >= this.#told;
    if (!isSettled) {
      this.#order.note(this.#told);
      await this.#fill();
    }
    this.#told = state.last;
    const isIdle = isSettled && state.busy === undefined && this.#watch.isBusy();
    this.#watch.onKernelState(state, isIdle ? await this.#isDrained(signal) : isSettled);
    return state;
  }

  /** Whether the kernel has come to the end of what was sent: it takes one request after another, and may be blocked. */
  async #isDrained(signal?: AbortSignal): Promise<boolean> {
    try {
      await this.socket.request(
        'shell',
        'kernel_info_request',
        {},
        { timeoutMs: drainTimeoutMs, signal: this.#orEnd(signal), what: 'The kernel' },
      );
      return true;
    } catch (error) {
      if (!isWorkbenchError(error, 'timeout')) throw error;
      return false;
    }
  }

  #orEnd(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#ending.signal]) : this.#ending.signal;
  }

  /** Lets go, once what is on its way has been delivered. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.socket.close();
  }

  /** Lets go at once. */
  drop(): void {
    this.#ending.abort();
    this.socket.terminate();
  }

  #receive(message: SocketMessage): void {
    const mine = numbered(message);
    if (message.type === 'shutdown_reply') {
      // Another client ends or restarts it.
      this.#end({ kind: 'replaced' });
    } else if (mine && message.sender === this.#sender) {
      this.#deliver(this.#order.live(mine));
      if (this.#order.isBehind) void this.#fill();
    } else if (mine) {
      this.#end({ kind: 'replaced' });
    } else if (message.type === 'status') {
      const state = v.safeParse(stateMessageSchema, message.content);
      const said = state.success ? state.output.execution_state : '';
      // The server's own words, in the kernel's place.
      if (said === 'restarting' || said === 'dead') this.#end({ kind: 'died' });
    }
  }

  /** A reply tells what the kernel had published before it, which may come a little later by itself. */
  async #expect(reply: SocketMessage): Promise<void> {
    const said = v.safeParse(replyMetadataSchema, reply.metadata);
    if (!said.success || said.output.medallion.last <= this.#order.last) return;
    try {
      await sleep(graceMs, this.#ending.signal);
    } catch {
      return;
    }
    this.#order.note(said.output.medallion.last);
    if (this.#order.isBehind) await this.#fill();
  }

  #deliver(deliveries: readonly Delivery<NumberedMessage>[]): void {
    for (const delivery of deliveries) this.#watch.onDelivery(delivery);
  }

  #fill(): Promise<void> {
    this.#filling ??= this.#replayAll().finally(() => (this.#filling = undefined));
    return this.#filling;
  }

  async #replayAll(): Promise<void> {
    const { signal } = this.#ending;
    try {
      while (this.#order.isBehind && !signal.aborted) {
        const { last } = this.#order;
        const answer = await replay(this.socket, last, { signal });
        this.#deliver(this.#order.replayed(answer));
        // Asked for again when the kernel is looked at, rather than in a circle.
        if (!answer.more && this.#order.last === last) return;
      }
    } catch (error) {
      // A kernel that does not answer now is asked again with the next message, or when it is looked at.
      if (!isWorkbenchError(error, 'cancelled'))
        this.#log.warn(`session: output could not be read again: ${describeError(error)}`);
    }
  }

  async #pulse(): Promise<void> {
    const { signal } = this.#ending;
    try {
      for (;;) {
        await sleep(this.#watch.isBusy() ? busyPulseMs : idlePulseMs, signal);
        await this.look().catch((error: unknown) => {
          if (!isWorkbenchError(error, 'timeout', 'protocol')) throw error;
          this.#log.debug(`session: ${describeError(error)}`);
          this.#watch.onSilence();
        });
      }
    } catch (error) {
      if (!isWorkbenchError(error, 'cancelled', 'unreachable'))
        this.#log.error(`session: ${describeError(error)}`);
    }
  }

  #end(end: AttachmentEnd): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#watch.onEnd(end);
  }
}
