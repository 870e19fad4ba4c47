import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WorkbenchError, systemErrorCode } from '../base/errors.ts';
import { pythonImports, type PythonImport } from './pythonImports.ts';

export interface LocalModule {
  /** Relative POSIX name: `helper.py`, `pkg/__init__.py`. */
  name: string;
  /** Where it is on the user's machine. */
  path: string;
  content: Buffer;
}

export interface ImportLimits {
  files: number;
  fileBytes: number;
  totalBytes: number;
}

const defaultLimits: ImportLimits = { files: 1000, fileBytes: 4 * 1024 * 1024, totalBytes: 32 * 1024 * 1024 };

/** What every cluster has of its own; a folder of that name beside the script is not it. */
const installed = new Set(['pyspark', 'py4j', 'delta', '__medallion__']);

/**
 * The modules and packages beside a script that it imports, and what these import, as Python would find them with the
 * script's directory first on its path. Imports that are computed at run time are not found. Throws `invalid` when
 * they are larger than the limits. `unsaved`: texts that are newer in an editor than on the disk, by path.
 */
export async function findLocalImports(
  script: { path: string; source: string },
  options: { limits?: ImportLimits | undefined; unsaved?: ReadonlyMap<string, string> | undefined } = {},
): Promise<LocalModule[]> {
  const { limits = defaultLimits, unsaved = new Map<string, string>() } = options;
  const search = new Search(dirname(script.path), limits, unsaved);
  await search.follow(script.source, []);
  return search.found();
}

class Search {
  readonly #root: string;
  readonly #limits: ImportLimits;
  readonly #unsaved: ReadonlyMap<string, string>;
  /** By name; undefined while it is known to be absent. */
  readonly #modules = new Map<string, LocalModule | undefined>();
  #totalBytes = 0;

  constructor(root: string, limits: ImportLimits, unsaved: ReadonlyMap<string, string>) {
    this.#root = root;
    this.#limits = limits;
    this.#unsaved = unsaved;
  }

  found(): LocalModule[] {
    return [...this.#modules.values()]
      .filter((module) => module !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Follows the imports of one source that belongs to the package `within`. */
  async follow(source: string, within: readonly string[]): Promise<void> {
    for (const statement of pythonImports(source)) await this.#take(statement, within);
  }

  async #take({ level, module, names }: PythonImport, within: readonly string[]): Promise<void> {
    // One dot is the package itself, each further one its parent; above the top Python fails, and so be it.
    if (level > within.length) return;
    const base = level === 0 ? [] : within.slice(0, within.length - (level - 1));
    const path = [...base, ...(module === '' ? [] : module.split('.'))];
    const top = path[0];
    if (top === undefined || installed.has(top)) return;
    if (!(await this.#load(path))) return;
    for (const name of names) {
      if (name === '*') await this.#loadAll(path);
      // A name may be a module of the package or a thing in it: only the former is a file.
      else await this.#load([...path, name]);
    }
  }

  /** Takes a module and the packages that it is in; false when it is not here. */
  async #load(path: readonly string[]): Promise<boolean> {
    const file = path.join('/');
    // A package wins over a module of the same name.
    const asPackage = await this.#read(`${file}/__init__.py`);
    const asModule = asPackage ? undefined : await this.#read(`${file}.py`);
    const isDirectory = !asPackage && !asModule && (await this.#isDirectory(file));
    if (!asPackage && !asModule && !isDirectory) return false;
    for (let depth = 1; depth < path.length; depth++) {
      const parent = path.slice(0, depth);
      const init = await this.#read(`${parent.join('/')}/__init__.py`);
      if (init) await this.#enter(init, parent);
      // Without one it is a namespace package, which a zip cannot hold: an empty one does the same.
      else if (asPackage ?? asModule) this.#add(`${parent.join('/')}/__init__.py`, Buffer.alloc(0));
    }
    if (asPackage) await this.#enter(asPackage, path);
    if (asModule) await this.#enter(asModule, path.slice(0, -1));
    return true;
  }

  async #loadAll(path: readonly string[]): Promise<void> {
    const entries = await readdir(join(this.#root, ...path)).catch(() => []);
    for (const entry of entries.sort()) {
      if (entry.endsWith('.py') && entry !== '__init__.py') await this.#load([...path, entry.slice(0, -3)]);
    }
  }

  readonly #entered = new Set<string>();

  async #enter(module: LocalModule, within: readonly string[]): Promise<void> {
    if (this.#entered.has(module.name)) return;
    this.#entered.add(module.name);
    await this.follow(module.content.toString('utf8'), within);
  }

  async #read(name: string): Promise<LocalModule | undefined> {
    if (this.#modules.has(name)) return this.#modules.get(name);
    try {
      const path = join(this.#root, ...name.split('/'));
      const unsaved = this.#unsaved.get(path);
      if (unsaved !== undefined) return this.#add(name, Buffer.from(unsaved));
      const { size } = await stat(path);
      if (size > this.#limits.fileBytes) throw tooLarge(`${path} has ${size} bytes`);
      return this.#add(name, await readFile(path));
    } catch (error) {
      const code = systemErrorCode(error);
      if (error instanceof WorkbenchError) throw error;
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EISDIR') {
        const path = join(this.#root, name);
        throw new WorkbenchError('invalid', `The script imports ${path}, which cannot be read.`, {
          cause: error,
        });
      }
      this.#modules.set(name, undefined);
      return undefined;
    }
  }

  #add(name: string, content: Buffer): LocalModule {
    const module = { name, path: join(this.#root, ...name.split('/')), content };
    this.#modules.set(name, module);
    this.#totalBytes += content.length;
    if (this.#totalBytes > this.#limits.totalBytes || this.#modules.size > this.#limits.files * 4) {
      throw tooLarge(`they have more than ${this.#limits.totalBytes} bytes or ${this.#limits.files} files`);
    }
    return module;
  }

  async #isDirectory(name: string): Promise<boolean> {
    const found = await stat(join(this.#root, ...name.split('/'))).catch(() => undefined);
    return found?.isDirectory() ?? false;
  }
}

function tooLarge(what: string): WorkbenchError {
  return new WorkbenchError(
    'invalid',
    `The modules beside the script are too large to travel with it: ${what}. Put data on the lake instead.`,
  );
}
