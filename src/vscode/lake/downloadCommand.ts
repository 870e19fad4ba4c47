import * as vscode from 'vscode';
import { join } from 'node:path';
import { WorkbenchError } from '../../base/errors.ts';
import { formatBytes, formatCount } from '../../base/format.ts';
import { baseName } from '../../lake/hdfsPath.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { withProgress } from '../ui/progress.ts';

/** Asks where to, and copies files and folders of the lake to this machine, each of them whole or not at all. */
export async function downloadPaths(workbench: ActiveWorkbench, paths: readonly string[]): Promise<void> {
  const lake = await workbench.lake();
  const { download, localName } = await import('../../lake/download.ts');
  const nameOf = (path: string): string => localName(baseName(path) || workbench.authority);
  const only = paths.length === 1 ? await lake.stat(paths[0]!) : undefined;
  const targets = new Map<string, string>();
  if (only?.type === 'FILE') {
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Download "{0}"', only.name),
      saveLabel: vscode.l10n.t('Download'),
      ...inDefaultFolder(workbench, nameOf(only.path)),
    });
    if (!target) return;
    targets.set(only.path, localPath(target));
  } else {
    const [folder] =
      (await vscode.window.showOpenDialog({
        title: vscode.l10n.t('Download to Folder'),
        openLabel: vscode.l10n.t('Download'),
        canSelectFiles: false,
        canSelectFolders: true,
        ...inDefaultFolder(workbench),
      })) ?? [];
    if (!folder) return;
    for (const path of paths) targets.set(path, join(localPath(folder), nameOf(path)));
  }
  const title = only
    ? vscode.l10n.t('Downloading "{0}"', nameOf(only.path))
    : vscode.l10n.t('Downloading {0} entries', paths.length);
  const sum = { files: 0, bytes: 0 };
  await withProgress(title, async (onProgress, signal) => {
    for (const [path, target] of targets) {
      // The save dialog has asked whether a file may be replaced.
      const overwrite = only?.type === 'FILE';
      const { files, bytes } = await download(lake, path, target, { overwrite, signal, onProgress });
      sum.files += files;
      sum.bytes += bytes;
    }
  });
  const [, target] = [...targets].at(-1)!;
  const done = vscode.l10n.t('Downloaded {0} files, {1}', formatCount(sum.files), formatBytes(sum.bytes));
  const reveal = vscode.l10n.t('Show');
  const chosen = await vscode.window.showInformationMessage(done, reveal);
  if (chosen === reveal) await show(vscode.Uri.file(target), only?.type === 'FILE');
}

function inDefaultFolder({ folder }: ActiveWorkbench, name = ''): { defaultUri?: vscode.Uri } {
  return folder ? { defaultUri: vscode.Uri.joinPath(folder.uri, name) } : {};
}

function localPath(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new WorkbenchError(
    'unsupported',
    vscode.l10n.t('Download to a folder on a disk: {0} is none.', uri.toString()),
  );
}

/** In the editor, or, for a folder, in the system's own file browser where there is one. */
async function show(uri: vscode.Uri, isFile: boolean): Promise<void> {
  if (isFile) await vscode.commands.executeCommand('vscode.open', uri);
  else if (vscode.workspace.getWorkspaceFolder(uri))
    await vscode.commands.executeCommand('revealInExplorer', uri);
  else await vscode.commands.executeCommand('revealFileInOS', uri);
}
