import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../base/errors.ts';
import { silentLog, type Log, type OnProgress } from '../base/log.ts';
import { findJava, findPython, type FoundJava } from './tools.ts';

/** Everything that the local engine's start scripts run; see stack/provision/provision.py for the layout. */
export interface Runtime {
  /** `<cache>/runtime/<id>`, with `venv/ spark hdfs/ postgres/ cds/`. */
  dir: string;
  /** The Java that the services run with; it is the user's. */
  javaHome: string;
  /** The environment's Python. */
  python: string;
  /** The id: a hash of the lock, the Python version and the platform. */
  version: string;
}

export interface RuntimePlace {
  /** The folder with `provision/`. */
  stackDir: string;
  /** Default: `defaultCacheDir()`. */
  cacheDir?: string;
  env?: NodeJS.ProcessEnv;
}

/** Where downloads and runtimes of all workspaces of a user are kept: `$XDG_CACHE_HOME/medallion-workbench`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME ?? '';
  // The XDG specification: a relative path is to be ignored.
  const root = isAbsolute(base) ? base : join(env.HOME ?? homedir(), '.cache');
  return join(root, 'medallion-workbench');
}

/** Raised together with FORMAT in stack/provision/runtime.py. */
const format = 1;

const markerSchema = v.object({
  format: v.literal(format),
  id: v.string(),
  inputs: v.string(),
  platform: v.string(),
  python: v.object({ version: v.string(), base: v.string() }),
  // Relative path -> size, or null for a link, which only has to lead somewhere.
  files: v.record(v.string(), v.nullable(v.number())),
});
type Marker = v.InferOutput<typeof markerSchema>;

const classesSchema = v.object({
  tried: v.array(v.object({ home: v.string(), version: v.string(), ok: v.boolean() })),
});

/**
 * The complete and undamaged runtime for this version of the stack, if there is one. Starts no program: it compares
 * some thousand sizes with the list that was written when the runtime was complete.
 */
export async function findRuntime(place: RuntimePlace): Promise<Runtime | undefined> {
  const { stackDir, env = process.env, cacheDir = defaultCacheDir(env) } = place;
  const marker = findMarker(stackDir, cacheDir, realPath(env.MEDALLION_PYTHON));
  if (!marker) return undefined;
  try {
    const java = await findJava(env);
    const dir = join(resolve(cacheDir), 'runtime', marker.id);
    return (await classesFit(stackDir, dir, java)) ? runtimeAt(dir, marker.id, java) : undefined;
  } catch (error) {
    if (isWorkbenchError(error, 'missing-tool')) return undefined;
    throw error;
  }
}

function runtimeAt(dir: string, id: string, java: FoundJava): Runtime {
  return { dir, javaHome: java.home, python: join(dir, 'venv', 'bin', 'python'), version: id };
}

/**
 * The runtime, made or repaired where it is missing or damaged; a second workspace that does the same waits for the
 * first. Throws `missing-tool` without a fitting Java or Python, `unreachable`, `denied`, `not-found`, `protocol` for
 * registries, `no-space`, or `cancelled`; what has arrived is kept in each case.
 */
export async function provisionRuntime(
  options: RuntimePlace & { onProgress?: OnProgress; signal?: AbortSignal; log?: Log },
): Promise<Runtime> {
  const { stackDir, env = process.env, onProgress, signal, log = silentLog } = options;
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir(env));
  throwIfCancelled(signal);
  const ready = await findRuntime({ stackDir, cacheDir, env });
  if (ready) return ready;
  const [java, python] = await findTools(env);
  for (const { note } of [java, python]) if (note !== undefined) log.warn(note);
  log.info(
    `Setting up in ${cacheDir} with Python ${python.version} (${python.path}) and Java ${java.version}`,
  );
  const script = join(stackDir, 'provision', 'provision.py');
  const args = [script, '--cache', cacheDir, '--java', java.home];
  const { dir, id } = await runProvision(python.path, args, { env, log, signal, onProgress });
  return runtimeAt(dir, id, java);
}

/** Looks for both, so that somebody who lacks both is told at once. */
async function findTools(
  env: NodeJS.ProcessEnv,
): Promise<[FoundJava, Awaited<ReturnType<typeof findPython>>]> {
  const [java, python] = await Promise.allSettled([findJava(env), findPython(env)]);
  if (java.status === 'fulfilled' && python.status === 'fulfilled') return [java.value, python.value];
  const reasons = [java, python].flatMap((r) => (r.status === 'rejected' ? [r.reason as unknown] : []));
  if (reasons.length === 1) throw reasons[0];
  throw new WorkbenchError('missing-tool', reasons.map(describeError).join('\n'), { cause: reasons[0] });
}

/** The same hash as `inputs_hash` in stack/provision/runtime.py. */
export function inputsHash(stackDir: string): string {
  const hash = createHash('sha256').update(`format ${format}\n`);
  for (const name of ['lock.json', 'requirements.txt']) {
    hash.update(readFileSync(join(stackDir, 'provision', name)));
  }
  return hash.digest('hex');
}

/** `python`: the program that the environment must be based on, if the user named one. */
function findMarker(stackDir: string, cacheDir: string, python: string | undefined): Marker | undefined {
  let ids: string[];
  try {
    ids = readdirSync(join(cacheDir, 'runtime'));
  } catch {
    return undefined;
  }
  const inputs = inputsHash(stackDir);
  for (const id of ids.sort()) {
    const dir = join(cacheDir, 'runtime', id);
    const marker = readMarker(dir);
    if (marker?.id !== id || marker.inputs !== inputs) continue;
    if (!marker.platform.startsWith(`${process.platform}-`)) continue;
    if (python !== undefined && marker.python.base !== python) continue;
    if (firstDamaged(dir, marker.files) === undefined) return marker;
  }
  return undefined;
}

function realPath(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readMarker(dir: string): Marker | undefined {
  try {
    const result = v.safeParse(markerSchema, JSON.parse(readFileSync(join(dir, 'runtime.json'), 'utf8')));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** The first file that is missing or has another size than listed. */
export function firstDamaged(
  dir: string,
  files: Readonly<Record<string, number | null>>,
): string | undefined {
  for (const [name, size] of Object.entries(files)) {
    // Synchronous: thousands of small questions to the kernel are several times faster this way.
    const found = statSync(`${dir}/${name}`, { throwIfNoEntry: false });
    if (!found || (size !== null && found.size !== size)) return name;
  }
  return undefined;
}

/** Whether the class archive was made (or tried) for this very build of Java. */
async function classesFit(stackDir: string, dir: string, java: FoundJava): Promise<boolean> {
  if (!statSync(join(stackDir, 'provision', 'class_archive.py'), { throwIfNoEntry: false })) return true;
  try {
    const done = v.safeParse(classesSchema, JSON.parse(await readFile(join(dir, 'classes.json'), 'utf8')));
    return done.success && done.output.tried.some((t) => t.home === java.home && t.version === java.build);
  } catch {
    return false;
  }
}

const lineSchema = v.union([
  v.object({
    step: v.string(),
    message: v.string(),
    done: v.optional(v.number()),
    total: v.optional(v.number()),
    unit: v.optional(v.picklist(['bytes', 'rows', 'tasks', 'entries', 'steps'])),
  }),
  v.object({ warning: v.string() }),
  v.object({ error: v.string(), code: v.string() }),
  v.object({ runtime: v.object({ dir: v.string(), id: v.string() }) }),
]);
export type ProvisionLine = v.InferOutput<typeof lineSchema>;

const errorCode = v.picklist([
  'invalid',
  'not-found',
  'denied',
  'unreachable',
  'timeout',
  'cancelled',
  'protocol',
  'unsupported',
  'conflict',
  'no-space',
  'failed',
  'missing-tool',
]);

/** One line of provision.py's standard output; undefined for anything else. */
export function parseProvisionLine(text: string): ProvisionLine | undefined {
  try {
    const result = v.safeParse(lineSchema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

interface RunOptions {
  env: NodeJS.ProcessEnv;
  log: Log;
  signal: AbortSignal | undefined;
  onProgress: OnProgress | undefined;
}

const graceMs = 15_000;

/** Runs provision.py to its end. A cancel lets it stop in order, so that what has arrived is kept. */
async function runProvision(
  python: string,
  args: readonly string[],
  options: RunOptions,
): Promise<{ dir: string; id: string }> {
  const { env, log, signal, onProgress } = options;
  throwIfCancelled(signal);
  const child = spawn(python, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const tail: string[] = [];
  const outcome: { failure?: { error: string; code: string }; runtime?: { dir: string; id: string } } = {};
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parseProvisionLine(text);
    if (!line) return log.debug(text);
    if ('error' in line) outcome.failure = line;
    else if ('warning' in line) log.warn(line.warning);
    else if ('runtime' in line) outcome.runtime = line.runtime;
    else {
      const { message, done, total, unit } = line;
      onProgress?.({
        message,
        ...(done === undefined ? {} : { done }),
        ...(total === undefined ? {} : { total }),
        ...(unit === undefined ? {} : { unit }),
      });
    }
  });
  createInterface({ input: child.stderr }).on('line', (text) => {
    log.debug(text);
    tail.push(text);
    if (tail.length > 20) tail.shift();
  });
  let killTimer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    child.kill('SIGINT');
    killTimer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const exit = await new Promise<number | string>((done, fail) => {
      child.once('error', fail);
      child.once('close', (code, name) => done(code ?? name ?? 'unknown'));
    });
    throwIfCancelled(signal);
    if (exit === 0 && outcome.runtime) return outcome.runtime;
    if (outcome.failure) {
      const code = v.safeParse(errorCode, outcome.failure.code);
      throw new WorkbenchError(code.success ? code.output : 'failed', outcome.failure.error, {
        logTail: tail,
      });
    }
    const last = tail.at(-1);
    throw new WorkbenchError(
      'failed',
      `The set-up stopped (${exit})${last === undefined ? '.' : `: ${last}`} Run it again; it goes on where it stopped.`,
      { logTail: tail },
    );
  } catch (error) {
    if (error instanceof WorkbenchError) throw error;
    throw new WorkbenchError('failed', `${python} cannot be started: ${describeError(error)}.`, {
      cause: error,
    });
  } finally {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(killTimer);
  }
}
