import { realpath, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { WorkbenchError } from '../../base/errors.ts';
import type { WholeConnection } from '../connection.ts';
import type {
  DownOptions,
  Engine,
  LocalShell,
  LogLine,
  LogsOptions,
  OperationOptions,
  PlannedStep,
  ServiceStats,
  ServiceStatus,
  StackEvent,
  StatusOptions,
  UpOptions,
} from '../engine.ts';
import { FileLock } from '../fileLock.ts';
import { systemProcesses, withDescendants, type Processes } from '../processes.ts';
import { ensureSecrets } from '../secrets.ts';
import { StateDir, fileError } from '../stateDir.ts';
import { bringUp, stopAll } from './bringUp.ts';
import { connectionFrom, type JavaOptions } from './connectionFrom.ts';
import { readLogs } from './followLogs.ts';
import { userVariables, type Variables } from '../userVariables.ts';
import type { LocalRuntime } from './localVariables.ts';
import { lostProcesses } from './lostProcesses.ts';
import { replicasOf, requireService } from './plan.ts';
import { plannedSteps, surplus } from './plannedSteps.ts';
import { prepareUp, type PreparedUp } from './prepareUp.ts';
import { ProcessTable, type ProcessRecord } from './processTable.ts';
import { checkHealth } from './readiness.ts';
import { readSettings, writeSettings } from './settings.ts';
import { localShell } from './shell.ts';
import type { Site } from './site.ts';
import { StackFile } from './stackFile.ts';
import { sampleUsage } from './stats.ts';
import { statusOf } from './statusOf.ts';
import { removableVolumes, volumesOf } from './volumeFolders.ts';
import { watchStatus, type Check } from './watchStatus.ts';

export interface LocalEngineOptions {
  /** The folder that the person works in; state is kept in its `.medallion`. */
  workspace: string;
  /** The folder of `compose.yaml`, `services/` and `retail/`. */
  stackDir: string;
  /** The provisioned parts, or what makes them; asked for by `up` only. */
  runtime: LocalRuntime | ((signal?: AbortSignal) => Promise<LocalRuntime>);
  /** What `runtime` would give without installing anything, for `plan`; undefined where it is not installed. */
  installedRuntime?: () => Promise<LocalRuntime | undefined>;
  /** Options that make drivers and executors start faster with this runtime. Default: none. */
  javaOptions?: (runtime: LocalRuntime) => JavaOptions | Promise<JavaOptions>;
  /** The user's environment. Default: this process's. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** The Node that runs the simulator. Default: this process's. */
  node?: string;
  /** Where the user's workspaces reserve ports while they start. */
  reservations?: string;
  platform?: NodeJS.Platform;
  processes?: Processes;
}

/**
 * Runs the services of a Compose file as detached processes of this machine. Their state is on disk, so any later
 * process finds them again. Linux and macOS.
 */
export class LocalEngine implements Engine {
  readonly name = 'local';
  readonly state: StateDir;
  readonly #options: LocalEngineOptions;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #platform: NodeJS.Platform;
  readonly #processes: Processes;

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.state = new StateDir(options.workspace);
    this.#environment = options.environment ?? process.env;
    this.#platform = options.platform ?? process.platform;
    this.#processes = options.processes ?? systemProcesses(this.#platform);
  }

  async up(options: UpOptions = {}): Promise<void> {
    const { runtime: given } = this.#options;
    this.#requirePlatform();
    const runtime = typeof given === 'function' ? await given(options.signal) : given;
    await this.#locked('medallion up', options, async (site) => {
      const prepared = await this.#prepare(site, site.table.records, runtime, options);
      const { project, plan, variables, chosen } = prepared;
      try {
        await ensureSecrets(this.state.secrets, project.secrets);
        throwIfCancelled(options.signal);
        await writeSettings(this.state.local, { version: 1, variables, ports: chosen.ports });
        await stopAll(surplus(site.table.records, plan), site);
        await bringUp(plan, site, options.signal);
      } finally {
        await chosen.release();
      }
    });
  }

  async plan(options: UpOptions = {}): Promise<PlannedStep[]> {
    this.#requirePlatform();
    const site = await this.#site(undefined);
    const records = [...site.table.records, ...(await lostProcesses(site))];
    const { runtime, isInstalled } = await this.#installedRuntime();
    const { project, plan, chosen } = await this.#prepare(site, records, runtime, options);
    await chosen.release();
    throwIfCancelled(options.signal);
    const steps = await plannedSteps(plan, project, records, this.#processes);
    if (isInstalled) return steps;
    return [
      { action: 'pull', kind: 'runtime', name: 'runtime', reason: 'it is not installed yet' },
      ...steps,
    ];
  }

  async #prepare(
    site: Site,
    records: readonly ProcessRecord[],
    runtime: LocalRuntime,
    options: UpOptions,
  ): Promise<PreparedUp> {
    const { workspace, stackDir, node, reservations } = this.#options;
    return prepareUp(options, {
      file: this.#stackFile(),
      user: await userVariables(workspace, this.#environment),
      kept: (await readSettings(this.state.local))?.ports ?? {},
      ports: {
        host: '127.0.0.1',
        reservations: reservations ?? this.#defaultReservations(),
        processes: this.#processes,
        ourPids: () => this.#ourPids(records),
      },
      state: this.state,
      stackDir,
      runtime,
      node,
      onEvent: site.onEvent,
    });
  }

  /** The runtime that an `up` would use, without installing it. */
  async #installedRuntime(): Promise<{ runtime: LocalRuntime; isInstalled: boolean }> {
    const { runtime, installedRuntime } = this.#options;
    if (typeof runtime !== 'function') return { runtime, isInstalled: true };
    const installed = await installedRuntime?.();
    if (installed) return { runtime: installed, isInstalled: true };
    const before = (await readSettings(this.state.local))?.variables;
    return {
      runtime: {
        runtimeDir: before?.MEDALLION_RUNTIME ?? '/',
        javaHome: before?.MEDALLION_JAVA_HOME ?? '/',
      },
      // Not asked, and so not known to be missing.
      isInstalled: installedRuntime === undefined,
    };
  }

  async down(options: DownOptions = {}): Promise<void> {
    this.#requirePlatform();
    const { services, volumes = false } = options;
    if (volumes === true && services) {
      throw new WorkbenchError(
        'invalid',
        'The data of single services cannot be removed: leave the services out, or name the volumes.',
      );
    }
    if (!(await this.state.exists())) return;
    await this.#locked('medallion down', options, async (site) => {
      const folders = typeof volumes === 'boolean' ? [] : await this.#foldersOf(volumes, services, site);
      await this.#stop(services, site);
      if (volumes === true) folders.push(this.state.data);
      for (const folder of folders) await remove(folder);
    });
  }

  async volumes(): Promise<string[]> {
    const settings = await readSettings(this.state.local);
    if (!settings) return [];
    return volumesOf(await this.#stackFile().resolve(settings.variables)).map(({ name }) => name);
  }

  /** The data folders of volumes that nobody uses once `services`, or all, have stopped. */
  async #foldersOf(
    names: readonly string[],
    services: readonly string[] | undefined,
    site: Site,
  ): Promise<string[]> {
    if (names.length === 0) return [];
    const { variables } = await this.#settings();
    const project = await this.#stackFile().resolve(variables);
    const volumes = await removableVolumes(project, names, this.state.data);
    for (const { name, services: users } of volumes) {
      const user = users.find((one) => services && !services.includes(one) && site.table.of(one).length > 0);
      if (user === undefined) continue;
      throw new WorkbenchError('conflict', `The volume ${name} is in use by ${user}: stop that, too.`);
    }
    return volumes.flatMap(({ folders }) => folders);
  }

  async restart(service: string, options: OperationOptions = {}): Promise<void> {
    this.#requirePlatform();
    const { variables } = await this.#settings();
    await this.#locked(`medallion restart ${service}`, options, async (site) => {
      const file = this.#stackFile();
      const project = await file.resolve(variables);
      const described = requireService(project, service);
      const before = site.table.of(service);
      const count =
        before.length > 0 ? Math.max(...before.map(({ replica }) => replica)) : described.replicas;
      const replicas = await replicasOf(file, described, variables, count);
      await stopAll(before, site);
      throwIfCancelled(options.signal);
      await bringUp(new Map([[service, replicas]]), site, options.signal);
    });
  }

  async reset(options: OperationOptions = {}): Promise<void> {
    this.#requirePlatform();
    if (!(await this.state.exists())) return;
    await this.#locked('medallion reset', options, async (site) => {
      await this.#stop(undefined, site);
      for (const path of [this.state.data, this.state.logs, join(this.state.path, 'run')]) await remove(path);
    });
  }

  status(options: StatusOptions = {}): Promise<ServiceStatus[]> {
    return this.#status(options);
  }

  async #status(options: StatusOptions, file = this.#stackFile(), check?: Check): Promise<ServiceStatus[]> {
    this.#requirePlatform();
    const variables = (await readSettings(this.state.local))?.variables ?? {};
    const project = await file.resolve(variables);
    for (const name of options.services ?? []) requireService(project, name);
    const services = [...project.services.values()].filter(
      ({ name }) => !options.services || options.services.includes(name),
    );
    const site = await this.#site(undefined);
    return statusOf(file, services, variables, site, check ?? checkWith(site), options.signal);
  }

  async *watch(options: StatusOptions = {}): AsyncIterable<ServiceStatus[]> {
    const { services, signal } = options;
    const check = checkWith(await this.#site(undefined));
    let file = this.#stackFile();
    let changedAtMs = NaN;
    const status = async (recent: Check, stop: AbortSignal): Promise<ServiceStatus[]> => {
      // Read again only when it has changed: this is called again and again.
      const { mtimeMs = 0 } = (await stat(file.path).catch(() => undefined)) ?? {};
      if (mtimeMs !== changedAtMs) file = this.#stackFile();
      changedAtMs = mtimeMs;
      return this.#status({ services, signal: stop }, file, recent);
    };
    yield* watchStatus(status, check, signal);
  }

  async *stats(options: StatusOptions = {}): AsyncIterable<ServiceStats> {
    this.#requirePlatform();
    const { services, signal } = options;
    await this.#requireServices(services);
    const records = async (): Promise<ProcessRecord[]> =>
      (await ProcessTable.read(this.state.local)).records.filter(
        ({ service }) => !services || services.includes(service),
      );
    yield* sampleUsage(this.#processes, records, signal);
  }

  async *logs(options: LogsOptions = {}): AsyncIterable<LogLine> {
    this.#requirePlatform();
    await this.#requireServices(options.services);
    yield* readLogs(this.state.logs, options);
  }

  async shell(service: string, replica: number): Promise<LocalShell> {
    this.#requirePlatform();
    const { variables } = await this.#settings();
    const file = this.#stackFile();
    return localShell(file, requireService(await file.resolve(variables), service), {
      replica,
      variables,
      site: await this.#site(undefined),
    });
  }

  async connection(): Promise<WholeConnection> {
    this.#requirePlatform();
    const { variables } = await this.#settings();
    const runtime = {
      runtimeDir: variables.MEDALLION_RUNTIME ?? '',
      javaHome: variables.MEDALLION_JAVA_HOME ?? '',
    };
    const java = (await this.#options.javaOptions?.(runtime)) ?? { driver: '', executor: '' };
    return connectionFrom(variables, this.state.secrets, java);
  }

  #requirePlatform(): void {
    if (this.#platform === 'linux' || this.#platform === 'darwin') return;
    const system = this.#platform === 'win32' ? 'Windows' : this.#platform;
    throw new WorkbenchError(
      'unsupported',
      `The stack does not run as processes on ${system}. Use Docker, or open the folder in WSL.`,
    );
  }

  async #requireServices(names: readonly string[] | undefined): Promise<void> {
    if (!names) return;
    const variables = (await readSettings(this.state.local))?.variables ?? {};
    const project = await this.#stackFile().resolve(variables);
    for (const name of names) requireService(project, name);
  }

  #stackFile(): StackFile {
    return new StackFile(join(this.#options.stackDir, 'compose.yaml'));
  }

  async #settings(): Promise<{ variables: Variables }> {
    const settings = await readSettings(this.state.local);
    if (settings) return settings;
    throw new WorkbenchError('not-found', 'This workspace has no stack yet: start it with `medallion up`.');
  }

  /** Runs an operation that changes the stack; only one at a time does. */
  async #locked(what: string, options: OperationOptions, work: (site: Site) => Promise<void>): Promise<void> {
    await this.state.make();
    const lock = await FileLock.take(join(this.state.local, 'lock'), what, this.#processes, {
      signal: options.signal,
      onWait: (holder) =>
        options.onEvent?.({ step: 'note', detail: `waiting for "${holder.what}" (process ${holder.pid})` }),
    });
    try {
      const site = await this.#site(options.onEvent);
      for (const record of await lostProcesses(site)) await site.table.put(record);
      await work(site);
    } finally {
      await lock.release();
    }
  }

  async #site(onEvent: ((event: StackEvent) => void) | undefined): Promise<Site> {
    return {
      processes: this.#processes,
      table: await ProcessTable.read(this.state.local),
      statePath: await realpath(this.state.path).catch(() => this.state.path),
      logsPath: this.state.logs,
      user: this.#environment,
      onEvent: onEvent ?? (() => undefined),
    };
  }

  async #stop(services: readonly string[] | undefined, site: Site): Promise<void> {
    if (services) {
      const variables = (await readSettings(this.state.local))?.variables ?? {};
      const project = await this.#stackFile().resolve(variables);
      for (const name of services) if (site.table.of(name).length === 0) requireService(project, name);
    }
    await stopAll(
      site.table.records.filter(({ service }) => !services || services.includes(service)),
      site,
    );
  }

  async #ourPids(records: readonly ProcessRecord[]): Promise<Set<number>> {
    const all = await this.#processes.all();
    const roots = records.filter((record) =>
      all.some(({ pid, started }) => pid === record.pid && started === record.started),
    );
    return new Set(withDescendants(all, new Set(roots.map(({ pid }) => pid))).map(({ pid }) => pid));
  }

  #defaultReservations(): string {
    const cache = this.#environment.XDG_CACHE_HOME ?? join(this.#environment.HOME ?? homedir(), '.cache');
    return join(cache, 'medallion-workbench', 'ports');
  }
}

function checkWith(site: Site): Check {
  return (replica, _record, signal) => checkHealth(replica, site, signal);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw fileError(error, path);
  });
}
