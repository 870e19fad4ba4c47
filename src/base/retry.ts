import { sleep, throwIfCancelled } from './cancellation.ts';
import { WorkbenchError, describeError } from './errors.ts';

export interface RetryOptions {
  /** What is waited for, for the error sentence: "Spark REST on 127.0.0.1:6066". */
  what: string;
  timeoutMs: number;
  /** First pause; it doubles up to `maxIntervalMs`. Defaults 100 and 2000. */
  intervalMs?: number;
  maxIntervalMs?: number;
  signal?: AbortSignal | undefined;
  /** Whether a thrown error is worth another try. Default: `unreachable`, `timeout` and `conflict` of ours. */
  retriable?: (error: unknown) => boolean;
}

/**
 * The one wait of the workbench: calls `attempt` until it gives something other than undefined. A retriable error
 * counts as "not yet"; any other error ends the wait at once. Throws `timeout`, with the last error as its cause.
 */
export async function retryUntil<T>(
  attempt: (signal: AbortSignal | undefined) => Promise<T | undefined>,
  options: RetryOptions,
): Promise<T> {
  const { what, timeoutMs, signal, maxIntervalMs = 2_000, retriable = isTransient } = options;
  const deadline = Date.now() + timeoutMs;
  let intervalMs = options.intervalMs ?? 100;
  let lastError: unknown;
  for (;;) {
    throwIfCancelled(signal);
    try {
      const result = await attempt(signal);
      if (result !== undefined) return result;
    } catch (error) {
      throwIfCancelled(signal);
      if (!retriable(error)) throw error;
      lastError = error;
    }
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) {
      const why = lastError === undefined ? '' : ` Last answer: ${describeError(lastError)}`;
      throw new WorkbenchError(
        'timeout',
        `${what} was not ready after ${Math.round(timeoutMs / 1000)} s.${why}`,
        {
          cause: lastError,
        },
      );
    }
    await sleep(Math.min(intervalMs, leftMs), signal);
    intervalMs = Math.min(intervalMs * 2, maxIntervalMs);
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof WorkbenchError && ['unreachable', 'timeout', 'conflict'].includes(error.code);
}
