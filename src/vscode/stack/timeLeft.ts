import type { Progress } from '../../base/log.ts';

/** Younger guesses jump. */
const minSpanMs = 2_000;

/** Guesses how long a task still takes, from its pace since it began. */
export class TimeLeft {
  #message = '';
  #first: { atMs: number; done: number } | undefined;

  /** Milliseconds; undefined where it cannot be told (yet). */
  after({ message, done, total }: Progress, nowMs: number): number | undefined {
    if (done === undefined || total === undefined || done >= total) {
      this.#first = undefined;
      return undefined;
    }
    if (message !== this.#message || !this.#first || done < this.#first.done) {
      this.#message = message;
      this.#first = { atMs: nowMs, done };
      return undefined;
    }
    const spanMs = nowMs - this.#first.atMs;
    const pace = (done - this.#first.done) / spanMs;
    if (spanMs < minSpanMs || pace <= 0) return undefined;
    return (total - done) / pace;
  }
}
