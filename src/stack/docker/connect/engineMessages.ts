import { IncomingMessage } from 'node:http';
import { cancelled } from '../../../base/cancellation.ts';
import { WorkbenchError } from '../../../base/errors.ts';
import { engineFault, jsonLines } from './engineRequest.ts';

/**
 * The messages of a long answer (`/build`, `/images/create`), one by one. Throws `cancelled`, which ends the work in the
 * engine too, `timeout` after `idleTimeoutMs` without any message, and `unreachable` when the engine goes away.
 */
export async function* engineMessages(
  answer: NodeJS.ReadableStream,
  what: string,
  options: { signal?: AbortSignal | undefined; idleTimeoutMs: number },
): AsyncIterable<unknown> {
  const { signal, idleTimeoutMs } = options;
  // dockerode's types know it only as some stream.
  if (!(answer instanceof IncomingMessage)) throw new TypeError("the engine's answer is no HTTP message");
  const onAbort = (): void => void answer.destroy(cancelled(signal!));
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  const late = (): void => {
    const minutes = Math.round(idleTimeoutMs / 60_000);
    answer.destroy(
      new WorkbenchError('timeout', `${what}: the Docker engine said nothing for ${minutes} min.`),
    );
  };
  let timer = setTimeout(late, idleTimeoutMs);
  try {
    for await (const message of jsonLines(answer, what)) {
      clearTimeout(timer);
      timer = setTimeout(late, idleTimeoutMs);
      yield message;
    }
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    throw engineFault(error, what);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    answer.destroy();
  }
}
