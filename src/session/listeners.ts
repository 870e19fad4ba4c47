import { describeError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

/** Those who are told of something. What one of them throws is logged, and keeps nothing from the others. */
export class Listeners<T> {
  readonly #log: Log;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Gives what stops it. */
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#log.error(`session: ${describeError(error)}`);
      }
    }
  }
}
