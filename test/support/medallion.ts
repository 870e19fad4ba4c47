import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'bin', 'medallion.mjs');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when `pattern` has appeared on stdout or stderr; rejects if the command ends before. */
  shows(pattern: RegExp): Promise<void>;
}

/** The stack's workspace: `npm test` puts the connection file there. */
export function workspaceDir(): string {
  const file = process.env.MEDALLION_TEST_STACK;
  if (!file) throw new Error('No stack: run these tests with `npm test`.');
  return dirname(file);
}

/** Starts the built command line as a person would, in the test stack's workspace. */
export function startMedallion(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? root,
    env: {
      ...process.env,
      MEDALLION_WORKSPACE: options.env?.MEDALLION_WORKSPACE ?? workspaceDir(),
      NO_COLOR: '1',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const watchers = new Set<() => void>();
  const heard = (): void => watchers.forEach((watcher) => watcher());
  child.stdout.setEncoding('utf8').on('data', (text: string) => ((stdout += text), heard()));
  child.stderr.setEncoding('utf8').on('data', (text: string) => ((stderr += text), heard()));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
  const shows = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const watcher = (): void => {
        if (pattern.test(stdout) || pattern.test(stderr)) resolve();
      };
      watchers.add(watcher);
      watcher();
      void ended.then(() =>
        reject(new Error(`"medallion ${args.join(' ')}" ended without ${pattern}:\n${stdout}${stderr}`)),
      );
    });
  return { child, ended, shows };
}

/** Runs a command to its end. */
export function medallion(...args: string[]): Promise<Ended> {
  return startMedallion(args).ended;
}

/** Runs a command that has to succeed, and gives what it printed. */
export async function succeeds(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await medallion(...args);
  if (code !== 0) throw new Error(`"medallion ${args.join(' ')}" ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
