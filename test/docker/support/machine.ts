import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';

/** The only image that tests need besides those that they build; `.ci/run` provides it where it cannot be pulled. */
export const baseImage = 'debian:bookworm-slim';

/** A client of the engine that the tests run on: DOCKER_HOST, else this machine's socket. */
export function openDocker(): Docker {
  return new Docker();
}

/** A project name that no other test has, so that tests can run beside each other and beside a user's own stack. */
export function uniqueProject(): string {
  return `mdl-test-${randomBytes(5).toString('hex')}`;
}

const tempDirs: string[] = [];
process.once('exit', () => {
  for (const folder of tempDirs) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // A mount of an engine that was not stopped: the test has failed already.
    }
  }
});

/** A new folder, removed at the latest when the process ends. */
export async function tempDir(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'medallion-docker-')));
  tempDirs.push(folder);
  return folder;
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Default 120,000. */
  timeoutMs?: number;
}

/** Runs a program to its end, whatever its exit code. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, env = process.env, timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, timeout: timeoutMs, maxBuffer: 256e6 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number')
        reject(new Error(`${program} did not run to its end: ${error.message}`, { cause: error }));
      else resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

let foundCompose: string | undefined;

/**
 * The real Compose CLI as a program of its own: MEDALLION_TEST_COMPOSE, else `docker-compose` in PATH (version 2 or
 * newer), else where Docker keeps its plugins.
 */
export function composeProgram(): string {
  return (foundCompose ??= findCompose());
}

function findCompose(): string {
  const name = 'docker-compose';
  const folders = [
    join(process.env.DOCKER_CONFIG ?? join(homedir(), '.docker'), 'cli-plugins'),
    '/usr/local/libexec/docker/cli-plugins',
    '/usr/local/lib/docker/cli-plugins',
    '/usr/libexec/docker/cli-plugins',
    '/usr/lib/docker/cli-plugins',
    '/Applications/Docker.app/Contents/Resources/cli-plugins',
  ].map((folder) => join(folder, name));
  const candidates = [process.env.MEDALLION_TEST_COMPOSE, name, ...folders];
  for (const program of candidates) {
    if (!program || (program !== name && !existsSync(program))) continue;
    const { status, stdout } = spawnSync(program, ['version', '--short'], { encoding: 'utf8' });
    // Version 1 was written in Python, and named and labelled things otherwise.
    if (status === 0 && !/^v?1\./.test(stdout.trim())) return program;
  }
  throw new Error(
    `No Compose CLI: install Docker's "docker-compose-plugin", or set MEDALLION_TEST_COMPOSE to the program.`,
  );
}

/** Variables that would change what a Compose file means. */
const misleading = /^(COMPOSE_|MEDALLION_|POSTGRES_|SPARK_|NAMENODE_|DATANODE_|JUPYTER_)/;

/** The environment of this process without what would change what a Compose file means. */
export function plainEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !misleading.test(name));
  return { ...Object.fromEntries(kept), ...more };
}

/** Runs the Compose CLI, whatever its exit code. */
export function compose(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(composeProgram(), args, { ...options, env: options.env ?? plainEnvironment() });
}

/** Runs the Compose CLI, which has to succeed, and gives what it printed. */
export async function composeSucceeds(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await compose(args, options);
  if (code !== 0)
    throw new Error(`"docker compose ${args.join(' ')}" ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** Writes `files` (path below the folder -> content) into a new folder, and gives the folder. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempDir();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Everything of one project that the engine has, by the label that the Compose CLI sets too; then removes it. */
export async function removeProject(project: string, docker = openDocker()): Promise<void> {
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const ignoring = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      // 404: gone already; 409: another call removes it just now.
      if (statusCode !== 404 && statusCode !== 409) throw error;
    }
  };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => ignoring(docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  const networks = await docker.listNetworks({ filters });
  await Promise.all(networks.map(({ Id }) => ignoring(docker.getNetwork(Id).remove())));
  const { Volumes } = await docker.listVolumes({ filters });
  await Promise.all(Volumes.map(({ Name }) => ignoring(docker.getVolume(Name).remove())));
}

/**
 * Projects and folders that one suite makes, removed after each test. Call it in a `describe`:
 * `const machine = useMachine(); … const project = machine.project();`
 */
export function useMachine(): {
  docker: Docker;
  project(): string;
  folder(files?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs after the test, in reverse order, before the projects are removed. */
  cleanUp(work: () => unknown): void;
} {
  const docker = openDocker();
  const projects: string[] = [];
  const folders: string[] = [];
  const works: (() => unknown)[] = [];
  afterEach(async function () {
    this.timeout(120_000);
    const failures: unknown[] = [];
    const attempt = async (work: () => unknown): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    };
    for (const work of works.splice(0).reverse()) await attempt(work);
    await Promise.all(projects.splice(0).map((name) => attempt(() => removeProject(name, docker))));
    for (const folder of folders.splice(0)) await attempt(() => rm(folder, { recursive: true, force: true }));
    if (failures.length > 0) throw new AggregateError(failures, 'A test could not be cleaned up.');
  });
  return {
    docker,
    project() {
      const name = uniqueProject();
      projects.push(name);
      return name;
    },
    async folder(files = {}) {
      const folder = await folderWith(files);
      folders.push(folder);
      return folder;
    },
    cleanUp(work) {
      works.push(work);
    },
  };
}
