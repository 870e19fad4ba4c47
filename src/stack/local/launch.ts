import { spawn } from 'node:child_process';
import { open, mkdir, rename, stat } from 'node:fs/promises';
import { WorkbenchError, describeError } from '../../base/errors.ts';

/** Every process of a stack carries this variable: `<state>#<service>#<replica>`; its children inherit it. */
export const markVariable = 'MEDALLION_PROCESS';

/** A log that is larger is moved to `<name>.1` when its service starts. */
const maxLogBytes = 10 * 1024 * 1024;

/** What processes need of the user's own environment: nothing else reaches a service. */
const inherited = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  // Certificates and proxies of the company, for those who install packages in a notebook.
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  // Node in an editor's process is the editor's own program.
  'ELECTRON_RUN_AS_NODE',
];

export function serviceEnvironment(
  user: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = inherited.flatMap((name): [string, string][] => {
    const value = user[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), ...own };
}

/** How a process ended, in words: "exit code 1", "SIGKILL". */
export function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ?? `exit code ${code ?? 'unknown'}`;
}

export interface LaunchedProcess {
  pid: number;
  /** How it ended, once it has. */
  exit: Promise<string>;
  /** Size of the log before the start: what follows is this process's. */
  logStart: number;
}

/**
 * Starts a process that outlives this one: in a session and process group of its own, its output appended to a log
 * file. Throws `failed` where the program cannot be run.
 */
export async function launch(options: {
  name: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  folder: string;
  logFile: string;
}): Promise<LaunchedProcess> {
  const { name, command, environment, folder, logFile } = options;
  const [program = '', ...args] = command;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rotate(logFile);
  const log = await open(logFile, 'a', 0o600);
  try {
    const logStart = (await log.stat()).size;
    const child = spawn(program, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: environment,
    });
    const exit = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(describeExit(code, signal)));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        reject(
          new WorkbenchError('failed', `${name} could not be started: ${describeError(error)}.`, {
            cause: error,
          }),
        );
      });
    });
    child.unref();
    return { pid: child.pid!, exit, logStart };
  } finally {
    await log.close();
  }
}

async function rotate(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > maxLogBytes) await rename(logFile, `${logFile}.1`);
}
