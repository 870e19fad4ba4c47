import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';
import type { WarmSession } from './sessionTypes.ts';

/** fflate writes local time; with a fixed date the same modules are the same bytes. */
const fixedDate = new Date(1980, 0, 1, 0, 0, 0);
/** They wait for what runs, however long that is. */
const timeoutMs = 24 * 3600 * 1000;

export interface ScriptModule {
  /** Relative POSIX name: `helper.py`, `pkg/__init__.py`. */
  name: string;
  /** Where it is on this machine. */
  path: string;
  content: Buffer;
}

/** Modules as the kernel takes them. */
export interface PackedModules {
  /** Empty for none, which the kernel knows too. */
  hash: string;
  zip: Uint8Array;
  /** See `RunRequest`. */
  sources: Record<string, string>;
}

export function packModules(modules: readonly ScriptModule[]): PackedModules {
  if (modules.length === 0) return { hash: '', zip: new Uint8Array(), sources: {} };
  const files = Object.fromEntries(modules.map(({ name, content }) => [name, content]));
  const zip = zipSync(files, { level: 1, mtime: fixedDate });
  const hash = createHash('sha256').update(zip).digest('hex');
  // As `imports.py` names it.
  const name = `${hash.slice(0, 32)}.zip`;
  const sources = modules.map((module) => [`${name}/${module.name}`, module.path]);
  return { hash, zip, sources: Object.fromEntries(sources) as Record<string, string> };
}

/** The modules that scripts import, on their way into the kernel: each zip once, for it stays there. */
export class ModuleZips {
  #incarnation: string | undefined;
  #sent = new Set<string>();

  /**
   * Which modules and arguments the code that runs next has. The kernel is told each time: another window may have told
   * it otherwise. Throws what `WarmSession.ask` throws.
   */
  async tell(
    session: Pick<WarmSession, 'ask' | 'facts'>,
    { hash, zip }: PackedModules,
    argv: readonly string[],
  ): Promise<void> {
    if (hash === '') {
      await session.ask('imports', { hash, argv }, { timeoutMs });
      return;
    }
    const news = this.#isNews(session, hash) ? Buffer.from(zip).toString('base64') : undefined;
    const sent = this.#sent.add(hash);
    try {
      await session.ask('imports', { hash, zip: news, argv }, { timeoutMs });
    } catch (error) {
      sent.delete(hash);
      throw error;
    }
  }

  #isNews({ facts }: Pick<WarmSession, 'facts'>, hash: string): boolean {
    if (facts?.incarnation !== this.#incarnation) this.#sent = new Set();
    this.#incarnation = facts?.incarnation;
    return !this.#sent.has(hash);
  }
}
