import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { retryUntil } from '../../../src/base/retry.ts';
import { baseImage, openDocker, tempDir } from './machine.ts';

export interface OwnEngine {
  socketPath: string;
  /** `unix://…`, for DOCKER_HOST. */
  host: string;
  docker: Docker;
  folder: string;
  process(): ChildProcess;
  /** SIGTERM stops its containers first; SIGKILL leaves them to the next start. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** Copies an image from the shared engine. */
  load(image?: string): Promise<void>;
  /** Stops it and removes everything that it stored. */
  remove(): Promise<void>;
}

/**
 * A Docker engine of a test's own, which it may stop: beside the shared one, with a folder of its own and without
 * touching the machine's packet filter and bridges (so: give its containers no network but `host` or `none`). Needs
 * root and `dockerd`.
 */
export async function startOwnEngine(options: { args?: readonly string[] } = {}): Promise<OwnEngine> {
  const folder = await tempDir();
  const socketPath = join(folder, 'docker.sock');
  const logFile = join(folder, 'dockerd.log');
  const docker = new Docker({ socketPath });
  const args = [
    `--host=unix://${socketPath}`,
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`,
    // No file of the machine's own: it may name other hosts.
    `--config-file=${join(folder, 'daemon.json')}`,
    // Not --bridge=none: that deletes docker0, the shared engine's bridge.
    '--iptables=false',
    '--ip-forward=false',
    '--ip-masq=false',
    ...(options.args ?? []),
  ];
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    await writeFile(join(folder, 'daemon.json'), '{}');
    const log = openSync(logFile, 'a');
    const dockerd = spawn('dockerd', args, { stdio: ['ignore', log, log] });
    closeSync(log);
    child = dockerd;
    dockerd.on('error', () => {});
    await retryUntil(
      async () => {
        if (dockerd.pid === undefined || dockerd.exitCode !== null) {
          const said = existsSync(logFile) ? (await readFile(logFile, 'utf8')).slice(-2000) : '';
          throw new Error(`dockerd did not start: ${dockerd.pid === undefined ? 'not in PATH' : said}`);
        }
        return docker.ping().then(
          () => true,
          () => undefined,
        );
      },
      { what: 'A Docker engine of the test', timeoutMs: 60_000, intervalMs: 50, maxIntervalMs: 200 },
    );
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    // A killed dockerd takes its containerd with it; where nobody reaps that, its id would look alive to the next one.
    if (signal === 'SIGKILL') await rm(join(folder, 'exec/containerd/containerd.pid'), { force: true });
  };
  const engine: OwnEngine = {
    socketPath,
    host: `unix://${socketPath}`,
    docker,
    folder,
    process: () => child!,
    stop,
    start,
    async load(image = baseImage) {
      const saved = await openDocker().getImage(image).get();
      const loaded = await docker.loadImage(saved.pipe(new PassThrough()));
      await new Promise((resolve, reject) => {
        docker.modem.followProgress(loaded, (error, output) => (error ? reject(error) : resolve(output)));
      });
    },
    async remove() {
      if (child?.exitCode !== null || child.signalCode !== null) await start().catch(() => {});
      for (const { Id } of await docker.listContainers({ all: true }).catch(() => []))
        await docker
          .getContainer(Id)
          .remove({ force: true, v: true })
          .catch(() => {});
      await stop();
      // dockerd mounts its folder on itself, and a killed one leaves that.
      while ((await readFile('/proc/self/mounts', 'utf8')).includes(` ${folder}/data `))
        if (spawnSync('umount', [join(folder, 'data')]).status !== 0) break;
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  try {
    await start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return engine;
}
