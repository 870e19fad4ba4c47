import type * as vscode from 'vscode';
import type { ModuleZips } from '../../../session/moduleZips.ts';
import type { WarmSession } from '../../../session/sessionTypes.ts';
import { rememberedArguments } from '../../jobs/rememberedArguments.ts';
import { unsavedFiles } from '../../jobs/readScript.ts';
import { scriptPath } from '../../jobs/scriptPath.ts';

/** The modules beside a script and its arguments: the kernel has them as a job that is made of the script would. */
export class ScriptModules {
  readonly #context: vscode.ExtensionContext;
  #zips: ModuleZips | undefined;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  /**
   * Tells the kernel, and gives where the modules are, for failures to name. What runs next finds them there: it is not
   * waited for, since it waits for what runs now. `failed` hears of it then. Throws `invalid` for modules that are too
   * large.
   */
  async tell(
    session: WarmSession,
    script: { uri: vscode.Uri; source: string },
    failed: (error: unknown) => void,
  ): Promise<Readonly<Record<string, string>>> {
    const [{ findLocalImports }, { ModuleZips, packModules }] = await Promise.all([
      import('../../../spark/localImports.ts'),
      import('../../../session/moduleZips.ts'),
    ]);
    const path = scriptPath(script.uri);
    const modules = await findLocalImports({ path, source: script.source }, { unsaved: unsavedFiles() });
    this.#zips ??= new ModuleZips();
    const argv = [path, ...rememberedArguments(this.#context, script.uri).args];
    const packed = packModules(modules);
    this.#zips.tell(session, packed, argv).catch(failed);
    return packed.sources;
  }
}
