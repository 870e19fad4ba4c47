import { spawn } from 'node:child_process';
import { describeError } from '../../base/errors.ts';
import { cancelled } from '../../base/cancellation.ts';
import { sendSignal } from '../processes.ts';

/** What a check said: healthy, or why not. */
export type CheckResult = { healthy: true } | { healthy: false; message: string };

const maxMessage = 300;

/**
 * Runs a health check once: exit code 0 is healthy. The check and its children are killed when the time is over or the
 * signal is aborted (then it throws `cancelled`).
 */
export function runHealthCheck(options: {
  test: readonly string[];
  environment: Readonly<Record<string, string>>;
  folder: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}): Promise<CheckResult> {
  const { test, environment, folder, timeoutMs, signal } = options;
  const [program = '', ...args] = test;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(signal));
    const child = spawn(program, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    });
    let output = '';
    let isLate = false;
    const collect = (chunk: Buffer): void => {
      if (output.length < 4_096) output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const kill = (): void => {
      if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => {
      isLate = true;
      kill();
    }, timeoutMs);
    signal?.addEventListener('abort', kill, { once: true });
    const settle = (result: CheckResult): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      if (signal?.aborted) reject(cancelled(signal));
      else resolve(result);
    };
    child.once('error', (error) => settle({ healthy: false, message: describeError(error) }));
    child.once('close', (code, killedBy) => {
      if (isLate) return settle({ healthy: false, message: `the check took over ${timeoutMs / 1000} s` });
      if (code === 0) return settle({ healthy: true });
      const said = output.trim().replace(/\s+/g, ' ').slice(0, maxMessage);
      settle({
        healthy: false,
        message: said || `the check ended with ${killedBy ?? `code ${code ?? '?'}`}`,
      });
    });
  });
}
