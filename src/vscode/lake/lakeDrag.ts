import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import { baseName, isWithin, joinPath, parentPath } from '../../lake/hdfsPath.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { readSetting } from '../connection/settings.ts';
import type { Errors } from '../ui/errors.ts';
import { withProgress } from '../ui/progress.ts';
import type { EntryRow, LakeRow } from './lakeRows.ts';
import type { LakeTree } from './lakeTree.ts';
import type { UploadSource } from './localFiles.ts';
import { uploadInto } from './uploadInto.ts';

/** What VS Code itself uses for the rows of the view `medallion.lake`. */
const ownType = 'application/vnd.code.tree.medallion.lake';
const uriList = 'text/uri-list';

/** Drags rows out as `hdfs:` URIs, moves them within the lake, and uploads what is dropped from elsewhere. */
export class LakeDrag implements vscode.TreeDragAndDropController<LakeRow> {
  readonly dragMimeTypes = [uriList];
  readonly dropMimeTypes = [ownType, uriList, 'files'];
  readonly #workbench: ActiveWorkbench;
  readonly #tree: LakeTree;
  readonly #errors: Errors;

  constructor(workbench: ActiveWorkbench, tree: LakeTree, errors: Errors) {
    this.#workbench = workbench;
    this.#tree = tree;
    this.#errors = errors;
  }

  handleDrag(rows: readonly LakeRow[], data: vscode.DataTransfer): void {
    const entries = rows.filter((row): row is EntryRow => row.row === 'entry' && row.fixed === undefined);
    if (entries.length === 0) return;
    data.set(uriList, new vscode.DataTransferItem(entries.map(({ uri }) => uri.toString()).join('\r\n')));
    data.set(ownType, new vscode.DataTransferItem(entries.map(({ path }) => path)));
  }

  async handleDrop(target: LakeRow | undefined, data: vscode.DataTransfer): Promise<void> {
    try {
      const folder = folderOf(target);
      if (!folder) return;
      const moved: unknown = data.get(ownType)?.value;
      if (Array.isArray(moved) && moved.every((path) => typeof path === 'string')) {
        await this.#move(moved, folder);
        return;
      }
      const dropped = await sourcesOf(data);
      const isOurs = (source: UploadSource): source is vscode.Uri =>
        source instanceof vscode.Uri && source.scheme === 'hdfs';
      if (dropped.length > 0 && dropped.every(isOurs)) await this.#moveUris(dropped, folder);
      else if (dropped.length > 0) await uploadInto(dropped, folder);
    } catch (error) {
      this.#errors.show(error, 'medallion.lake');
    }
  }

  /** From the Explorer, where the lake may be a folder of the workspace. */
  async #moveUris(uris: readonly vscode.Uri[], folder: vscode.Uri): Promise<void> {
    if (uris.some(({ authority }) => authority !== folder.authority)) {
      throw new WorkbenchError(
        'invalid',
        vscode.l10n.t('Nothing is moved from one lake to another: download it, then upload it there.'),
      );
    }
    await this.#move(
      uris.map(({ path }) => path),
      folder,
    );
  }

  async #move(paths: readonly string[], folder: vscode.Uri): Promise<void> {
    const target = folder.path;
    // Of a folder and what lies in it, only the folder moves.
    const moved = paths.filter(
      (path) =>
        parentPath(path) !== target && !paths.some((other) => other !== path && isWithin(path, other)),
    );
    if (moved.length === 0) return;
    if (readSetting('lake.readOnly', this.#workbench.folder)) {
      throw new WorkbenchError(
        'denied',
        vscode.l10n.t('The lake is read-only here: the setting medallion.lake.readOnly says so.'),
      );
    }
    if (!(await confirmed(moved, target))) return;
    const lake = await this.#workbench.lake();
    await withProgress(
      vscode.l10n.t('Moving to {0}', target),
      async (onProgress, signal) => {
        for (const [done, path] of moved.entries()) {
          onProgress({ message: baseName(path), done, total: moved.length });
          await lake.rename(path, joinPath(target, baseName(path)), { signal });
        }
      },
      { viewId: 'medallion.lake' },
    ).finally(() => {
      for (const path of new Set([target, ...moved.map(parentPath)])) this.#tree.refresh(path);
    });
  }
}

/** Where a drop on a row goes: into it, or beside it if it is a file. */
function folderOf(row: LakeRow | undefined): vscode.Uri | undefined {
  if (row?.row !== 'entry') return row?.folder?.uri;
  return row.kind === 'file' ? row.uri.with({ path: parentPath(row.path) }) : row.uri;
}

/** As the Explorer does, by the same setting. */
async function confirmed(paths: readonly string[], target: string): Promise<boolean> {
  const asks: unknown = vscode.workspace.getConfiguration('explorer').get('confirmDragAndDrop');
  if (asks === false) return true;
  const move = vscode.l10n.t('Move');
  const question =
    paths.length === 1
      ? vscode.l10n.t('Move "{0}" to "{1}"?', baseName(paths[0]!), target)
      : vscode.l10n.t('Move {0} entries to "{1}"?', paths.length, target);
  const detail = vscode.l10n.t(
    'Tables are found by their paths: pipelines and scripts that name one do not follow.',
  );
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, move)) === move;
}

/** Files by their URIs; those that a browser hands over have only their content. */
async function sourcesOf(data: vscode.DataTransfer): Promise<UploadSource[]> {
  const list = await data.get(uriList)?.asString();
  const uris = (list ?? '')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => vscode.Uri.parse(line, true));
  if (uris.length > 0) return uris;
  const files: UploadSource[] = [];
  data.forEach((item) => {
    const file = item.asFile();
    if (file) files.push(file.uri ?? { name: file.name, read: () => file.data() });
  });
  return files;
}
