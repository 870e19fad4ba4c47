import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { WorkbenchError, systemErrorCode } from '../../base/errors.ts';
import { loadProject, type LoadedProject } from '../compose/load.ts';
import type { StackEvent } from '../engine.ts';
import { choosePorts, type ChosenPorts, type PortWish } from '../ports.ts';
import type { Processes } from '../processes.ts';
import { fileError, type StateDir } from '../stateDir.ts';
import { provideSecrets, secretsIn, withSecretsAsTexts } from './containerSecrets.ts';
import { readDockerSettings, writeDockerSettings, type DockerSettings } from './dockerSettings.ts';
import type { DockerConnection } from './endpoint.ts';
import { observeContainers } from './observe.ts';
import { publisherOf } from './publishedPorts.ts';
import { portWishes, projectNameOf, stackVariables, type Variables } from './stackVariables.ts';

export interface StackProjectOptions {
  workspaceDir: string;
  state: StateDir;
  /** The folder of our own `compose.yaml`. */
  stackDir: string;
  env: Readonly<Record<string, string | undefined>>;
  /** The user's Compose files instead of ours, with what goes with them. */
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

/** The Compose project of a workspace: the user's files as they are, or ours with variables of the workspace's own. */
export class StackProject {
  readonly #options: StackProjectOptions;
  readonly isOurs: boolean;

  constructor(options: StackProjectOptions) {
    this.#options = options;
    this.isOurs = !options.files?.length;
  }

  /** The project as the last `up` had it, so that other variables of another shell change nothing. */
  async asLastStarted(selection: Selection = {}): Promise<LoadedProject> {
    if (!this.isOurs) return this.#loadUsers(selection);
    const settings = await this.#settings();
    const name = this.#name({}, settings);
    return this.#loadOurs({ ...settings?.variables, COMPOSE_PROJECT_NAME: name }, selection);
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
    if (!this.isOurs) {
      const loaded = await this.#loadUsers(selection);
      return { loaded: isRemote ? await withTexts(loaded) : loaded, release: () => Promise.resolve() };
    }
    const { state, processes } = this.#options;
    const settings = await this.#settings();
    const user = await this.#userVariables();
    const projectName = this.#name(user, settings);
    const { variables: uses } = await this.#loadOurs({ ...user, COMPOSE_PROJECT_NAME: projectName }, {});
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
      const loaded = await this.#loadOurs({ ...user, ...variables }, selection);
      if (!options.isDry) {
        await provideSecrets(state.secrets, secretsDir, secretsIn(secretsDir, loaded.project));
        const workspace = await this.#workspace();
        await writeDockerSettings(state.docker, {
          version: 1,
          projectName,
          workspace,
          variables,
          ports: chosen.ports,
        });
      }
      const release = (): Promise<void> => chosen.release();
      return { loaded: isRemote && !options.isDry ? await withTexts(loaded) : loaded, release };
    } catch (error) {
      await chosen.release();
      throw error;
    }
  }

  /** True once an `up` was tried; the user's own files need none. */
  async wasStarted(): Promise<boolean> {
    return !this.isOurs || (await this.#settings()) !== undefined;
  }

  /** Where the project's secrets are, as files of this user. */
  get secretsDir(): string {
    return this.#options.state.secrets;
  }

  #name(user: Variables, settings: DockerSettings | undefined): string {
    const given = this.#options.projectName ?? user.COMPOSE_PROJECT_NAME;
    return given === undefined || given === ''
      ? (settings?.projectName ?? projectNameOf(this.#options.workspaceDir))
      : given;
  }

  #loadUsers({ services, profiles }: Selection): Promise<LoadedProject> {
    const { files = [], envFiles, projectName, env } = this.#options;
    return loadProject({
      files,
      env,
      ...(envFiles?.length ? { envFiles } : {}),
      ...(projectName === undefined ? {} : { projectName }),
      ...(services?.length ? { services } : {}),
      ...(profiles?.length ? { profiles } : {}),
    });
  }

  #loadOurs(variables: Variables, { services, profiles }: Selection): Promise<LoadedProject> {
    return loadProject({
      files: [join(this.#options.stackDir, 'compose.yaml')],
      // Only what was chosen: no `.env` beside our file, and no other shell's COMPOSE_PROFILES.
      env: { ...variables, COMPOSE_DISABLE_ENV_FILE: 'true', COMPOSE_PROFILES: undefined },
      ...(services?.length ? { services } : {}),
      ...(profiles?.length ? { profiles } : {}),
    });
  }

  async #settings(): Promise<DockerSettings | undefined> {
    return readDockerSettings(this.#options.state.docker, await this.#workspace());
  }

  async #workspace(): Promise<string> {
    const { workspaceDir } = this.#options;
    return realpath(workspaceDir).catch(() => workspaceDir);
  }

  /** The environment, and below it the workspace's `.env`. */
  async #userVariables(): Promise<Record<string, string>> {
    const path = join(this.#options.workspaceDir, '.env');
    let fromFile: Record<string, string | undefined> = {};
    try {
      fromFile = parseEnv(await readFile(path, 'utf8'));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw fileError(error, path);
    }
    const all = Object.entries({ ...fromFile, ...this.#options.env });
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  #defaultReservations(): string {
    const { env } = this.#options;
    const cache = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache');
    return join(cache, 'medallion-workbench', 'ports');
  }
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
