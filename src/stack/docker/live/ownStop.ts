import { setMaxListeners } from 'node:events';

/** A signal of one's own, which is aborted with the caller's, or by `stop`. `stop` must be called in the end. */
export interface OwnStop {
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

/** Any number of requests may listen to it: Node warns of a leak where more than ten listen to a caller's. */
export function ownStop(signal: AbortSignal | undefined): OwnStop {
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const stop = (): void => {
    signal?.removeEventListener('abort', stop);
    own.abort();
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return { signal: own.signal, stop };
}
