import { loadProject, type LoadedProject } from '../compose/load.ts';
import type { VariableUse } from '../compose/interpolation.ts';
import { variablesIn } from '../compose/variables.ts';
import type { Variables } from '../userVariables.ts';
import { localService, type LocalService } from './services.ts';

/** A Compose file with the variables of local processes in it. */
export interface LocalProject {
  /** All of them, whatever their profiles, in the file's order. */
  services: Map<string, LocalService>;
  /** Named volumes that a service uses. */
  volumes: string[];
  /** Names of secrets that a service uses. */
  secrets: string[];
  loaded: LoadedProject;
}

/** The stack's Compose file. Each answer is remembered, so an operation that begins anew takes a new one. */
export class StackFile {
  readonly path: string;
  readonly #known = new Map<string, Promise<LocalProject>>();

  constructor(path: string) {
    this.path = path;
  }

  /** The variables that the file names. Throws `not-found` where there is no file, and `invalid` with a position. */
  variables(): Promise<VariableUse[]> {
    return variablesIn(this.path);
  }

  /** The file with these variables, and no others. Throws `invalid` with file, line and column. */
  resolve(variables: Variables): Promise<LocalProject> {
    const key = JSON.stringify(variables);
    let project = this.#known.get(key);
    if (!project) {
      project = this.#load(variables);
      this.#known.set(key, project);
    }
    return project;
  }

  async #load(variables: Variables): Promise<LocalProject> {
    const loaded = await loadProject({
      files: [this.path],
      // The workspace's `.env` is in the variables; one beside the file is not the user's.
      env: { ...variables, COMPOSE_DISABLE_ENV_FILE: 'true' },
      projectName: 'medallion',
      profiles: ['*'],
    });
    const { services, volumes = {}, secrets = {} } = loaded.project;
    return {
      services: new Map(
        Object.entries(services).map(([name, service]) => [name, localService(name, service)]),
      ),
      volumes: Object.keys(volumes),
      secrets: Object.keys(secrets),
      loaded,
    };
  }
}
