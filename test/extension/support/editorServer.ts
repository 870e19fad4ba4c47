import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TestEditor } from './installEditor.ts';

const root = join(import.meta.dirname, '..', '..', '..');
export const outDir = join(root, 'out', 'test', 'extension');

export interface ServerOptions {
  editor: TestEditor;
  /** The extensions to install. */
  vsixes: string[];
  /** The user's settings.json. */
  settings: Record<string, unknown>;
  /** Without it, every folder is trusted and nobody asks. */
  workspaceTrust: boolean;
  env?: Record<string, string>;
}

/** One code-server with folders of its own, on a free port of the loopback interface. */
export class EditorServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #dir: string;

  private constructor(process: ChildProcess, url: string, dir: string) {
    this.#process = process;
    this.url = url;
    this.#dir = dir;
  }

  static async start(options: ServerOptions): Promise<EditorServer> {
    const dir = await mkdtemp(join(tmpdir(), 'medallion-editor-'));
    try {
      await mkdir(join(dir, 'data', 'User'), { recursive: true });
      await writeFile(join(dir, 'data', 'User', 'settings.json'), JSON.stringify(options.settings));
      const extensions = await installedExtensions(options.editor, options.vsixes);
      const child = spawnServer(
        options.editor,
        { dir, extensions },
        [
          '--bind-addr=127.0.0.1:0',
          '--auth=none',
          '--disable-getting-started-override',
          ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
        ],
        options.env,
      );
      return new EditorServer(child, await listening(child), dir);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** The logs of the extension hosts and of our extension, by their paths below the folder of logs. */
  async logs(): Promise<Map<string, string>> {
    const folder = join(this.#dir, 'data', 'logs');
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    const wanted = names.filter((name) => /remoteexthost\.log$|medallion.*\.log$/i.test(name)).sort();
    const entries = wanted.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
    return new Map(await Promise.all(entries));
  }

  async stop(): Promise<void> {
    await endGroup(this.#process);
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function spawnServer(
  editor: TestEditor,
  { dir, extensions }: { dir: string; extensions: string },
  args: string[],
  env: Record<string, string> = {},
): ChildProcess {
  // Without those of an editor that these tests may be running in.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VSCODE_'));
  const inherited = { ...Object.fromEntries(own), ...env };
  const folders = [
    `--user-data-dir=${join(dir, 'data')}`,
    `--extensions-dir=${extensions}`,
    `--config=${join(dir, 'config.yaml')}`,
  ];
  return spawn(
    editor.node,
    [editor.server, ...folders, '--disable-telemetry', '--disable-update-check', ...args],
    {
      env: inherited,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, which is ended as a whole.
      detached: true,
    },
  );
}

/** The address that the server says it listens on. */
async function listening(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('did not listen after 60 s'), 60_000);
    const fail = (what: string) => {
      clearTimeout(timer);
      void endGroup(child);
      reject(new Error(`code-server ${what}:\n${said}`));
    };
    const read = (data: Buffer) => {
      said = (said + data.toString()).slice(-20_000);
      const url = /HTTP server listening on (http:\/\/\S+)/.exec(said)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code) => fail(`ended with ${code}`));
  });
}

async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name);
    } catch {
      // Nobody is left in it.
    }
  };
  const ended =
    child.exitCode !== null ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));
  signal('SIGTERM');
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
  signal('SIGKILL');
}

/**
 * A folder with the extensions installed as the editor installs them, made once for the same VSIXes. It outlives the
 * editor, as a user's does: a stack that was started in it goes on.
 */
async function installedExtensions(editor: TestEditor, vsixes: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const vsix of vsixes) hash.update(await readFile(vsix));
  const folder = join(outDir, 'installed');
  const dir = join(folder, hash.digest('hex').slice(0, 16));
  if (existsSync(dir)) return dir;
  await mkdir(folder, { recursive: true });
  const unfinished = await mkdtemp(join(folder, '.unfinished-'));
  for (const vsix of vsixes) {
    const place = { dir: unfinished, extensions: join(unfinished, 'extensions') };
    const child = spawnServer(editor, place, ['--install-extension', vsix]);
    let said = '';
    child.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    if (code !== 0 || !said.includes('successfully installed'))
      throw new Error(`${basename(vsix)} was not installed:\n${said}`);
  }
  await rename(join(unfinished, 'extensions'), dir).catch((error: unknown) => {
    // Another run was quicker.
    if (!existsSync(dir)) throw error;
  });
  await rm(unfinished, { recursive: true, force: true });
  return dir;
}
