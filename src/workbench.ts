import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Log, OnProgress } from './base/log.ts';
import { WorkbenchError } from './base/errors.ts';
import { dataRoot } from './lake/layers.ts';
import { WebHdfs } from './lake/webHdfs.ts';
import type { KernelSettings } from './session/kernelBundle.ts';
import type { SessionMemory, WarmSession } from './session/sessionTypes.ts';
import type { JobParts } from './spark/job.ts';
import { SparkCluster } from './spark/sparkCluster.ts';
import { lastEngine, noteEngine, requireNotRunning, type EngineName } from './stack/chosenEngine.ts';
import type { Connection } from './stack/connection.ts';
import type { DockerEngine } from './stack/docker/dockerEngine.ts';
import type { DockerConnection } from './stack/docker/connect/endpoint.ts';
import type { Engine } from './stack/engine.ts';
import { examineStack } from './stack/examineStack.ts';
import type { Finding } from './stack/finding.ts';
import { LocalEngine } from './stack/local/localEngine.ts';
import { findRuntime, provisionRuntime, type Runtime } from './stack/provision.ts';
import { startupOptionsOf } from './stack/startupOptions.ts';
import { StateDir } from './stack/stateDir.ts';

/** Of an engine; files and names are for Docker only. */
export interface EngineOptions {
  /** Compose files instead of `stack/compose.yaml`. */
  files?: readonly string[] | undefined;
  envFiles?: readonly string[] | undefined;
  projectName?: string | undefined;
  onProgress?: OnProgress | undefined;
  /** Of the search for an engine. */
  signal?: AbortSignal | undefined;
}

export interface WorkbenchOptions {
  /** The folder that the stack and its state belong to. */
  workspaceDir: string;
  /** Where this program is installed: the folder with `stack/` and `pyspark/`. */
  installDir: string;
  env: NodeJS.ProcessEnv;
  log: Log;
  /** A cluster that runs elsewhere: then there is no engine, and the folder has no stack. */
  remote?: Connection | undefined;
}

export interface SessionOptions {
  /** Where another client stopped. */
  memory?: SessionMemory | undefined;
  /** The directory on HDFS with bronze, silver and gold. Default `/data`. */
  lakeRoot?: string | undefined;
  /** Spark properties; they win over the session's own. */
  properties?: Readonly<Record<string, string>> | undefined;
}

/** Builds the parts for one workspace, each at its first use; the only place that wires them. */
export class Workbench {
  readonly #options: WorkbenchOptions;
  readonly #state: StateDir;
  readonly #opened: DockerEngine[] = [];
  readonly #sessions: WarmSession[] = [];
  #usual: Engine | undefined;
  #lake: Promise<WebHdfs> | undefined;
  #spark: Promise<SparkCluster> | undefined;

  constructor(options: WorkbenchOptions) {
    this.#options = options;
    this.#state = new StateDir(options.workspaceDir);
  }

  /** The Compose file of our own stack. */
  get composeFile(): string {
    return join(this.#stackDir, 'compose.yaml');
  }

  get installDir(): string {
    return this.#options.installDir;
  }

  /** The engine of the last `up` in this workspace; before the first one, the local engine, which then says so. */
  async engine(options: EngineOptions = {}): Promise<Engine> {
    this.#requireStack();
    const name = (await lastEngine(this.#state)) ?? 'local';
    if (Object.values(options).some((option) => option !== undefined)) return this.#engine(name, options);
    // Asked for again and again by a window that stays open.
    if (this.#usual?.name !== name) this.#usual = await this.#engine(name, {});
    return this.#usual;
  }

  /**
   * The engine for an `up`. `auto` is the one of the last `up`, else Docker where an engine answers, else local. Only
   * its `up` installs or builds what is missing, and reports that to `onProgress`. Throws `conflict` while the
   * workspace's stack runs on the other engine.
   */
  async engineToStart(wanted: EngineName | 'auto', options: EngineOptions = {}): Promise<Engine> {
    this.#requireStack();
    const last = await lastEngine(this.#state);
    const name = wanted === 'auto' ? (last ?? (await this.#engineHere(options.signal))) : wanted;
    const engine = await this.#engine(name, options);
    if (last !== undefined && last !== name) {
      await requireNotRunning(await this.#engine(last, {}), name, options.signal);
    }
    return engine;
  }

  /** To be called before an engine's `up`: from now on commands mean this engine. */
  noteEngine(name: EngineName): Promise<void> {
    return noteEngine(this.#state, name);
  }

  /** Docker where an engine answers, else local. An engine that was chosen and fails is the user's to know of. */
  async #engineHere(signal: AbortSignal | undefined): Promise<EngineName> {
    try {
      (await this.#connectDocker(signal)).close();
      return 'docker';
    } catch (error) {
      const { DOCKER_HOST, DOCKER_CONTEXT } = this.#options.env;
      if (DOCKER_HOST || DOCKER_CONTEXT || !(error instanceof WorkbenchError) || error.code === 'cancelled')
        throw error;
      this.#options.log.debug(`No Docker engine: ${error.message}`);
      return 'local';
    }
  }

  async #connectDocker(signal?: AbortSignal): Promise<DockerConnection> {
    const { connectDocker } = await import('./stack/docker/connect/endpoint.ts');
    return connectDocker({ env: this.#options.env, signal });
  }

  async #engine(name: EngineName, options: EngineOptions): Promise<Engine> {
    return name === 'docker' ? this.#dockerEngine(options) : this.#localEngine(options);
  }

  async #dockerEngine({ files, envFiles, projectName, onProgress }: EngineOptions): Promise<Engine> {
    // Loaded only where containers are meant.
    const { DockerEngine } = await import('./stack/docker/dockerEngine.ts');
    const engine = new DockerEngine({
      workspaceDir: this.#options.workspaceDir,
      stackDir: this.#stackDir,
      env: this.#options.env,
      log: this.#options.log,
      files: files?.length ? files : undefined,
      envFiles: envFiles?.length ? envFiles : undefined,
      projectName,
      onProgress,
    });
    this.#opened.push(engine);
    return engine;
  }

  #localEngine({ files = [], envFiles = [], projectName, onProgress }: EngineOptions): Engine {
    if (files.length > 0 || envFiles.length > 0 || projectName !== undefined) {
      throw new WorkbenchError(
        'unsupported',
        "The local engine runs Medallion's own Compose file only: other files and names need `--engine docker`.",
      );
    }
    return new LocalEngine({
      workspace: this.#options.workspaceDir,
      stackDir: this.#stackDir,
      environment: this.#options.env,
      runtime: async (signal) => {
        const { dir, javaHome } = await this.runtime({ signal, onProgress });
        return { runtimeDir: dir, javaHome };
      },
      installedRuntime: async () => {
        const found = await findRuntime({ stackDir: this.#stackDir, env: this.#options.env });
        return found && { runtimeDir: found.dir, javaHome: found.javaHome };
      },
      javaOptions: ({ runtimeDir, javaHome }) => startupOptionsOf({ dir: runtimeDir, javaHome }),
    });
  }

  /** The installed programs; installs them where they are missing. */
  runtime(
    options: { signal?: AbortSignal | undefined; onProgress?: OnProgress | undefined } = {},
  ): Promise<Runtime> {
    const { log, env } = this.#options;
    const { signal, onProgress } = options;
    return provisionRuntime({
      stackDir: this.#stackDir,
      env,
      log,
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  }

  async connection(): Promise<Connection> {
    return this.#options.remote ?? (await this.engine()).connection();
  }

  lake(): Promise<WebHdfs> {
    this.#lake ??= this.#connected(({ lake }) => new WebHdfs(lake, { log: this.#options.log }));
    return this.#lake;
  }

  spark(): Promise<SparkCluster> {
    this.#spark ??= this.#connected(({ spark }) => new SparkCluster(spark, { log: this.#options.log }));
    return this.#spark;
  }

  /** Another client of the stack's warm session, to be closed by the caller. Throws `not-found` without the service. */
  async session(options: SessionOptions = {}): Promise<WarmSession> {
    const { memory, lakeRoot = dataRoot, properties = {} } = options;
    const { log } = this.#options;
    const connection = await this.connection();
    const [{ Session }, { JupyterServer, requireSession }, { kernelSettings }, cluster] = await Promise.all([
      import('./session/session.ts'),
      import('./session/jupyterServer.ts'),
      import('./session/sparkSettings.ts'),
      this.spark(),
    ]);
    const server = new JupyterServer(requireSession(connection), { log });
    const settings = (signal: AbortSignal): Promise<KernelSettings> =>
      kernelSettings(connection, { cluster, lakeRoot, properties, log, signal });
    const session = new Session({ server, settings, log, memory });
    this.#sessions.push(session);
    return session;
  }

  /** A part for the connection; a connection that was not there is looked for again at the next call. */
  async #connected<T>(make: (connection: Connection) => T): Promise<T> {
    try {
      return make(await this.connection());
    } catch (error) {
      this.#lake = undefined;
      this.#spark = undefined;
      throw error;
    }
  }

  async jobParts(): Promise<JobParts> {
    return { lake: await this.lake(), spark: await this.spark(), log: this.#options.log };
  }

  /** Everything that can be wrong with the machine, its programs, the Docker engine and the stack. */
  async examine(signal: AbortSignal): Promise<Finding[]> {
    const { workspaceDir, env } = this.#options;
    const last = await lastEngine(this.#state);
    const engine = await this.engine({ signal });
    return examineStack({ workspaceDir, stackDir: this.#stackDir, env, last, engine, signal });
  }

  async close(): Promise<void> {
    await Promise.allSettled([
      ...this.#sessions.map((session) => session.close()),
      this.#lake?.then((lake) => lake.close()),
      this.#spark?.then((spark) => spark.close()),
      ...this.#opened.map((engine) => engine.close()),
    ]);
  }

  #requireStack(): void {
    const { remote } = this.#options;
    if (!remote) return;
    throw new WorkbenchError(
      'unsupported',
      `The connection "${remote.name}" is to a cluster that runs elsewhere: its services are not started, stopped or watched from here.`,
    );
  }

  get #stackDir(): string {
    return join(this.#options.installDir, 'stack');
  }
}

/**
 * The folder whose stack is meant: MEDALLION_WORKSPACE, else the nearest folder upwards that has a stack, else where
 * the user stands.
 */
export function findWorkspaceDir(from: string, env: NodeJS.ProcessEnv): string {
  if (env.MEDALLION_WORKSPACE) return resolve(from, env.MEDALLION_WORKSPACE);
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.medallion'))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

/** The folder upwards of a module of ours that holds `stack/compose.yaml`. */
export function findInstallDir(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'stack', 'compose.yaml'))) return folder;
    if (dirname(folder) === folder)
      throw new Error(`No stack/compose.yaml above ${from}: the installation is damaged.`);
  }
}
