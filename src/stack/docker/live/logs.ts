import type Dockerode from 'dockerode';
import { isWorkbenchError } from '../../../base/errors.ts';
import { silentLog, type Log } from '../../../base/log.ts';
import { retryUntil } from '../../../base/retry.ts';
import type { LogLine, LogsOptions } from '../../engine.ts';
import { ContainerLog } from './containerLog.ts';
import { defaultGiveUpMs, watchEvents } from './events.ts';
import { LogMerger } from './logMerger.ts';
import { ownStop } from './ownStop.ts';
import { isWanted, listContainers, type ProjectContainer } from './projectContainers.ts';

export interface LiveProject {
  projectName: string;
  log?: Log | undefined;
  /** How long a lost engine is tried to be reached again. Default 30 s. */
  giveUpAfterMs?: number | undefined;
}

/**
 * The logs of a project's containers: what was written, in the order of time; with `follow` then new lines as they
 * come, in turns between the containers, also of those that are created or started again later, until the signal is
 * aborted. Reads no faster than it is iterated, so that the memory it takes does not grow. A cut connection is taken
 * up again without a line lost or doubled; throws `unreachable` where the engine cannot be reached again in time. A
 * container whose log driver keeps nothing to read is left out with a warning, or `unsupported` if it is the only one
 * that was asked for. See GET /containers/{id}/logs.
 */
export async function* readLogs(
  docker: Dockerode,
  project: LiveProject,
  options: LogsOptions = {},
): AsyncIterable<LogLine> {
  if (options.signal?.aborted) return;
  // Ends all streams, also where the caller just stops to iterate.
  const { signal, stop } = ownStop(options.signal);
  try {
    const logs = new ProjectLogs(docker, project, options, signal);
    if (options.follow) logs.follow();
    else await logs.addAll();
    for await (const batch of logs.merger.batches()) {
      for (const line of batch) {
        if (signal.aborted) return;
        yield line;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop();
  }
}

class ProjectLogs {
  readonly merger: LogMerger;
  readonly #docker: Dockerode;
  readonly #project: LiveProject;
  readonly #options: LogsOptions;
  readonly #signal: AbortSignal;
  readonly #logs = new Map<string, ContainerLog>();
  /** Containers that events told of before the first list was there. */
  readonly #early = new Map<string, ProjectContainer>();
  #wasListed = false;
  #connections = 0;

  constructor(docker: Dockerode, project: LiveProject, options: LogsOptions, signal: AbortSignal) {
    this.#docker = docker;
    this.#project = project;
    this.#options = options;
    this.#signal = signal;
    this.merger = new LogMerger(options.follow === true);
    signal.addEventListener('abort', () => this.merger.end(), { once: true });
  }

  /** Adds the containers that there are; of those that are known, the logs are read on. */
  async addAll(): Promise<void> {
    const containers = await listContainers(this.#docker, this.#project.projectName, this.#signal);
    const ids = new Set(containers.map(({ id }) => id));
    for (const [id, log] of this.#logs) {
      if (ids.has(id)) log.startedAgain();
      else log.gone();
    }
    for (const container of containers) this.#add(container, !this.#wasListed);
    this.#wasListed = true;
    for (const container of this.#early.values()) this.#add(container, false);
    this.#early.clear();
    this.merger.begin();
  }

  /** Adds them, and those that come, until the signal is aborted or the engine is lost. */
  follow(): void {
    watchEvents(this.#docker, {
      projectName: this.#project.projectName,
      giveUpAfterMs: this.#project.giveUpAfterMs,
      signal: this.#signal,
      onConnected: () => this.#connected(),
      onEvent: ({ container, action }) => this.#happened(container, action),
      onLost: () => {
        this.#connections += 1;
        for (const log of this.#logs.values()) log.cut();
      },
    }).then(
      () => this.merger.end(),
      (error: unknown) => this.merger.end(error),
    );
  }

  #connected(): void {
    const connection = this.#connections;
    const timeoutMs = this.#project.giveUpAfterMs ?? defaultGiveUpMs;
    const attempt = async (): Promise<true> => {
      // The next connection lists again.
      if (connection === this.#connections) await this.addAll();
      return true;
    };
    retryUntil(attempt, { what: 'The list of containers', timeoutMs, signal: this.#signal }).catch(
      (error: unknown) => this.merger.end(error),
    );
  }

  #happened(container: ProjectContainer, action: string): void {
    const known = this.#logs.get(container.id);
    if (action === 'destroy') {
      this.#early.delete(container.id);
      known?.gone();
    } else if (known) {
      if (action === 'start') known.startedAgain();
    } else if (action === 'create' || action === 'start') {
      if (this.#wasListed) this.#add(container, false);
      else this.#early.set(container.id, container);
    }
  }

  /** `isOld`: it was there before we looked; of a later one all lines are new. */
  #add(container: ProjectContainer, isOld: boolean): void {
    const { services, tail, follow = false } = this.#options;
    if (this.#logs.has(container.id) || !isWanted(container, services)) return;
    const log = new ContainerLog(this.#docker, container, {
      follow,
      tail: isOld ? tail : undefined,
      signal: this.#signal,
      giveUpAfterMs: this.#project.giveUpAfterMs,
    });
    this.#logs.set(container.id, log);
    const source = {
      get openedAt() {
        return log.openedAt;
      },
      batches: () => this.#readable(log),
    };
    this.merger.add(source, isOld, () => this.#logs.delete(container.id));
  }

  async *#readable(log: ContainerLog): AsyncGenerator<LogLine[]> {
    try {
      yield* log.batches();
    } catch (error) {
      const isOnly = this.#options.services?.length === 1;
      if (isOnly || !isWorkbenchError(error, 'unsupported')) throw error;
      (this.#project.log ?? silentLog).warn(error.message);
    }
  }
}
