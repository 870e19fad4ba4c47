import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { WorkbenchError } from '../../../base/errors.ts';
import { loadProject, type LoadedProject } from '../../compose/load.ts';
import type { StackEvent } from '../../engine.ts';
import { choosePorts, type ChosenPorts, type PortWish } from '../../ports.ts';
import type { Processes } from '../../processes.ts';
import type { StateDir } from '../../stateDir.ts';
import { portWishes, userVariables, type Variables } from '../../userVariables.ts';
import { provideSecrets, secretsIn, withSecretsAsTexts } from '../container/containerSecrets.ts';
import { readDockerSettings, writeDockerSettings, type DockerSettings } from './dockerSettings.ts';
import type { DockerConnection } from '../connect/endpoint.ts';
import { observeContainers } from '../apply/observe.ts';
import { publisherOf } from '../apply/publishedPorts.ts';
import { projectNameOf, stackVariables } from './stackVariables.ts';

export interface StackProjectOptions {
  workspaceDir: string;
  state: StateDir;
  /** The folder of our own `compose.yaml`. */
  stackDir: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute. Default: those of the last `up`, else our own file, which may also be among them. */
  files?: readonly string[] | undefined;
  envFiles?: readonly string[] | undefined;
  projectName?: string | undefined;
  processes: Processes;
  /** Where the user's workspaces reserve ports while they start. */
  reservations?: string | undefined;
}

/** Which part of a project is meant. */
export interface Selection {
  services?: readonly string[] | undefined;
  profiles?: readonly string[] | undefined;
}

/** The user that containers of ours run as where the host's own may not be taken. */
const ordinaryUid = 1000;

/** The files that make up a project. */
interface Sources {
  files: readonly string[];
  envFiles: readonly string[];
  /** Whether our own file is among them: then the variables of its conventions are set. */
  hasOurs: boolean;
  settings: DockerSettings | undefined;
}

/** The Compose project of a workspace: the user's files as they are, or ours with variables of the workspace's own. */
export class StackProject {
  readonly #options: StackProjectOptions;

  constructor(options: StackProjectOptions) {
    this.#options = options;
  }

  /** Whether our own Compose file is one of the project's. */
  async isOurs(): Promise<boolean> {
    return (await this.#sources()).hasOurs;
  }

  /** The project as the last `up` had it, so that other variables of another shell change nothing. */
  async asLastStarted(selection: Selection = {}): Promise<LoadedProject> {
    const sources = await this.#sources();
    if (!sources.hasOurs) return this.#loadUsers(sources, selection);
    const name = this.#name({}, sources.settings);
    return this.#loadOurs(sources, { ...sources.settings?.variables, COMPOSE_PROJECT_NAME: name }, selection);
  }

  /**
   * The project for an `up`. For our own file that chooses free ports, which stay reserved until `release`, and notes
   * what was chosen; with `isDry` nothing is written.
   */
  async toStart(
    selection: Selection,
    engine: DockerConnection,
    options: { isDry: boolean; onEvent: (event: StackEvent) => void; signal?: AbortSignal | undefined },
  ): Promise<{ loaded: LoadedProject; release: () => Promise<void> }> {
    const isRemote = engine.info.hostIp !== undefined;
    const { state, processes } = this.#options;
    const sources = await this.#sources();
    const { settings } = sources;
    if (!sources.hasOurs) {
      const loaded = await this.#loadUsers(sources, selection);
      await this.#requireNoOther(loaded.project.name, settings, engine, options.signal);
      if (!options.isDry) await this.#note(sources, loaded.project.name, { variables: {}, ports: {} });
      return { loaded: isRemote ? await withTexts(loaded) : loaded, release: () => Promise.resolve() };
    }
    const user = await userVariables(this.#options.workspaceDir, this.#options.env);
    const projectName = this.#name(user, settings);
    await this.#requireNoOther(projectName, settings, engine, options.signal);
    const { variables: uses } = await this.#loadOurs(
      sources,
      { ...user, COMPOSE_PROJECT_NAME: projectName },
      {},
    );
    const wishes = portWishes(uses, user, settings?.ports ?? {});
    const ours = await observeContainers(engine.docker, projectName, options.signal);
    const chosen = isRemote
      ? asWished(wishes)
      : await choosePorts(wishes, {
          host: '127.0.0.1',
          reservations: this.#options.reservations ?? this.#defaultReservations(),
          processes,
          ourPids: () => Promise.resolve(new Set()),
          ourPorts: new Set(ours.flatMap(({ state: now, ports }) => (now === 'running' ? ports : []))),
          publisherOf: (port) => publisherOf(engine.docker, port),
        });
    try {
      tellPorts(wishes, chosen.ports, options.onEvent);
      const uid = process.getuid?.() ?? ordinaryUid;
      // Files of root, and of whoever runs a rootless engine, belong to another user in a container.
      const isReadable = uid !== 0 && !engine.info.rootless;
      const secretsDir = isReadable ? state.secrets : join(state.docker, 'secrets');
      const variables = stackVariables({
        uses,
        user,
        ports: chosen.ports,
        projectName,
        secretsDir,
        uid: uid === 0 ? ordinaryUid : uid,
      });
      const loaded = await this.#loadOurs(sources, { ...user, ...variables }, selection);
      if (!options.isDry) {
        await provideSecrets(state.secrets, secretsDir, secretsIn(secretsDir, loaded.project));
        await this.#note(sources, projectName, { variables, ports: chosen.ports });
      }
      const release = (): Promise<void> => chosen.release();
      return { loaded: isRemote && !options.isDry ? await withTexts(loaded) : loaded, release };
    } catch (error) {
      await chosen.release();
      throw error;
    }
  }

  /** True once an `up` was tried, and for files that were named now. */
  async wasStarted(): Promise<boolean> {
    const { hasOurs, settings } = await this.#sources();
    return !hasOurs || settings !== undefined;
  }

  /** Where the project's secrets are, as files of this user. */
  get secretsDir(): string {
    return this.#options.state.secrets;
  }

  async #sources(): Promise<Sources> {
    const settings = await readDockerSettings(this.#options.state.docker, await this.#workspace());
    const ours = join(this.#options.stackDir, 'compose.yaml');
    const named = this.#options.files?.length ? this.#options.files : undefined;
    const files = named ?? settings?.files ?? [ours];
    const envFiles = named ? (this.#options.envFiles ?? []) : (settings?.envFiles ?? []);
    const same = await Promise.all(files.map((file) => isSameFile(file, ours)));
    return { files, envFiles, hasOurs: same.includes(true), settings };
  }

  async #note(
    { files, envFiles, hasOurs }: Sources,
    projectName: string,
    chosen: Pick<DockerSettings, 'variables' | 'ports'>,
  ): Promise<void> {
    await writeDockerSettings(this.#options.state.docker, {
      version: 1,
      projectName,
      ...(hasOurs && files.length === 1 ? {} : { files: [...files], envFiles: [...envFiles] }),
      workspace: await this.#workspace(),
      ...chosen,
    });
  }

  /** A workspace has one stack: another project of it would run on unseen. */
  async #requireNoOther(
    projectName: string,
    settings: DockerSettings | undefined,
    engine: DockerConnection,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (settings === undefined || settings.projectName === projectName) return;
    const others = await observeContainers(engine.docker, settings.projectName, signal);
    if (!others.some(({ state }) => state === 'running')) return;
    throw new WorkbenchError(
      'conflict',
      `This workspace's stack runs as the Compose project ${settings.projectName}. Stop it first with ` +
        `\`medallion down\`, then start ${projectName}.`,
    );
  }

  #name(user: Variables, settings: DockerSettings | undefined): string {
    const given = this.#options.projectName ?? user.COMPOSE_PROJECT_NAME;
    return given === undefined || given === ''
      ? (settings?.projectName ?? projectNameOf(this.#options.workspaceDir))
      : given;
  }

  #loadUsers(
    { files, envFiles, settings }: Sources,
    { services, profiles }: Selection,
  ): Promise<LoadedProject> {
    const isOfLastUp = isDeepStrictEqual(files, settings?.files);
    const projectName = this.#options.projectName ?? (isOfLastUp ? settings?.projectName : undefined);
    return loadProject({
      files,
      env: this.#options.env,
      ...(envFiles.length > 0 ? { envFiles } : {}),
      ...(projectName === undefined ? {} : { projectName }),
      ...(services?.length ? { services } : {}),
      ...(profiles?.length ? { profiles } : {}),
    });
  }

  #loadOurs(
    { files, envFiles }: Sources,
    variables: Variables,
    { services, profiles }: Selection,
  ): Promise<LoadedProject> {
    return loadProject({
      files,
      // Only what was chosen: no `.env` beside our file, and no other shell's COMPOSE_PROFILES.
      env: { ...variables, COMPOSE_DISABLE_ENV_FILE: 'true', COMPOSE_PROFILES: undefined },
      ...(envFiles.length > 0 ? { envFiles } : {}),
      ...(services?.length ? { services } : {}),
      ...(profiles?.length ? { profiles } : {}),
    });
  }

  async #workspace(): Promise<string> {
    const { workspaceDir } = this.#options;
    return realpath(workspaceDir).catch(() => workspaceDir);
  }

  #defaultReservations(): string {
    const { env } = this.#options;
    const cache = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache');
    return join(cache, 'medallion-workbench', 'ports');
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => realpath(path).catch(() => path)));
  return first === second;
}

async function withTexts(loaded: LoadedProject): Promise<LoadedProject> {
  return { ...loaded, project: await withSecretsAsTexts(loaded.project) };
}

/** On another machine nobody can look from here which ports are free. */
function asWished(wishes: readonly PortWish[]): ChosenPorts {
  const ports = wishes.map(({ name, explicit, kept, preferred }): [string, number] => {
    const port = explicit ?? kept ?? preferred;
    if (port > 0) return [name, port];
    throw new WorkbenchError('invalid', `${name} has no port: set it.`);
  });
  return { ports: Object.fromEntries(ports), release: () => Promise.resolve() };
}

function tellPorts(
  wishes: readonly PortWish[],
  ports: Readonly<Record<string, number>>,
  onEvent: (event: StackEvent) => void,
): void {
  for (const { name, preferred, kept, explicit } of wishes) {
    const port = ports[name]!;
    if (explicit !== undefined || port === kept || port === preferred || preferred === 0) continue;
    onEvent({ step: 'note', detail: `${name} is ${port}, since ${kept ?? preferred} is taken` });
  }
}
