import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isWorkbenchError, type WorkbenchError } from '../../../src/base/errors.ts';
import { DockerEngine } from '../../../src/stack/docker/dockerEngine.ts';
import { connectDocker } from '../../../src/stack/docker/connect/endpoint.ts';
import type { StackEvent, UpOptions } from '../../../src/stack/engine.ts';
import { baseImage, openDocker, plainEnvironment, type useMachine } from './machine.ts';

export type Json = Record<string, unknown>;

const docker = openDocker();
const forever = ['sh', '-c', 'sleep 100000'];

/** Ready once a file is there, looked for all the time. */
export const checked = (file: string): Json => ({
  test: ['CMD-SHELL', `test -f ${file}`],
  interval: '1s',
  retries: 3,
  start_period: '30s',
  start_interval: '200ms',
});

/** A project of one test; JSON is YAML, too. */
export class Project {
  readonly name: string;
  readonly #machine: ReturnType<typeof useMachine>;
  readonly events: StackEvent[] = [];
  folder = '';
  engine!: DockerEngine;
  #services: Record<string, Json> = {};

  constructor(machine: ReturnType<typeof useMachine>) {
    this.#machine = machine;
    this.name = machine.project();
  }

  static async of(
    machine: ReturnType<typeof useMachine>,
    services: Record<string, Json>,
    more: Json = {},
  ): Promise<Project> {
    const project = new Project(machine);
    project.folder = await machine.folder({});
    await project.write(services, more);
    project.engine = project.engineOn(undefined);
    return project;
  }

  engineOn(host: string | undefined): DockerEngine {
    const env = plainEnvironment();
    const engine = new DockerEngine({
      workspaceDir: this.folder,
      stackDir: join(this.folder, 'none'),
      files: [join(this.folder, 'compose.yaml')],
      env,
      connect: (signal) => connectDocker({ env, host, signal, timeoutMs: 5_000 }),
    });
    this.#machine.cleanUp(() => engine.close());
    return engine;
  }

  /** Writes the file; services get the image, an init process and a command that runs on. */
  async write(services: Record<string, Json>, more: Json = {}): Promise<void> {
    const defaults = { image: baseImage, init: true, command: forever };
    this.#services = Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, { ...defaults, ...service }]),
    );
    const file = { name: this.name, services: this.#services, ...more };
    await writeFile(join(this.folder, 'compose.yaml'), JSON.stringify(file));
  }

  up(options: UpOptions = {}): Promise<void> {
    this.events.length = 0;
    return this.engine.up({ onEvent: (event) => this.events.push(event), ...options });
  }

  /** Name -> id of all containers, without the project's name. */
  async ids(): Promise<Record<string, string>> {
    const filters = { label: [`com.docker.compose.project=${this.name}`] };
    const found = await docker.listContainers({ all: true, filters });
    return Object.fromEntries(
      found.map(({ Names, Id }) => [Names[0]!.slice(this.name.length + 2), Id] as const).sort(),
    );
  }

  async states(): Promise<Record<string, string>> {
    const rows = await this.engine.status();
    return Object.fromEntries(rows.map(({ service, replica, state }) => [`${service}-${replica}`, state]));
  }

  /** Services in the order of their events of one kind. */
  order(step: StackEvent['step']): string[] {
    return this.events.filter((event) => event.step === step).map(({ service }) => service ?? '');
  }

  async output(container: string): Promise<string> {
    const id = (await this.ids())[container]!;
    const log = await docker.getContainer(id).logs({ stdout: true, stderr: true });
    return log.toString();
  }
}

/** The error of ours that work ends with. */
export const failure = async (work: Promise<unknown>): Promise<WorkbenchError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isWorkbenchError(error), `no error of ours: ${String(error)}`);
  return error;
};
