import { createHash } from 'node:crypto';
import type * as vscode from 'vscode';
import type { WarmSession } from '../../../session/sessionTypes.ts';
import { rememberedArguments } from '../../jobs/rememberedArguments.ts';
import { unsavedFiles } from '../../jobs/readScript.ts';
import { scriptPath } from '../../jobs/scriptPath.ts';

/** fflate writes local time; with a fixed date the same modules are the same bytes. */
const fixedDate = new Date(1980, 0, 1, 0, 0, 0);
/** They wait for what runs, however long that is. */
const timeoutMs = 24 * 3600 * 1000;

/** The modules beside a script and its arguments: the kernel has them as a job that is made of the script would. */
export class ScriptModules {
  readonly #context: vscode.ExtensionContext;
  /** What the kernel was told last, and which one. */
  #told: string | undefined;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  /**
   * Tells the kernel where that is news to it. What runs next finds them there: it is not waited for, since it waits for
   * what runs now. `failed` hears of it then. Throws `invalid` for modules that are too large.
   */
  async tell(
    session: WarmSession,
    script: { uri: vscode.Uri; source: string },
    failed: (error: unknown) => void,
  ): Promise<void> {
    const [{ findLocalImports }, { zipSync }] = await Promise.all([
      import('../../../spark/localImports.ts'),
      import('fflate'),
    ]);
    const path = scriptPath(script.uri);
    const modules = await findLocalImports({ path, source: script.source }, { unsaved: unsavedFiles() });
    // The kernel takes an empty hash for no modules.
    const zip =
      modules.length === 0
        ? undefined
        : zipSync(Object.fromEntries(modules.map(({ name, content }) => [name, content])), {
            level: 1,
            mtime: fixedDate,
          });
    const hash = zip === undefined ? '' : createHash('sha256').update(zip).digest('hex');
    const argv = [path, ...rememberedArguments(this.#context, script.uri).args];
    const told = JSON.stringify([session.facts?.incarnation, hash, argv]);
    if (this.#told === told) return;
    this.#told = told;
    const content = zip && Buffer.from(zip).toString('base64');
    session.ask('imports', { hash, zip: content, argv }, { timeoutMs }).catch((error: unknown) => {
      if (this.#told === told) this.#told = undefined;
      failed(error);
    });
  }
}
