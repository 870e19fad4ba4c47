import { WorkbenchError } from './errors.ts';

/** Throws `cancelled` if the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/** The error for an aborted signal; keeps an error of ours that was given as the reason. */
export function cancelled(signal: AbortSignal): WorkbenchError {
  const reason: unknown = signal.reason;
  return reason instanceof WorkbenchError
    ? reason
    : new WorkbenchError('cancelled', 'Cancelled.', { cause: reason });
}

/** Waits `ms` milliseconds, or throws `cancelled` as soon as the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(signal));
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(cancelled(signal!));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Waits for what goes on after an abort: throws `cancelled` as soon as the signal is aborted. */
export async function orCancelled<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfCancelled(signal);
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
