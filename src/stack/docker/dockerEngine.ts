import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../../base/errors.ts';
import { silentLog, type Log, type OnProgress } from '../../base/log.ts';
import type { LoadedProject } from '../compose/load.ts';
import type { Connection } from '../connection.ts';
import type {
  ContainerShell,
  DownOptions,
  Engine,
  LogLine,
  LogsOptions,
  OperationOptions,
  PlannedStep,
  ServiceStats,
  ServiceStatus,
  ShellOptions,
  StackEvent,
  StatusOptions,
  UpOptions,
} from '../engine.ts';
import { FileLock } from '../fileLock.ts';
import { systemProcesses, type Processes } from '../processes.ts';
import { readSecret } from '../secrets.ts';
import { StateDir } from '../stateDir.ts';
import { applyPlan } from './apply/apply.ts';
import { connectionFrom } from './project/connectionFrom.ts';
import { connectDocker, type DockerConnection } from './connect/endpoint.ts';
import { readLogs } from './live/logs.ts';
import { projectFilter } from './container/labels.ts';
import { observeContainers, observeVolumes } from './apply/observe.ts';
import type { ContainerStep, ObservedContainer, Plan } from './apply/plan.ts';
import { readContainerViews } from './project/readConnection.ts';
import { StackProject, type Selection } from './project/stackProject.ts';
import { openShell } from './live/shell.ts';
import { readStats } from './live/stats.ts';
import { readStatus, type ProjectServices } from './live/status.ts';
import { stopInOrder, type Stoppable } from './apply/stopInOrder.ts';
import { applySite, bringUp, planBringUp, requireSupported, type UpSite } from './apply/upPlan.ts';
import { removeNetworks, removeVolumes } from './apply/volumesAndNetworks.ts';
import { watchStatus } from './live/watch.ts';

export interface DockerEngineOptions {
  /** The folder that the person works in; state is kept in its `.medallion/docker`. */
  workspaceDir: string;
  /** The folder of our own `compose.yaml`. */
  stackDir: string;
  /** The user's environment. Default: this process's. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Compose files, absolute, the later overriding the earlier. Default: those of the last `up`, else our own. */
  files?: readonly string[] | undefined;
  /** With `files`: what `docker compose --env-file` would name. */
  envFiles?: readonly string[] | undefined;
  /** Default: what the files or COMPOSE_PROJECT_NAME say; for our own file a name of this workspace. */
  projectName?: string | undefined;
  /** Of builds and pulls. */
  onProgress?: OnProgress | undefined;
  log?: Log | undefined;
  /** Finds the engine, at the first use. Default: `connectDocker` with the environment. */
  connect?: ((signal?: AbortSignal) => Promise<DockerConnection>) | undefined;
  /** Where the user's workspaces reserve ports while they start. */
  reservations?: string | undefined;
  processes?: Processes | undefined;
}

/**
 * Runs the services of Compose files as containers, as `docker compose` would: each sees what the other one made. What
 * runs is told by the containers' labels, so that any process finds it again. `close` ends the connection.
 */
export class DockerEngine implements Engine {
  readonly name = 'docker';
  readonly state: StateDir;
  readonly #options: DockerEngineOptions;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #log: Log;
  readonly #project: StackProject;
  readonly #processes: Processes;
  #connected: Promise<DockerConnection> | undefined;

  constructor(options: DockerEngineOptions) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#log = options.log ?? silentLog;
    this.#processes = options.processes ?? systemProcesses();
    this.state = new StateDir(options.workspaceDir);
    this.#project = new StackProject({
      ...options,
      env: this.#env,
      state: this.state,
      processes: this.#processes,
    });
  }

  async up(options: UpOptions = {}): Promise<void> {
    const engine = await this.#engine(options.signal);
    await this.#locked('medallion up', options, (onEvent) =>
      this.#withProject(engine, { ...options, onEvent }, false, async (site) => {
        throwIfCancelled(options.signal);
        await bringUp(site, options);
      }),
    );
  }

  async plan(options: UpOptions = {}): Promise<PlannedStep[]> {
    const engine = await this.#engine(options.signal);
    return this.#withProject(engine, options, true, (site) => planBringUp(site, options));
  }

  /** Works on the project as an `up` with these options has it, its ports reserved meanwhile. */
  async #withProject<T>(
    engine: DockerConnection,
    options: UpOptions,
    isDry: boolean,
    work: (site: UpSite) => Promise<T>,
  ): Promise<T> {
    const { signal, profiles, onEvent = () => undefined } = options;
    const { loaded, release } = await this.#project.toStart(selectionOf(options), engine, {
      isDry,
      onEvent,
      signal,
    });
    try {
      requireProfiles(loaded, profiles);
      const site = this.#site(engine, loaded, onEvent);
      requireSupported(site);
      return await work(site);
    } finally {
      await release();
    }
  }

  async down(options: DownOptions = {}): Promise<void> {
    const { services, volumes = false, signal } = options;
    const withVolumes = volumes === true || (volumes !== false && volumes.length > 0);
    if (withVolumes && services?.length) {
      throw new WorkbenchError(
        'invalid',
        'The data of single services cannot be removed: leave the services out.',
      );
    }
    const engine = await this.#engine(signal);
    await this.#locked('medallion down', options, async (onEvent) => {
      const { docker } = engine;
      const loaded = await this.#project.asLastStarted();
      const { project } = loaded;
      const known = new Set(allServices(loaded).map(({ name }) => name));
      const found = await observeContainers(docker, project.name, signal);
      if (services) requireServices(services, new Set([...known, ...found.map(({ service }) => service)]));
      const isMeant = ({ service, oneOff }: ObservedContainer): boolean => {
        if (services?.length) return services.includes(service) && !oneOff;
        return options.removeOrphans === true || (known.has(service) && !oneOff);
      };
      if (volumes !== true && volumes !== false) await requireVolumes(docker, loaded, volumes, signal);
      const gone = found.filter(isMeant).map(stoppable);
      await stopInOrder(docker, gone, onEvent, { remove: true, volumes: volumes === true, signal });
      if (services?.length) return;
      for (const name of await removeNetworks(docker, project.name, signal)) {
        onEvent({ step: 'note', detail: `the network ${name} stays: other containers use it` });
      }
      if (withVolumes) await removeVolumes(docker, project.name, volumes === true ? true : volumes, signal);
    });
  }

  async volumes({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<string[]> {
    const { docker } = await this.#engine(signal);
    const { project } = await this.#project.asLastStarted();
    return (await observeVolumes(docker, projectFilter(project.name), signal)).map(({ name }) => name);
  }

  async restart(service: string, options: OperationOptions = {}): Promise<void> {
    const { signal } = options;
    const engine = await this.#engine(signal);
    const all = await this.#project.asLastStarted();
    requireServices([service], new Set(allServices(all).map(({ name }) => name)));
    const found = await observeContainers(engine.docker, all.project.name, signal);
    const containers = found.filter(({ oneOff }) => !oneOff);
    if (!containers.some((container) => container.service === service)) {
      return this.up({ ...options, services: [service] });
    }
    await this.#locked(`medallion restart ${service}`, options, async (onEvent) => {
      const isMeant = (container: ObservedContainer): boolean =>
        container.service === service ||
        container.dependsOn.some((dependency) => dependency.service === service && dependency.restart);
      const affected = containers.filter(isMeant).map((container) => container.service);
      const services = new Map<string, ContainerStep[]>();
      // What it depends on is left alone; it was not asked for.
      for (const name of new Set([service, ...affected])) {
        const steps = containers
          .filter((container) => container.service === name)
          .sort((a, b) => a.number - b.number)
          .map((old): ContainerStep => {
            const reason = name === service ? 'as asked for' : `${service} is restarted`;
            return { action: 'restart', service: name, number: old.number, old, reason };
          });
        services.set(name, steps);
      }
      const plan: Plan = { networks: [], volumes: [], removals: [], services, notes: [] };
      const selected = await this.#project.asLastStarted({ services: [...services.keys()] });
      const site = await applySite(this.#site(engine, selected, onEvent), new Map());
      await applyPlan(plan, { containers, networks: [], volumes: [] }, site, signal);
    });
  }

  async reset(options: OperationOptions = {}): Promise<void> {
    await this.down({ ...options, volumes: true, removeOrphans: true });
  }

  async status(options: StatusOptions = {}): Promise<ServiceStatus[]> {
    const project = await this.#services(options.services);
    const { docker } = await this.#engine(options.signal);
    return readStatus(docker, project, options);
  }

  async *watch(options: StatusOptions = {}): AsyncIterable<ServiceStatus[]> {
    const project = await this.#services(options.services);
    const { docker } = await this.#engine(options.signal);
    yield* watchStatus(docker, project, options);
  }

  async *stats(options: StatusOptions = {}): AsyncIterable<ServiceStats> {
    const project = await this.#services(options.services);
    const { docker } = await this.#engine(options.signal);
    yield* readStats(docker, project, options);
  }

  async *logs(options: LogsOptions = {}): AsyncIterable<LogLine> {
    const { projectName } = await this.#services(options.services);
    const { docker } = await this.#engine(options.signal);
    yield* readLogs(docker, { projectName, log: this.#log }, options);
  }

  async shell(service: string, replica: number, options: ShellOptions): Promise<ContainerShell> {
    const { projectName } = await this.#services([service]);
    const { docker } = await this.#engine(options.signal);
    return openShell(docker, { projectName, service, replica }, options);
  }

  async connection(): Promise<Connection> {
    if (!(await this.#project.wasStarted())) {
      throw new WorkbenchError('not-found', 'This workspace has no stack yet: start it with `medallion up`.');
    }
    const { project } = await this.#project.asLastStarted();
    const engine = await this.#engine();
    const containers = await readContainerViews(engine.docker, project.name);
    return connectionFrom({
      containers,
      engineHost: engine.info.hostIp ?? '127.0.0.1',
      secret: (name) => this.#secret(name),
    });
  }

  /** The engine that is used; looked for at the first call. */
  engine(signal?: AbortSignal): Promise<DockerConnection> {
    return this.#engine(signal);
  }

  /** Ends the connection to the engine, and with it what is still followed. */
  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await connected?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }

  #engine(signal?: AbortSignal): Promise<DockerConnection> {
    if (this.#connected) return this.#connected;
    const connect = this.#options.connect ?? ((stop) => connectDocker({ env: this.#env, signal: stop }));
    const connected = connect(signal);
    this.#connected = connected;
    connected.catch(() => {
      // The next call looks again: the engine may be started meanwhile.
      if (this.#connected === connected) this.#connected = undefined;
    });
    return connected;
  }

  #site(engine: DockerConnection, loaded: LoadedProject, onEvent: (event: StackEvent) => void): UpSite {
    return { engine, loaded, env: this.#env, log: this.#log, onProgress: this.#options.onProgress, onEvent };
  }

  /** Runs an operation that changes the stack; only one at a time does. */
  async #locked(
    what: string,
    options: OperationOptions,
    work: (onEvent: (event: StackEvent) => void) => Promise<void>,
  ): Promise<void> {
    const onEvent = options.onEvent ?? (() => undefined);
    await this.state.make();
    const lock = await FileLock.take(join(this.state.docker, 'lock'), what, this.#processes, {
      signal: options.signal,
      onWait: (holder) =>
        onEvent({ step: 'note', detail: `waiting for "${holder.what}" (process ${holder.pid})` }),
    });
    try {
      await work(onEvent);
    } finally {
      await lock.release();
    }
  }

  async #services(names: readonly string[] | undefined): Promise<ProjectServices> {
    const loaded = await this.#project.asLastStarted();
    const services = allServices(loaded);
    if (names) requireServices(names, new Set(services.map(({ name }) => name)));
    return { projectName: loaded.project.name, services };
  }

  /** One of the stack's own secrets; the user's files have theirs wherever they like. */
  async #secret(name: string): Promise<string | undefined> {
    if (!(await this.#project.isOurs())) return undefined;
    try {
      return await readSecret(this.state.secrets, name);
    } catch (error) {
      if (isWorkbenchError(error, 'not-found')) return undefined;
      throw error;
    }
  }
}

function stoppable({ id, name, service, number, dependsOn }: ObservedContainer): Stoppable {
  return { id, name, service, number, dependsOn: dependsOn.map((dependency) => dependency.service) };
}

function selectionOf({ services, profiles }: UpOptions): Selection {
  return { services, profiles };
}

/** All of the files' services, those first that are on. */
function allServices({
  project,
  disabled,
}: LoadedProject): { name: string; profiles?: string[] | undefined }[] {
  return Object.entries({ ...project.services, ...disabled }).map(([name, { profiles }]) => ({
    name,
    profiles,
  }));
}

function requireServices(names: readonly string[], known: ReadonlySet<string>): void {
  for (const name of names) {
    if (known.has(name)) continue;
    throw new WorkbenchError('invalid', `There is no service ${name}. Services: ${[...known].join(', ')}.`);
  }
}

/** Of those in use, and of those that an earlier `up` left. */
async function requireVolumes(
  docker: Dockerode,
  { project }: LoadedProject,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await observeVolumes(docker, projectFilter(project.name), signal);
  const known = new Set([...Object.keys(project.volumes ?? {}), ...found.flatMap(({ key }) => key ?? [])]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const choice = [...known].join(', ') || 'none';
  throw new WorkbenchError('invalid', `There is no volume ${unknown}. Volumes: ${choice}.`);
}

function requireProfiles({ project, disabled }: LoadedProject, profiles: readonly string[] = []): void {
  const services = [...Object.values(project.services), ...Object.values(disabled)];
  const known = new Set(services.flatMap((service) => service.profiles ?? []));
  const unknown = profiles.find((profile) => profile !== '*' && !known.has(profile));
  if (unknown === undefined) return;
  const choice = [...known].join(', ') || 'none';
  throw new WorkbenchError('invalid', `There is no profile ${unknown}. Profiles: ${choice}.`);
}
