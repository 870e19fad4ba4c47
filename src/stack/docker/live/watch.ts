import type Dockerode from 'dockerode';
import { sleep } from '../../../base/cancellation.ts';
import { retryUntil } from '../../../base/retry.ts';
import type { ServiceStatus, StatusOptions } from '../../engine.ts';
import { defaultGiveUpMs, watchEvents } from './events.ts';
import { ownStop } from './ownStop.ts';
import { isWanted } from './projectContainers.ts';
import { readStatus, type ProjectServices } from './status.ts';
import { Wake } from './wake.ts';

/** Events come in bursts (kill, die, stop; create, start): what they changed is read once. */
const burstMs = 50;

/**
 * The status now, and again after each change that the engine's events tell, until the signal is aborted, which ends
 * it without an error. Between changes no state is asked for. After a lost connection it is read again; throws
 * `unreachable` where the engine does not come back within `giveUpAfterMs` (default 30 s).
 */
export async function* watchStatus(
  docker: Dockerode,
  project: ProjectServices & { giveUpAfterMs?: number | undefined },
  options: StatusOptions = {},
): AsyncIterable<ServiceStatus[]> {
  const { services } = options;
  if (options.signal?.aborted) return;
  const { signal, stop } = ownStop(options.signal);
  const timeoutMs = project.giveUpAfterMs ?? defaultGiveUpMs;
  const news = new Wake();
  const seen: { isConnected: boolean; fault?: Error } = { isConnected: false };
  const watching = watchEvents(docker, {
    projectName: project.projectName,
    giveUpAfterMs: timeoutMs,
    signal,
    onConnected: () => {
      seen.isConnected = true;
      news.ring();
    },
    onEvent: ({ container }) => {
      if (isWanted(container, services)) news.ring();
    },
    onLost: () => {
      seen.isConnected = false;
    },
  });
  watching.catch((error: unknown) => (seen.fault = error as Error)).finally(news.ring);
  const read = (): Promise<ServiceStatus[]> => readStatus(docker, project, { services, signal });
  try {
    let before = '';
    for (;;) {
      await news.wait();
      if (seen.fault) throw seen.fault;
      if (signal.aborted) return;
      if (!seen.isConnected) continue;
      await sleep(burstMs, signal);
      news.clear();
      const status = await retryUntil(read, { what: 'The state of the containers', timeoutMs, signal });
      const text = JSON.stringify(status);
      if (text === before) continue;
      before = text;
      yield status;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop();
  }
}
