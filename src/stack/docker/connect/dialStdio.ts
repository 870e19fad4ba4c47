import { execFile, spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { WorkbenchError, systemErrorCode } from '../../../base/errors.ts';
import type { Environment, Target } from './findEndpoints.ts';

export type SshTarget = Extract<Target, { kind: 'ssh' }>;

/**
 * sshd refuses some of many logins that are under way at once (`MaxStartups`, 10 by default); this many are. A login
 * counts until the other end has answered, or for a while, since an answer may be long in coming.
 */
const loginsAtOnce = 6;
const loginCountsMs = 2_000;

/** What `ssh` is called with. It asks nothing: there may be no terminal. */
export function sshArguments(target: SshTarget): string[] {
  const options = ['BatchMode=yes', 'ConnectTimeout=15', 'ServerAliveInterval=15'];
  const socket = target.socket === undefined ? [] : ['--host', `unix://${target.socket}`];
  return [
    ...options.flatMap((option) => ['-o', option]),
    '-T',
    ...(target.user === undefined ? [] : ['-l', target.user]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    '--',
    target.host,
    ['docker', ...socket, 'system', 'dial-stdio'].join(' '),
  ];
}

/** The host name behind what may be an alias in the user's `ssh` configuration. */
export async function sshHostName(
  target: SshTarget,
  env: Environment,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const args = ['-G', '--', target.host];
    const { stdout } = await promisify(execFile)('ssh', args, {
      env,
      timeout: 5_000,
      signal,
      windowsHide: true,
    });
    return /^hostname (.+)$/m.exec(stdout)?.[1]?.trim() ?? target.host;
  } catch {
    return target.host;
  }
}

/** Opens connections to one engine through `ssh`; a few logins at a time. */
export class SshDialer {
  readonly #target: SshTarget;
  readonly #waiting: (() => void)[] = [];
  readonly #env: Environment;
  #logins = 0;

  /** `env` is what `ssh` is found and run with. */
  constructor(target: SshTarget, env: Environment) {
    this.#target = target;
    this.#env = env;
  }

  dial(): Duplex {
    return new DialStdio(this.#target, this.#env, (start) => this.#enter(start));
  }

  /** Calls `start` with what ends the login, once there is room for one. */
  #enter(start: (leave: () => void) => void): void {
    if (this.#logins >= loginsAtOnce) {
      this.#waiting.push(() => this.#enter(start));
      return;
    }
    this.#logins += 1;
    let isIn = true;
    const leave = (): void => {
      if (!isIn) return;
      isIn = false;
      clearTimeout(timer);
      this.#logins -= 1;
      this.#waiting.shift()?.();
    };
    const timer = setTimeout(leave, loginCountsMs).unref();
    start(leave);
  }
}

/**
 * A connection to the engine over the input and output of `ssh … docker system dial-stdio`. It has what Node's HTTP
 * client expects of a socket. If `ssh` ends before the engine has answered, the error says why in ssh's words.
 */
class DialStdio extends Duplex {
  readonly #target: SshTarget;
  #child: ChildProcess | undefined;
  #leave: (() => void) | undefined;
  #onChild: (() => void) | undefined;
  #hasAnswered = false;
  #isUnref = false;
  #stderr = '';
  #idleMs = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(target: SshTarget, env: Environment, enter: (start: (leave: () => void) => void) => void) {
    super({ allowHalfOpen: true });
    this.#target = target;
    enter((leave) => {
      this.#leave = leave;
      if (this.destroyed) leave();
      else this.#start(env);
    });
  }

  #start(env: Environment): void {
    const child = spawn('ssh', sshArguments(this.#target), {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child = child;
    child.on('error', (error) => this.destroy(spawnFault(error)));
    child.stdin.on('error', (error) => {
      // Its end says more.
      if (systemErrorCode(error) !== 'EPIPE') this.destroy(error);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      this.#hasAnswered = true;
      this.#leave?.();
      this.#touch();
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4_096);
    });
    child.on('close', (code) => {
      this.#leave?.();
      if (this.#hasAnswered && code === 0) this.push(null);
      else this.destroy(sshFault(this.#target, code, this.#stderr));
    });
    if (this.#isUnref) this.unref();
    this.#onChild?.();
  }

  override _read(): void {
    this.#child?.stdout?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#withChild(() => {
      this.#touch();
      // A broken pipe is told by the end of ssh.
      this.#child!.stdin!.write(chunk, () => done());
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#withChild(() => this.#child!.stdin!.end(() => done()));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#idleTimer);
    this.#leave?.();
    this.#child?.stdin?.destroy();
    this.#child?.stdout?.destroy();
    this.#child?.kill();
    done(error);
  }

  #withChild(act: () => void): void {
    if (this.#child) act();
    else this.#onChild = act;
  }

  #touch(): void {
    this.#idleTimer?.refresh();
  }

  // What net.Socket has, and Node's HTTP agent calls.

  setTimeout(ms: number, listener?: () => void): this {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    this.#idleMs = ms;
    if (ms > 0) {
      this.#idleTimer = setTimeout(() => this.emit('timeout'), ms).unref();
      if (listener) this.once('timeout', listener);
    }
    return this;
  }

  get timeout(): number {
    return this.#idleMs;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    this.#isUnref = false;
    this.#parts().forEach((part) => part.ref());
    return this;
  }

  unref(): this {
    this.#isUnref = true;
    this.#parts().forEach((part) => part.unref());
    return this;
  }

  #parts(): { ref(): void; unref(): void }[] {
    const child = this.#child;
    return child ? [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket] : [];
  }
}

function spawnFault(error: Error): WorkbenchError {
  if (systemErrorCode(error) !== 'ENOENT')
    return new WorkbenchError('unreachable', error.message, { cause: error });
  return new WorkbenchError('missing-tool', 'the program ssh is not in PATH: install OpenSSH', {
    cause: error,
  });
}

/** Why a connection through ssh ended, as the second half of a sentence. */
export function sshFault(target: SshTarget, code: number | null, stderr: string): WorkbenchError {
  const { host } = target;
  const said = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Warning: Permanently added'));
  const last = said.at(-1)?.replace(/\.$/, '') ?? `ssh ended with code ${code ?? 'none'}`;
  const text = said.join('\n');
  const why = (): string => {
    if (/Host key verification failed/i.test(text)) {
      return `the key of ${host} is not known or has changed: log in once with \`ssh ${host}\``;
    }
    if (/Permission denied \(/i.test(text)) {
      return `${host} refuses the login (${last}): \`ssh ${host}\` must work without a question, so put a key into the ssh agent`;
    }
    if (/Could not resolve hostname/i.test(text)) return `the host name ${host} does not resolve`;
    if (code === 127 || /docker: (command )?not found|docker: No such file/i.test(text)) {
      return `there is no program docker on ${host}`;
    }
    if (/permission denied while trying to connect|permission denied.*docker\.sock/i.test(text)) {
      return `the user there may not use the engine's socket: add it to the group docker on ${host} (${last})`;
    }
    if (
      /Cannot connect to the Docker daemon|failed to dial|connect: (connection refused|no such file)/i.test(
        text,
      )
    ) {
      return `no engine runs on ${host} (${last})`;
    }
    return last;
  };
  return new WorkbenchError('unreachable', why());
}
