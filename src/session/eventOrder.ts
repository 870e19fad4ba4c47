/** What is told of a kernel's messages: one of them, or how many are not to be had any more. */
export type Delivery<M> = { message: M } | { gap: number };

/** A part of a kernel's journal. */
export interface Replayed<M> {
  /** The oldest message that the kernel still has. */
  first: number;
  /** Its newest one. */
  last: number;
  messages: M[];
  /** Whether there is more after them. */
  more: boolean;
}

/** As many as may wait for one before them: those that are dropped come again with a replay. */
const defaultMaxHeld = 20_000;

/**
 * Brings numbered messages into their order, whether they come live, which may leave some out, or from a replay, which
 * may repeat some: each is delivered once, after all before it.
 */
export class EventOrder<M extends { seq: number }> {
  readonly #maxHeld: number;
  readonly #held = new Map<number, M>();
  #last: number;
  #newest: number;

  /** `last`: the number of the last message that was delivered; 0 for none. */
  constructor(last = 0, options: { maxHeld?: number } = {}) {
    this.#last = last;
    this.#newest = last;
    this.#maxHeld = options.maxHeld ?? defaultMaxHeld;
  }

  /** The number of the last message that was delivered. */
  get last(): number {
    return this.#last;
  }

  /** Whether there are messages that have not come: a replay of what is after `last` brings them. */
  get isBehind(): boolean {
    return this.#newest > this.#last;
  }

  /** The kernel says what its newest message is. */
  note(newest: number): void {
    this.#newest = Math.max(this.#newest, newest);
  }

  /** A message from the socket; gives what is to be delivered now. */
  live(message: M): Delivery<M>[] {
    this.note(message.seq);
    // The usual case, without a look at what is held.
    if (message.seq === this.#last + 1 && this.#held.size === 0) {
      this.#last = message.seq;
      return [{ message }];
    }
    if (message.seq > this.#last && this.#held.size < this.#maxHeld) this.#held.set(message.seq, message);
    return this.#drain(0);
  }

  /** The answer to a replay of what is after `last`. Gives what is to be delivered now. */
  replayed({ messages, first, last, more }: Replayed<M>): Delivery<M>[] {
    for (const message of messages) {
      this.note(message.seq);
      if (message.seq > this.#last) this.#held.set(message.seq, message);
    }
    // They come without holes: what is not among them the kernel could not keep.
    return this.#drain(Math.max(first, more ? (messages.at(-1)?.seq ?? 0) : last + 1));
  }

  /** Gives up the messages up to `seq` that are not at hand: they do not come. */
  skip(seq: number): Delivery<M>[] {
    this.note(seq);
    return this.#drain(seq + 1);
  }

  /** What follows the last one without a hole; those before `first` that are not at hand are a gap. */
  #drain(first: number): Delivery<M>[] {
    const ready: Delivery<M>[] = [];
    for (;;) {
      const next = this.#last + 1;
      const message = this.#held.get(next);
      if (message) {
        this.#held.delete(next);
        this.#last = next;
        ready.push({ message });
      } else if (next < first) {
        const end = this.#oldestHeld(first);
        ready.push({ gap: end - next });
        this.#last = end - 1;
        this.note(this.#last);
      } else {
        return ready;
      }
    }
  }

  #oldestHeld(limit: number): number {
    let oldest = limit;
    for (const seq of this.#held.keys()) oldest = Math.min(oldest, seq);
    return oldest;
  }
}
