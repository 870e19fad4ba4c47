import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';

/** What a pipeline file is called. */
export const pipelineGlob = '**/{pipeline.yaml,*.pipeline.yaml}';
/** Folders that hold others' files. */
export const skippedFolders = '**/{node_modules,.venv,venv,.git,.medallion,dist,out}/**';
/** More than anybody has in one workspace. */
const maxFiles = 100;

export function isPipelineFile({ path }: vscode.Uri): boolean {
  return /(^|[/.])pipeline\.yaml$/.test(path);
}

/** The pipeline files of the workspace, and what menus know of them. */
export class PipelineFiles implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  /** One has come, changed on the disk, or gone. */
  readonly onDidChange = this.#changed.event;
  readonly #listening: { dispose(): unknown }[];
  #found: Promise<vscode.Uri[]> | undefined;

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher(pipelineGlob);
    const anew = (): void => {
      this.#found = undefined;
      void this.#tellContext();
      this.#changed.fire();
    };
    this.#listening = [
      this.#changed,
      watcher,
      watcher.onDidCreate(anew),
      watcher.onDidDelete(anew),
      watcher.onDidChange(() => this.#changed.fire()),
      vscode.workspace.onDidChangeWorkspaceFolders(anew),
      vscode.window.onDidChangeActiveTextEditor(tellOpen),
    ];
    tellOpen(vscode.window.activeTextEditor);
    void this.#tellContext();
  }

  /** Those nearest to the top first. */
  all(): Promise<vscode.Uri[]> {
    this.#found ??= findAll().catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }

  /**
   * The file that a command is about: the given one, the one in the editor, the only one, or the one that is picked.
   * Undefined when none was picked. Throws `not-found` where there is none.
   */
  async choose(argument: unknown, question: string): Promise<vscode.Uri | undefined> {
    if (argument instanceof vscode.Uri) return argument;
    const open = vscode.window.activeTextEditor?.document.uri;
    if (open && isPipelineFile(open)) return open;
    const files = await this.all();
    if (files.length <= 1) {
      if (files[0]) return files[0];
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('There is no pipeline.yaml in this workspace: "Medallion: New Project…" makes one.'),
      );
    }
    const picked = await vscode.window.showQuickPick(
      files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
      { title: question, placeHolder: vscode.l10n.t('Pipeline file') },
    );
    return picked?.uri;
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }

  async #tellContext(): Promise<void> {
    const files = await this.all().catch(() => []);
    await vscode.commands.executeCommand('setContext', 'medallion.hasPipeline', files.length > 0);
  }
}

function tellOpen(editor: vscode.TextEditor | undefined): void {
  const isOpen = editor !== undefined && isPipelineFile(editor.document.uri);
  void vscode.commands.executeCommand('setContext', 'medallion.pipelineOpen', isOpen);
}

async function findAll(): Promise<vscode.Uri[]> {
  const files = await vscode.workspace.findFiles(pipelineGlob, skippedFolders, maxFiles);
  const depth = ({ path }: vscode.Uri): number => path.split('/').length;
  return files.sort((a, b) => depth(a) - depth(b) || (a.path < b.path ? -1 : 1));
}
