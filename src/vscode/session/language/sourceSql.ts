import * as vscode from 'vscode';
import { PipelineFiles } from '../../pipeline/pipelineFiles.ts';

/**
 * The SQL files that pipelines verify gold with: they are for the source's database, so the session has nothing to say in
 * them. `medallion.sourceSql` tells whether the editor shows one.
 */
export class SourceSql implements vscode.Disposable {
  readonly #files: PipelineFiles;
  readonly #listening: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<void>();
  #found: Promise<ReadonlySet<string>> | undefined;

  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#files = new PipelineFiles();
    this.#listening = vscode.Disposable.from(
      this.#files,
      this.#changed,
      this.#files.onDidChange(() => {
        this.#found = undefined;
        this.#changed.fire();
        void this.#tell();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => void this.#tell()),
    );
    void this.#tell();
  }

  async has({ scheme, path }: vscode.Uri): Promise<boolean> {
    if (scheme !== 'file') return false;
    this.#found ??= this.#find();
    return (await this.#found).has(path);
  }

  dispose(): void {
    this.#listening.dispose();
  }

  /** Never rejects: a pipeline file that cannot be read names none. */
  async #find(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const { outlinePipeline } = await import('../../../pipeline/pipelineOutline.ts');
    for (const pipeline of await this.#files.all().catch(() => [])) {
      try {
        const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(pipeline));
        for (const { path } of outlinePipeline(text).files) {
          if (path.endsWith('.sql')) found.add(vscode.Uri.joinPath(pipeline, '..', path).path);
        }
      } catch {
        // Gone meanwhile, or not to be read.
      }
    }
    return found;
  }

  async #tell(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const isSource = document?.languageId === 'sql' && (await this.has(document.uri));
    if (document !== vscode.window.activeTextEditor?.document) return;
    await vscode.commands.executeCommand('setContext', 'medallion.sourceSql', isSource);
  }
}
