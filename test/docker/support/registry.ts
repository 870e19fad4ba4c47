import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { retryUntil } from '../../../src/base/retry.ts';
import { isListening } from '../../../src/stack/ports.ts';
import { run } from './machine.ts';

export interface Registry {
  /** "127.0.0.1:21234"; engines take it without TLS. */
  address: string;
  user: string;
  password: string;
  stop(): Promise<void>;
}

/** Debian's package `docker-registry`, or a program that MEDALLION_TEST_REGISTRY names. */
export function findRegistry(): string | undefined {
  const places = [process.env.MEDALLION_TEST_REGISTRY, '/usr/bin/docker-registry'];
  return places.find((path) => path !== undefined && existsSync(path));
}

/** A real registry of a test's own, on loopback, that asks for a login. */
export async function startRegistry(program: string, folder: string): Promise<Registry> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const [user, password] = ['somebody', 'a password'];
  const script = String.raw`print crypt($ARGV[0], "\$2b\$05\$abcdefghijklmnopqrstuu")`;
  const { stdout: hash } = await run('perl', ['-e', script, password]);
  await writeFile(join(folder, 'htpasswd'), `${user}:${hash}\n`);
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'storage') } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await retryUntil(async () => ((await isListening('127.0.0.1', port)) ? true : undefined), {
    what: 'the registry',
    timeoutMs: 20_000,
  });
  return {
    address: `127.0.0.1:${port}`,
    user,
    password,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
