/** The warning comes so long before the end. */
export const idleWarningMs = 5 * 60_000;

/**
 * How long nothing was run. Counts the time between two ticks that come when they should: what passes while the machine
 * sleeps is nobody's idleness, and must not end a session that nobody could have been warned of.
 */
export class IdleClock {
  readonly #mostMs: number;
  #atMs: number | undefined;
  #idleMs = 0;
  #isWarned = false;

  /** `tickMs`: how often `tick` is called. */
  constructor(tickMs: number) {
    this.#mostMs = 2 * tickMs;
  }

  /** Something was run, or the person wants to keep the session. */
  touch(): void {
    this.#idleMs = 0;
    this.#isWarned = false;
  }

  /** What is to be done now; `warn` once, and `stop` only after it. `limitMs` 0: never. */
  tick(nowMs: number, limitMs: number, isBusy: boolean): 'warn' | 'stop' | undefined {
    const passedMs = this.#atMs === undefined ? 0 : Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    if (isBusy || limitMs === 0) {
      this.touch();
      return undefined;
    }
    this.#idleMs += Math.min(passedMs, this.#mostMs);
    if (this.#isWarned) return this.#idleMs >= limitMs ? 'stop' : undefined;
    if (this.#idleMs < limitMs - idleWarningMs) return undefined;
    this.#isWarned = true;
    // A limit that was set lower while it ran: the warning is still in time.
    this.#idleMs = Math.min(this.#idleMs, Math.max(0, limitMs - idleWarningMs));
    return 'warn';
  }
}
