import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { WorkbenchError, describeError } from '../base/errors.ts';
import { javaAdvice, pythonAdvice, readSystem, venvAdvice, type System } from './toolAdvice.ts';

/** Spark 4.2 and HDFS 3.5 are tested with these. */
export const javaVersions: readonly number[] = [17, 21, 25];
const pythonMinors = { oldest: 10, newest: 14 } as const;

export interface FoundJava {
  /** The directory with `bin/java`. */
  home: string;
  /** `17.0.15`; `build` is the longer form that names the very build. */
  version: string;
  build: string;
  /** What led to it: "JAVA_HOME", "PATH", or where it lies. */
  from: string;
  /** Why something that was named before it was not taken. */
  note?: string;
}

export interface FoundPython {
  /** The program, as an absolute path. */
  path: string;
  version: string;
  from: string;
  note?: string;
}

/** A place to look at: a Java home or a Python program. */
export interface Candidate {
  path: string;
  from: string;
}

/** One line of `doctor`. */
export interface ToolCheck {
  name: 'java' | 'python';
  ok: boolean;
  detail: string;
  fix?: string;
}

/**
 * Finds a Java 17, 21 or 25 that has what Spark needs: JAVA_HOME, then PATH, then where systems and version managers
 * put them. Throws `missing-tool` with what was found instead, and how to get one on this system.
 */
export async function findJava(
  env: NodeJS.ProcessEnv = process.env,
  candidates?: readonly Candidate[],
): Promise<FoundJava> {
  const refused: string[] = [];
  for (const candidate of candidates ?? (await javaCandidates(env))) {
    const { java, problem } = await inspectJava(candidate);
    if (java) return refused.length === 0 ? java : { ...java, note: refused.join(' ') };
    // A place in a list of usual ones may be empty; one that the user named may not.
    if (problem !== undefined) refused.push(problem);
    else if (candidate.from === 'JAVA_HOME')
      refused.push(`JAVA_HOME is ${candidate.path}, where no Java is.`);
  }
  const found = refused.length === 0 ? 'No Java was found.' : refused.join(' ');
  throw new WorkbenchError(
    'missing-tool',
    `${found} Spark needs Java ${listOf(javaVersions)}. ${javaAdvice(await readSystem())}`,
  );
}

/**
 * Finds a Python 3.10 to 3.14 that can make virtual environments: MEDALLION_PYTHON, then PATH, then the usual places.
 * Throws `missing-tool` with what was found instead, and how to get one on this system.
 */
export async function findPython(
  env: NodeJS.ProcessEnv = process.env,
  candidates?: readonly Candidate[],
): Promise<FoundPython> {
  const system = await readSystem();
  const refused: string[] = [];
  for (const candidate of candidates ?? (await pythonCandidates(env))) {
    const { python, problem } = await inspectPython(candidate, system);
    if (python) return refused.length === 0 ? python : { ...python, note: refused.join(' ') };
    if (problem !== undefined && !refused.includes(problem)) refused.push(problem);
    // Whoever names a Python wants that one and no other.
    if (candidate.from === 'MEDALLION_PYTHON') {
      const why = problem ?? `MEDALLION_PYTHON is ${candidate.path}, which is not there.`;
      throw new WorkbenchError('missing-tool', `${why} Set MEDALLION_PYTHON to a Python 3.10 to 3.14.`);
    }
  }
  const found = refused.length === 0 ? 'No Python was found.' : refused.join(' ');
  throw new WorkbenchError(
    'missing-tool',
    `${found} Python 3.${pythonMinors.oldest} to 3.${pythonMinors.newest} is needed. ${pythonAdvice(system)}`,
  );
}

/** The programs that the stack needs and cannot install itself, for `doctor`. */
export async function inspectTools(env: NodeJS.ProcessEnv = process.env): Promise<ToolCheck[]> {
  const check = async (
    name: ToolCheck['name'],
    find: () => Promise<{ version: string; where: string; from: string; note?: string | undefined }>,
  ): Promise<ToolCheck> => {
    try {
      const { version, where, from, note } = await find();
      const detail = `${version} at ${where} (from ${from})${note === undefined ? '' : `. ${note}`}`;
      return { name, ok: true, detail };
    } catch (error) {
      const system = await readSystem();
      const fix = name === 'java' ? javaAdvice(system) : pythonAdvice(system);
      return { name, ok: false, detail: describeError(error).replace(` ${fix}`, ''), fix };
    }
  };
  return Promise.all([
    check('java', async () => {
      const { home, version, from, note } = await findJava(env);
      return { version, where: home, from, note };
    }),
    check('python', async () => {
      const { path, version, from, note } = await findPython(env);
      return { version, where: path, from, note };
    }),
  ]);
}

/** The values of a Java's `release` file, such as JAVA_VERSION. */
export function parseRelease(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/^(\w+)="?([^"\r\n]*)"?\s*$/gm)];
  return Object.fromEntries(pairs.map(([, key, value]) => [key!, value!]));
}

/** `17.0.15` -> 17, `1.8.0_402` -> 8, `21-ea` -> 21. */
export function javaMajor(version: string): number {
  const [first = '', second = ''] = version.split(/[._\-+]/);
  return Number.parseInt(first === '1' ? second : first, 10);
}

interface JavaFacts {
  home: string;
  version: string;
  build: string;
  modules?: readonly string[];
}

async function inspectJava({ path, from }: Candidate): Promise<{ java?: FoundJava; problem?: string }> {
  const facts = await readJava(path);
  if (!facts) return {};
  const { home, version, build, modules } = facts;
  const where = from === 'JAVA_HOME' || from === 'PATH' ? `${from}, ${home},` : home;
  if (!javaVersions.includes(javaMajor(version))) return { problem: `${where} is Java ${version}.` };
  if (modules && !modules.includes('jdk.incubator.vector')) {
    return {
      problem: `${where} is a reduced Java ${version} without the module jdk.incubator.vector, which Spark needs.`,
    };
  }
  return { java: { home, version, build, from } };
}

/** Reads the `release` file; asks the program only where there is none (a shim of a version manager). */
async function readJava(path: string): Promise<JavaFacts | undefined> {
  const program = join(path, 'bin', 'java');
  if (!existsSync(program)) return undefined;
  try {
    const release = parseRelease(await readFile(join(path, 'release'), 'utf8'));
    const version = release.JAVA_VERSION;
    if (version !== undefined) {
      const modules = release.MODULES?.split(/\s+/);
      return {
        home: path,
        version,
        build: release.JAVA_RUNTIME_VERSION ?? version,
        ...(modules ? { modules } : {}),
      };
    }
  } catch {
    // No release file.
  }
  const said = await run(program, ['-XshowSettings:properties', '-version']);
  const property = (name: string): string | undefined =>
    new RegExp(`^\\s*${name.replaceAll('.', '\\.')} = (.+)$`, 'm').exec(said ?? '')?.[1]?.trim();
  const version = property('java.version');
  const home = property('java.home');
  if (version === undefined || home === undefined) return undefined;
  const modules = (await run(join(home, 'bin', 'java'), ['--list-modules']))
    ?.split('\n')
    .map((line) => line.split('@')[0]!.trim());
  return {
    home,
    version,
    build: property('java.runtime.version') ?? version,
    ...(modules ? { modules } : {}),
  };
}

async function javaCandidates(env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const found: Candidate[] = [];
  if (env.JAVA_HOME) found.push({ path: env.JAVA_HOME, from: 'JAVA_HOME' });
  for (const program of await onPath(env, ['java'])) {
    // macOS has a /usr/bin/java that only offers to install one.
    if (program === '/usr/bin/java' && process.platform === 'darwin') continue;
    found.push({ path: dirname(dirname(await realpath(program))), from: 'PATH' });
  }
  const home = env.HOME ?? homedir();
  const usual = [
    '/usr/lib/jvm/*',
    '/usr/lib64/jvm/*',
    '/usr/java/*',
    '/opt/java/*',
    '/opt/jdk*',
    '/Library/Java/JavaVirtualMachines/*/Contents/Home',
    `${home}/Library/Java/JavaVirtualMachines/*/Contents/Home`,
    '/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home',
    '/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home',
    '/home/linuxbrew/.linuxbrew/opt/openjdk*/libexec',
    `${env.SDKMAN_DIR ?? `${home}/.sdkman`}/candidates/java/*`,
    `${env.ASDF_DATA_DIR ?? `${home}/.asdf`}/installs/java/*`,
    `${home}/.local/share/mise/installs/java/*`,
    `${env.JABBA_HOME ?? `${home}/.jabba`}/jdk/*`,
    `${home}/.jdks/*`,
  ];
  const places: { candidate: Candidate; major: number }[] = [];
  for (const pattern of usual) {
    for (const path of await expand(pattern)) {
      // The newest first. Names tell the version everywhere, and a wrong guess only changes the order.
      const major = Number(/(?<!\d)(?:1\.)?(17|21|25)(?!\d)/.exec(path)?.[1] ?? 0);
      places.push({ candidate: { path, from: dirname(path) }, major });
    }
  }
  places.sort((a, b) => b.major - a.major);
  return distinct([...found, ...places.map(({ candidate }) => candidate)]);
}

const probe = `
import json, sys
missing = []
for name in ("venv", "ensurepip", "ssl", "zlib", "ctypes", "sqlite3"):
    try:
        __import__(name)
    except Exception:
        missing.append(name)
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "implementation": sys.implementation.name, "missing": missing}))
`;
const probeAnswer = v.object({
  version: v.string(),
  implementation: v.string(),
  missing: v.array(v.string()),
});

async function inspectPython(
  { path, from }: Candidate,
  system: System,
): Promise<{ python?: FoundPython; problem?: string }> {
  const said = await run(path, ['-I', '-c', probe]);
  const answer = said === undefined ? undefined : parseJson(said);
  const result = v.safeParse(probeAnswer, answer);
  if (!result.success) {
    if (from !== 'MEDALLION_PYTHON') return {};
    return { problem: `MEDALLION_PYTHON, ${path}, does not run as a Python.` };
  }
  const { version, implementation, missing } = result.output;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const problem = (text: string): { problem: string } => ({ problem: `${path} is Python ${version}${text}` });
  if (implementation !== 'cpython') return problem(` (${implementation}); CPython is needed.`);
  if (major !== 3 || minor < pythonMinors.oldest) return problem(', which is too old.');
  if (minor > pythonMinors.newest) return problem(', which is too new for Spark 4.2.');
  if (missing.includes('venv') || missing.includes('ensurepip')) {
    return problem(`, but without the module ensurepip (venv). ${venvAdvice(system, `3.${minor}`)}`);
  }
  const needed = missing.filter((name) => name !== 'sqlite3');
  if (needed.length > 0) return problem(`, but built without ${needed.join(', ')}.`);
  return { python: { path, version, from } };
}

async function pythonCandidates(env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const found: Candidate[] = [];
  if (env.MEDALLION_PYTHON) {
    const named = env.MEDALLION_PYTHON;
    const path = isAbsolute(named) || named.includes('/') ? named : (await onPath(env, [named]))[0];
    found.push({ path: path ?? named, from: 'MEDALLION_PYTHON' });
  }
  const minors = [13, 12, 14, 11, 10].map((minor) => `python3.${minor}`);
  for (const path of await onPath(env, ['python3', ...minors, 'python'])) found.push({ path, from: 'PATH' });
  const home = env.HOME ?? homedir();
  const roots = [
    '/usr/bin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
    '/home/linuxbrew/.linuxbrew/bin',
    '/Library/Frameworks/Python.framework/Versions/*/bin',
    `${env.PYENV_ROOT ?? `${home}/.pyenv`}/versions/3.*/bin`,
    `${env.ASDF_DATA_DIR ?? `${home}/.asdf`}/installs/python/3.*/bin`,
    `${home}/.local/share/uv/python/cpython-3.*/bin`,
    `${home}/.local/share/mise/installs/python/3.*/bin`,
  ];
  for (const root of roots) {
    for (const path of (await expand(root)).reverse()) {
      for (const name of [...minors, 'python3']) {
        if (existsSync(join(path, name))) found.push({ path: join(path, name), from: path });
      }
    }
  }
  // macOS's own is 3.9 at best, and may open a dialog that offers developer tools.
  return distinct(
    found.filter(({ path }) => !(process.platform === 'darwin' && path === '/usr/bin/python3')),
  );
}

/** All programs of these names on PATH, a name's matches in PATH's order. */
async function onPath(env: NodeJS.ProcessEnv, names: readonly string[]): Promise<string[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const found: string[] = [];
  for (const name of names) {
    for (const folder of folders) {
      if (existsSync(join(folder, name))) found.push(join(folder, name));
    }
  }
  return Promise.resolve(found);
}

/** The paths that a pattern with `*` inside its names stands for. */
async function expand(pattern: string): Promise<string[]> {
  let paths = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    if (!part.includes('*')) {
      paths = paths.map((path) => join(path, part)).filter((path) => existsSync(path));
      continue;
    }
    const [before = '', after = ''] = part.split('*');
    const next: string[] = [];
    for (const path of paths) {
      const names = await readdir(path).catch(() => []);
      const matching = names.filter(
        (name) => name.startsWith(before) && name.endsWith(after) && !name.startsWith('.'),
      );
      next.push(...matching.sort().map((name) => join(path, name)));
    }
    paths = next;
  }
  return paths;
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ path }) => !seen.has(path) && seen.add(path));
}

/** Both outputs of a short command, or undefined if it cannot be run or fails. */
async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, {
      timeout: 20_000,
      encoding: 'utf8',
    });
    return stdout + stderr;
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

function listOf(values: readonly number[]): string {
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`;
}
