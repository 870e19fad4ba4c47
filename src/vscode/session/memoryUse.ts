import type { SessionFacts } from '../../session/sessionTypes.ts';

/** A warning is due again once the use was lower by this than what is warned of. */
const slackPercent = 5;

/**
 * The share of what the driver could have that it uses, in percent: of its limit, or of the machine, whichever is
 * nearer. Undefined where neither is known.
 */
export function memoryPercent({
  rssBytes,
  limitBytes,
  availableBytes,
}: NonNullable<SessionFacts['memory']>): number | undefined {
  const shares = [limitBytes, availableBytes === undefined ? undefined : rssBytes + availableBytes]
    .filter((most) => most !== undefined && most > 0)
    .map((most) => (100 * rssBytes) / most!);
  return shares.length === 0 ? undefined : Math.min(100, Math.max(...shares));
}

/** Tells of each crossing once. */
export class Crossing {
  #isAbove = false;

  /** Whether `value` has just risen to `limit`. */
  rises(value: number, limit: number): boolean {
    if (value >= limit) {
      const rose = !this.#isAbove;
      this.#isAbove = true;
      return rose;
    }
    if (value < limit - slackPercent) this.#isAbove = false;
    return false;
  }

  /** Another kernel: nothing was told of it yet. */
  reset(): void {
    this.#isAbove = false;
  }
}
