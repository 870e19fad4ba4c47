import type { SessionFacts } from '../../session/sessionTypes.ts';

/** The session asks its kernel for facts by itself; so often is looked what it has. */
const factsMs = 5_000;

/** What is looked at while there is a session: its facts, and the stack, which takes it along when it goes. */
export class FactsWatch {
  readonly #o: FactsWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #held: { dispose(): unknown } | undefined;
  #told: SessionFacts | undefined;

  constructor(options: FactsWatchOptions) {
    this.#o = options;
  }

  /** Begins, goes on with a look at once, or ends. */
  turn(isOn: boolean): void {
    if (!isOn) {
      this.#held?.dispose();
      this.#held = undefined;
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#held ??= this.#o.hold();
    this.#timer ??= setInterval(() => this.#look(), factsMs);
    this.#look();
  }

  #look(): void {
    const facts = this.#o.facts();
    if (facts === this.#told) return;
    this.#told = facts;
    this.#o.changed();
  }
}

export interface FactsWatchOptions {
  facts: () => SessionFacts | undefined;
  /** They are others. */
  changed: () => void;
  /** Keeps the stack watched. */
  hold: () => { dispose(): unknown };
}
