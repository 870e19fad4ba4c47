import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Http } from '../../src/base/http.ts';
import { retryUntil } from '../../src/base/retry.ts';
import type { SessionAddress } from '../../src/stack/connection.ts';
import { findInstallDir } from '../../src/workbench.ts';

/**
 * A Jupyter Server of the runtime alone, by the stack's own start script, for tests that break it. Its kernels find no
 * Java: they are sessions without Spark.
 */
export class JupyterProcess {
  readonly address: SessionAddress;
  readonly #dir: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;

  private constructor(dir: string, port: number, token: string, environment: Record<string, string>) {
    this.#dir = dir;
    this.address = { url: new URL(`http://127.0.0.1:${port}`), token };
    this.#environment = environment;
  }

  static async open(): Promise<JupyterProcess> {
    const runtime = process.env.MEDALLION_RUNTIME_DIR;
    if (!runtime)
      throw new Error('No runtime: run these tests with `npm test`, or set MEDALLION_RUNTIME_DIR.');
    const dir = await mkdtemp(join(tmpdir(), 'jupyter-'));
    const secrets = join(dir, 'secrets');
    const token = randomBytes(32).toString('base64url');
    await mkdir(secrets, { mode: 0o700 });
    await writeFile(join(secrets, 'session_token'), token, { mode: 0o600 });
    await writeFile(join(secrets, 'postgres_spark_password'), 'none', { mode: 0o600 });
    const port = await freePort();
    const server = new JupyterProcess(dir, port, token, {
      PATH: process.env.PATH ?? '',
      HOME: dir,
      MEDALLION_HOME: join(findInstallDir(import.meta.dirname), 'stack'),
      MEDALLION_RUNTIME: runtime,
      JAVA_HOME: join(dir, 'no-java'),
      SECRETS_DIR: secrets,
      JUPYTER_DIR: join(dir, 'jupyter'),
      JUPYTER_PORT: String(port),
      BIND_ADDRESS: '127.0.0.1',
    });
    await mkdir(join(dir, 'jupyter'));
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Starts it where it was before; waits until it answers. */
  async start(): Promise<void> {
    const script = join(this.#environment.MEDALLION_HOME!, 'services', 'jupyter');
    // A group of its own, for the kernels to be ended with it.
    this.#child = spawn(script, {
      env: this.#environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data: Buffer) => (this.log += data.toString()));
    this.#child.stderr?.on('data', (data: Buffer) => (this.log += data.toString()));
    const http = new Http('Jupyter');
    const { url } = this.address;
    await retryUntil(
      async () => {
        if (this.#child?.exitCode != null) throw new Error(`Jupyter has ended:\n${this.log}`);
        return (await http.text(new URL('/api', url))).status === 200 ? true : undefined;
      },
      { what: 'Jupyter', timeoutMs: 120_000 },
    );
    await http.close();
  }

  /** All that it has written. */
  log = '';

  /** As `kill -9` does; its kernels notice it by themselves. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(child.pid, 'SIGKILL');
    await ended;
  }

  /** Its command line, as others on the machine see it. */
  async commandLine(): Promise<string> {
    return readFile(`/proc/${this.#child?.pid}/cmdline`, 'utf8');
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => process.kill(child.pid!, 'SIGKILL'), 20_000);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.#dir, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
