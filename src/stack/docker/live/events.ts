import type { IncomingMessage } from 'node:http';
import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { sleep } from '../../../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../../../base/errors.ts';
import { engineFault, jsonLines, openStream, pingEngine, readAnswer } from '../connect/engineRequest.ts';
import { containerOf, serviceFilters, type ProjectContainer } from './projectContainers.ts';

/** Something that happened to a container of the project. */
export interface ContainerEvent {
  container: ProjectContainer;
  /** "create", "start", "die", "health_status: healthy"; see `docker events`. */
  action: string;
}

export interface EventWatcher {
  projectName: string;
  /** Ends the watching without an error. */
  signal: AbortSignal;
  /** How long a lost engine is tried to be reached again. Default 30 s. */
  giveUpAfterMs?: number | undefined;
  /** After so long a silence the engine is asked for a sign of life. Default 15 s. */
  silenceMs?: number | undefined;
  /** Events come from now on; what happened before is to be read. Called again after each gap. */
  onConnected(): void;
  onEvent(event: ContainerEvent): void;
  /** No events come until `onConnected`. */
  onLost?(): void;
}

export const defaultGiveUpMs = 30_000;
const defaultSilenceMs = 15_000;
const pingTimeoutMs = 10_000;
/** Also tells of events of so long before: the engine begins to listen a little after it begins to answer. */
const overlapSeconds = 2;
const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** A connection that ends sooner counts as a failed try. */
const heldLongMs = 500;

/** Changes of state; not the start and end of each health check. */
const actions = [
  'create',
  'start',
  'restart',
  'die',
  'stop',
  'kill',
  'oom',
  'pause',
  'unpause',
  'rename',
  'destroy',
  'health_status',
];

const event = v.object({
  Action: v.string(),
  Actor: v.object({ ID: v.string(), Attributes: v.record(v.string(), v.string()) }),
});

/**
 * Follows the engine's events (GET /events) for the containers of a project, over lost connections and a restarted
 * engine. An engine that cannot be reached at first throws at once; one that is lost throws `unreachable` when it
 * could not be reached again in time. Ends when the signal is aborted. An event may come twice.
 */
export async function watchEvents(docker: Dockerode, watcher: EventWatcher): Promise<void> {
  const { signal, giveUpAfterMs = defaultGiveUpMs } = watcher;
  const pause = new Pause();
  let lostAt: number | undefined;
  for (;;) {
    let connectedAt: number | undefined;
    let fault: unknown;
    try {
      const clock = await pingEngine(docker, what, { signal, timeoutMs: pingTimeoutMs });
      const since = Math.floor(clock.getTime() / 1000) - overlapSeconds;
      const filters = { ...serviceFilters(watcher.projectName), type: ['container'], event: actions };
      const stream = await openStream(docker, what, '/events', { since: String(since), filters }, { signal });
      connectedAt = Date.now();
      watcher.onConnected();
      await readEvents(docker, stream, watcher);
    } catch (error) {
      if (signal.aborted) return;
      fault = engineFault(error, what);
      const wasThere = connectedAt !== undefined || lostAt !== undefined;
      if (!wasThere || isWorkbenchError(fault, 'protocol')) throw fault;
    }
    if (signal.aborted) return;
    if (connectedAt !== undefined) {
      lostAt = Date.now();
      watcher.onLost?.();
      pause.afterConnection(lostAt - connectedAt);
    }
    const leftMs = giveUpAfterMs - (Date.now() - (lostAt ?? 0));
    if (leftMs <= 0) throw engineLost(giveUpAfterMs, fault);
    await pause.wait(leftMs, signal);
  }
}

const what = 'Watching the containers';

async function readEvents(docker: Dockerode, stream: IncomingMessage, watcher: EventWatcher): Promise<void> {
  const { signal, silenceMs = defaultSilenceMs } = watcher;
  const askForLife = (): void => {
    pingEngine(docker, what, { signal, timeoutMs: pingTimeoutMs }).then(
      () => timer.refresh(),
      (error: unknown) => stream.destroy(engineFault(error, what)),
    );
  };
  const timer = setTimeout(askForLife, silenceMs);
  try {
    for await (const value of jsonLines(stream, what)) {
      timer.refresh();
      const { Action, Actor } = readAnswer(event, value, what);
      const container = containerOf(Actor.ID, Actor.Attributes);
      if (container) watcher.onEvent({ container, action: Action });
    }
  } finally {
    clearTimeout(timer);
  }
}

/** `unreachable`, for an engine that was there before. */
export function engineLost(giveUpAfterMs: number, cause?: unknown): WorkbenchError {
  const why = cause === undefined ? '' : ` ${describeError(cause)}`;
  return new WorkbenchError(
    'unreachable',
    `The Docker engine went away and could not be reached again for ${Math.round(giveUpAfterMs / 1000)} s.${why}`,
    { cause },
  );
}

/** Grows from try to try; begins anew after a connection that held. */
export class Pause {
  #ms = firstPauseMs;

  afterConnection(heldMs: number): void {
    if (heldMs > heldLongMs) this.#ms = firstPauseMs;
  }

  /** Ends early, without an error, when the signal is aborted. */
  async wait(mostMs: number, signal: AbortSignal): Promise<void> {
    await sleep(Math.min(this.#ms, mostMs), signal).catch(() => undefined);
    this.#ms = Math.min(this.#ms * 2, longestPauseMs);
  }
}
