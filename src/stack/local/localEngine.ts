import { readFile, realpath, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { WorkbenchError, systemErrorCode } from '../../base/errors.ts';
import { ComposeFile } from '../composeFile.ts';
import type { ComposeProject } from '../composeProject.ts';
import type { Connection } from '../connection.ts';
import type {
  DownOptions,
  Engine,
  LogLine,
  LogsOptions,
  OperationOptions,
  ServiceStatus,
  StackEvent,
  StatusOptions,
  UpOptions,
} from '../engine.ts';
import { FileLock } from '../fileLock.ts';
import { choosePorts } from '../ports.ts';
import { systemProcesses, withDescendants, type Processes } from '../processes.ts';
import { ensureSecrets } from '../secrets.ts';
import { StateDir, fileError } from '../stateDir.ts';
import { bringUp, stopAll } from './bringUp.ts';
import { connectionFrom, type JavaOptions } from './connectionFrom.ts';
import { readLogs } from './followLogs.ts';
import { markVariable } from './launch.ts';
import { localVariables, portWishes, type LocalRuntime, type Variables } from './localVariables.ts';
import { replicasOf, requireService, requireSupported, selectServices, type Replica } from './plan.ts';
import { ProcessTable, type ProcessRecord } from './processTable.ts';
import { readSettings, writeSettings } from './settings.ts';
import { replicaOfMark, type Site } from './site.ts';
import { statusOf } from './statusOf.ts';

export interface LocalEngineOptions {
  /** The folder that the person works in; state is kept in its `.medallion`. */
  workspace: string;
  /** The folder of `compose.yaml`, `services/` and `retail/`. */
  stackDir: string;
  /** The provisioned parts, or what makes them; asked for by `up` only. */
  runtime: LocalRuntime | ((signal?: AbortSignal) => Promise<LocalRuntime>);
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
      const file = await this.#composeFile();
      const uses = file.variables();
      const user = await this.#userVariables();
      const kept = (await readSettings(this.state.local))?.ports ?? {};
      const wishes = portWishes(uses, user, kept);
      const chosen = await choosePorts(wishes, {
        host: '127.0.0.1',
        reservations: this.#options.reservations ?? this.#defaultReservations(),
        processes: this.#processes,
        ourPids: () => this.#ourPids(site.table),
      });
      try {
        for (const { name, preferred, kept: last, explicit } of wishes) {
          const port = chosen.ports[name]!;
          if (explicit !== undefined || port === last || port === preferred || preferred === 0) continue;
          site.onEvent({ step: 'note', detail: `${name} is ${port}, since ${last ?? preferred} is taken` });
        }
        const variables = localVariables({
          uses,
          user,
          ports: chosen.ports,
          state: this.state,
          stackDir: this.#options.stackDir,
          runtime,
          node: this.#options.node ?? user.MEDALLION_NODE ?? process.execPath,
        });
        // A name without a value in an `environment` is a use, too.
        const project = file.resolve((name) => {
          const value = variables[name] ?? user[name];
          if (value !== undefined) variables[name] = value;
          return value;
        });
        requireSupported(project);
        const plan = planOf(file, project, variables, options);
        await ensureSecrets(this.state.secrets, project.secrets.keys());
        throwIfCancelled(options.signal);
        await writeSettings(this.state.local, { version: 1, variables, ports: chosen.ports });
        await stopAll(surplus(site.table.records, plan), site);
        await bringUp(plan, site, options.signal);
      } finally {
        await chosen.release();
      }
    });
  }

  async down(options: DownOptions = {}): Promise<void> {
    this.#requirePlatform();
    const { services, volumes = false } = options;
    if (volumes && services) {
      throw new WorkbenchError(
        'invalid',
        'The data of single services cannot be removed: leave the services out.',
      );
    }
    if (!(await this.state.exists())) return;
    await this.#locked('medallion down', options, async (site) => {
      await this.#stop(services, site);
      if (volumes) await remove(this.state.data);
    });
  }

  async restart(service: string, options: OperationOptions = {}): Promise<void> {
    this.#requirePlatform();
    const { variables } = await this.#settings();
    await this.#locked(`medallion restart ${service}`, options, async (site) => {
      const file = await this.#composeFile();
      const project = file.resolve((name) => variables[name]);
      const described = requireService(project, service);
      const before = site.table.of(service);
      const count =
        before.length > 0 ? Math.max(...before.map(({ replica }) => replica)) : described.replicas;
      const replicas = replicasOf(file, described, variables, count);
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

  async status(options: StatusOptions = {}): Promise<ServiceStatus[]> {
    this.#requirePlatform();
    const variables = (await readSettings(this.state.local))?.variables ?? {};
    const file = await this.#composeFile();
    const project = file.resolve((name) => variables[name]);
    for (const name of options.services ?? []) requireService(project, name);
    const services = [...project.services.values()].filter(
      ({ name }) => !options.services || options.services.includes(name),
    );
    const site = await this.#site(undefined);
    return statusOf(file, services, variables, site, options.signal);
  }

  async *logs(options: LogsOptions = {}): AsyncIterable<LogLine> {
    this.#requirePlatform();
    if (options.services) {
      const variables = (await readSettings(this.state.local))?.variables ?? {};
      const project = (await this.#composeFile()).resolve((name) => variables[name]);
      for (const name of options.services) requireService(project, name);
    }
    yield* readLogs(this.state.logs, options);
  }

  async connection(): Promise<Connection> {
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

  #composeFile(): Promise<ComposeFile> {
    return ComposeFile.read(join(this.#options.stackDir, 'compose.yaml'));
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
      await this.#adoptLost(site);
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

  /**
   * Takes back processes of this workspace that no record is of: the table was damaged or removed, or the process that
   * started them was killed before it could write.
   */
  async #adoptLost(site: Site): Promise<void> {
    const marks = await this.#processes.withVariable(markVariable);
    for (const [pid, mark] of marks) {
      const named = replicaOfMark(site.statePath, mark);
      if (!named || site.table.get(named.service, named.replica)?.pid === pid) continue;
      const info = await this.#processes.find(pid);
      if (info?.group !== pid) continue;
      const other = site.table.get(named.service, named.replica);
      if (other && (await this.#processes.find(other.pid))?.started === other.started) continue;
      await site.table.put({
        ...named,
        pid,
        started: info.started,
        since: new Date().toISOString(),
        definition: {},
        ports: [],
        stopSignal: 'SIGTERM',
        stopGraceMs: 10_000,
        dependsOn: [],
        logStart: 0,
      });
    }
  }

  async #stop(services: readonly string[] | undefined, site: Site): Promise<void> {
    if (services) {
      const variables = (await readSettings(this.state.local))?.variables ?? {};
      const project = (await this.#composeFile()).resolve((name) => variables[name]);
      for (const name of services) if (site.table.of(name).length === 0) requireService(project, name);
    }
    await stopAll(
      site.table.records.filter(({ service }) => !services || services.includes(service)),
      site,
    );
  }

  async #ourPids(table: ProcessTable): Promise<Set<number>> {
    const all = await this.#processes.all();
    const roots = table.records.filter((record) =>
      all.some(({ pid, started }) => pid === record.pid && started === record.started),
    );
    return new Set(withDescendants(all, new Set(roots.map(({ pid }) => pid))).map(({ pid }) => pid));
  }

  /** The environment, and below it the workspace's `.env`. */
  async #userVariables(): Promise<Record<string, string>> {
    const path = join(this.#options.workspace, '.env');
    let fromFile: Record<string, string | undefined> = {};
    try {
      fromFile = parseEnv(await readFile(path, 'utf8'));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw fileError(error, path);
    }
    const all = Object.entries({ ...fromFile, ...this.#environment });
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  #defaultReservations(): string {
    const cache = this.#environment.XDG_CACHE_HOME ?? join(this.#environment.HOME ?? homedir(), '.cache');
    return join(cache, 'medallion-workbench', 'ports');
  }
}

function planOf(
  file: ComposeFile,
  project: ComposeProject,
  variables: Variables,
  options: UpOptions,
): Map<string, Replica[]> {
  for (const name of Object.keys(options.scale ?? {})) requireService(project, name);
  return new Map(
    selectServices(project, options).map((service) => [
      service.name,
      replicasOf(file, service, variables, options.scale?.[service.name]),
    ]),
  );
}

/** Replicas of planned services that the plan has no place for. */
function surplus(
  records: readonly ProcessRecord[],
  plan: ReadonlyMap<string, readonly Replica[]>,
): ProcessRecord[] {
  return records.filter(({ service, replica }) => {
    const planned = plan.get(service);
    return planned !== undefined && replica > planned.length;
  });
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw fileError(error, path);
  });
}
