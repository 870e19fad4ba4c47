/** Whether a table has what its inputs have. */
export type Freshness = 'unknown' | 'fresh' | 'stale' | 'behind' | 'absent';

export interface FreshnessFacts {
  /** Undefined: the table is not there. */
  lastChange: Date | undefined;
  /** When the last good run of the step that writes it began. */
  refreshedAt: Date | undefined;
  /** When the tables that it is made from were changed. */
  inputs: readonly Date[];
}

/**
 * `behind`: an input was changed after the step that writes the table last looked. `stale`: nothing has come and nobody
 * has looked for `freshForMs`. A step that found nothing new has looked.
 */
export function freshnessOf(
  { lastChange, refreshedAt, inputs }: FreshnessFacts,
  nowMs: number,
  freshForMs: number,
): Freshness {
  if (!lastChange) return 'absent';
  const lookedMs = Math.max(lastChange.getTime(), refreshedAt?.getTime() ?? 0);
  if (inputs.some((input) => input.getTime() > lookedMs)) return 'behind';
  return nowMs - lookedMs > freshForMs ? 'stale' : 'fresh';
}
