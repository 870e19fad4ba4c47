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
  content: Buffer;
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
    modules: readonly ScriptModule[],
    argv: readonly string[],
  ): Promise<void> {
    // The kernel takes an empty hash for no modules.
    if (modules.length === 0) {
      await session.ask('imports', { hash: '', argv }, { timeoutMs });
      return;
    }
    const files = Object.fromEntries(modules.map(({ name, content }) => [name, content]));
    const bytes = zipSync(files, { level: 1, mtime: fixedDate });
    const hash = createHash('sha256').update(bytes).digest('hex');
    const zip = this.#isNews(session, hash) ? Buffer.from(bytes).toString('base64') : undefined;
    const sent = this.#sent.add(hash);
    try {
      await session.ask('imports', { hash, zip, argv }, { timeoutMs });
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
