import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { isWorkbenchError } from '../../../base/errors.ts';
import { retryUntil } from '../../../base/retry.ts';
import type { ServiceStats, StatusOptions } from '../../engine.ts';
import { askEngine, engineFault, jsonLines, openStream, readAnswer } from '../connect/engineRequest.ts';
import { Pause, defaultGiveUpMs, engineLost, watchEvents } from './events.ts';
import { ownStop, type OwnStop } from './ownStop.ts';
import { isWanted, listContainers, type ProjectContainer } from './projectContainers.ts';
import { sampleOf, statsAnswer } from './statsSample.ts';
import { Wake } from './wake.ts';

const inspected = v.object({
  State: v.object({ Running: v.boolean() }),
  HostConfig: v.object({ Memory: v.optional(v.number(), 0) }),
});

/**
 * What each running container of the project uses, about once a second, until the signal is aborted: one stream per
 * container, open while this is iterated. Of samples that nobody took in time the latest remains. Follows containers
 * that start later, and a lost engine that comes back within `giveUpAfterMs` (default 30 s); else throws `unreachable`.
 */
export async function* readStats(
  docker: Dockerode,
  project: { projectName: string; giveUpAfterMs?: number | undefined },
  options: StatusOptions = {},
): AsyncIterable<ServiceStats> {
  if (options.signal?.aborted) return;
  const { signal, stop } = ownStop(options.signal);
  try {
    yield* new ProjectStats(docker, project, options.services, signal).samples();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop();
  }
}

class ProjectStats {
  readonly #docker: Dockerode;
  readonly #projectName: string;
  readonly #giveUpAfterMs: number;
  readonly #services: readonly string[] | undefined;
  readonly #signal: AbortSignal;
  readonly #wake = new Wake();
  /** Container -> what ends its stream. */
  readonly #streams = new Map<string, OwnStop>();
  readonly #latest = new Map<string, ServiceStats>();
  #connections = 0;
  #isEnded = false;
  #fault: Error | undefined;

  constructor(
    docker: Dockerode,
    project: { projectName: string; giveUpAfterMs?: number | undefined },
    services: readonly string[] | undefined,
    signal: AbortSignal,
  ) {
    this.#docker = docker;
    this.#projectName = project.projectName;
    this.#giveUpAfterMs = project.giveUpAfterMs ?? defaultGiveUpMs;
    this.#services = services;
    this.#signal = signal;
  }

  async *samples(): AsyncIterable<ServiceStats> {
    watchEvents(this.#docker, {
      projectName: this.#projectName,
      giveUpAfterMs: this.#giveUpAfterMs,
      signal: this.#signal,
      onConnected: () => this.#connected(),
      onEvent: ({ container, action }) => {
        if (action === 'start') this.#open(container);
        else if (action === 'die' || action === 'destroy') this.#close(container.id);
      },
      onLost: () => {
        this.#connections += 1;
        for (const id of [...this.#streams.keys()]) this.#close(id);
      },
    }).then(
      () => this.#end(),
      (error: unknown) => this.#end(error),
    );
    for (;;) {
      await this.#wake.wait();
      if (this.#fault) throw this.#fault;
      if (this.#isEnded) return;
      const samples = [...this.#latest.values()];
      this.#latest.clear();
      yield* samples;
    }
  }

  #end(error?: unknown): void {
    this.#isEnded = true;
    if (error !== undefined) this.#fault ??= error as Error;
    this.#wake.ring();
  }

  #connected(): void {
    const connection = this.#connections;
    const attempt = async (): Promise<true> => {
      const containers = await listContainers(this.#docker, this.#projectName, this.#signal);
      // The next connection lists again.
      if (connection === this.#connections) for (const container of containers) this.#open(container);
      return true;
    };
    const timeoutMs = this.#giveUpAfterMs;
    retryUntil(attempt, { what: 'The list of containers', timeoutMs, signal: this.#signal }).catch(
      (error: unknown) => this.#end(error),
    );
  }

  #open(container: ProjectContainer): void {
    const { id } = container;
    if (this.#streams.has(id) || this.#signal.aborted || !isWanted(container, this.#services)) return;
    const own = ownStop(this.#signal);
    this.#streams.set(id, own);
    this.#read(container, own.signal)
      .catch((error: unknown) => {
        if (!own.signal.aborted) this.#end(error);
      })
      .finally(() => {
        own.stop();
        if (this.#streams.get(id) === own) this.#streams.delete(id);
      });
  }

  #close(id: string): void {
    this.#streams.get(id)?.stop();
    this.#streams.delete(id);
    this.#latest.delete(id);
  }

  /** Until the container stops or the signal is aborted. */
  async #read(container: ProjectContainer, signal: AbortSignal): Promise<void> {
    const { id, service, replica } = container;
    const what = `Reading what ${service} uses`;
    const pause = new Pause();
    let failedAt: number | undefined;
    for (;;) {
      const openedAt = Date.now();
      let fault: unknown;
      try {
        const isLimited = await this.#isLimited(id, what, signal);
        if (isLimited === undefined) return;
        const query = { stream: true };
        const stream = await openStream(this.#docker, what, `/containers/${id}/stats`, query, { signal });
        for await (const value of jsonLines(stream, what)) {
          failedAt = undefined;
          const sample = sampleOf(readAnswer(statsAnswer, value, what), isLimited);
          if (!sample) continue;
          this.#latest.set(id, { service, replica, ...sample });
          this.#wake.ring();
        }
      } catch (error) {
        if (isWorkbenchError(error, 'not-found', 'cancelled')) return;
        fault = engineFault(error, what);
        if (!isWorkbenchError(fault, 'unreachable')) throw fault;
      }
      failedAt ??= Date.now();
      if (Date.now() - failedAt >= this.#giveUpAfterMs) throw engineLost(this.#giveUpAfterMs, fault);
      pause.afterConnection(Date.now() - openedAt);
      await pause.wait(this.#giveUpAfterMs, signal);
    }
  }

  /** Whether it has a memory limit of its own; undefined where it does not run. */
  async #isLimited(id: string, what: string, signal: AbortSignal): Promise<boolean | undefined> {
    const answer = await askEngine(what, { signal }, (abortSignal) =>
      this.#docker.getContainer(id).inspect({ abortSignal }),
    );
    const { State, HostConfig } = readAnswer(inspected, answer, what);
    return State.Running ? HostConfig.Memory > 0 : undefined;
  }
}
