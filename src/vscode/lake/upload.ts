import * as vscode from 'vscode';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { isWorkbenchError } from '../../base/errors.ts';
import { formatBytes, formatCount } from '../../base/format.ts';
import type { OnProgress } from '../../base/log.ts';
import { baseName, checkPath, joinPath } from '../../lake/hdfsPath.ts';
import type { WebHdfs } from '../../lake/webHdfs.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { withProgress } from '../ui/progress.ts';
import type { Change } from './changePoller.ts';
import { requireWritable, type HdfsFileSystem } from './hdfsFileSystem.ts';
import { uploadItems, type UploadItem, type UploadSource } from './localFiles.ts';

type Answer = 'replace' | 'skip';

/** What uploads and other changes by commands work with. */
export interface LakeFiles {
  workbench: ActiveWorkbench;
  files: HdfsFileSystem;
}

/**
 * Copies files and folders into a folder of the lake, with progress; each file is there whole or not at all. Asks before it
 * replaces one. The sources may be of any file system, or what was dropped from outside.
 */
export async function upload(
  { workbench, files }: LakeFiles,
  sources: readonly UploadSource[],
  folder: string,
): Promise<void> {
  requireWritable(workbench);
  const lake = await workbench.lake();
  const changes: Change[] = [];
  const title = vscode.l10n.t('Uploading to {0}', folder);
  try {
    const { count, bytes } = await withProgress(title, async (onProgress, signal) => {
      const items: UploadItem[] = [];
      for await (const item of uploadItems(sources)) {
        throwIfCancelled(signal);
        // Found before anything is sent.
        checkPath(joinPath(folder, item.name));
        items.push(item);
      }
      return send(lake, items, folder, changes, onProgress, signal);
    });
    const done = vscode.l10n.t(
      'Uploaded {0} files, {1}, to {2}',
      formatCount(count),
      formatBytes(bytes),
      folder,
    );
    vscode.window.setStatusBarMessage(`$(cloud-upload) ${done}`, 10_000);
  } finally {
    if (changes.length > 0) files.tell(changes);
  }
}

async function send(
  lake: WebHdfs,
  items: readonly UploadItem[],
  folder: string,
  changes: Change[],
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<{ count: number; bytes: number }> {
  const total = items.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const askOnce = asker(items.length);
  let before = 0;
  let count = 0;
  for (const item of items) {
    throwIfCancelled(signal);
    const path = joinPath(folder, item.name);
    if (item.isFolder) {
      await lake.mkdirs(path, { signal });
      changes.push({ path, kind: 'created' });
      continue;
    }
    const write = async (overwrite: boolean): Promise<void> => {
      const sent = before;
      await lake.write(path, await item.open(), {
        overwrite,
        size: item.bytes,
        signal,
        onProgress: ({ done = 0 }) =>
          onProgress({ message: baseName(path), done: sent + done, total, unit: 'bytes' }),
      });
      changes.push({ path, kind: overwrite ? 'changed' : 'created' });
      count++;
      before += item.bytes ?? 0;
    };
    try {
      await write(false);
    } catch (error) {
      if (!isWorkbenchError(error, 'exists')) throw error;
      // A directory of that name cannot be replaced.
      if ((await lake.stat(path, { signal })).type === 'DIRECTORY') throw error;
      if ((await askOnce(path)) === 'replace') await write(true);
    }
  }
  return { count, bytes: before };
}

/** Asks whether a file may be replaced, and remembers an answer for all. A cancel ends the upload. */
function asker(files: number): (path: string) => Promise<Answer> {
  let forAll: Answer | undefined;
  return async (path) => {
    if (forAll) return forAll;
    const replace = vscode.l10n.t('Replace');
    const replaceAll = vscode.l10n.t('Replace All');
    const skip = vscode.l10n.t('Skip');
    const skipAll = vscode.l10n.t('Skip All');
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t('"{0}" exists already. Replace it?', path),
      { modal: true, detail: vscode.l10n.t('The file that is there is lost: it does not go to the trash.') },
      ...(files > 1 ? [replace, replaceAll, skip, skipAll] : [replace]),
    );
    if (chosen === undefined) throw new vscode.CancellationError();
    if (chosen === replaceAll) forAll = 'replace';
    if (chosen === skipAll) forAll = 'skip';
    return chosen === replace || chosen === replaceAll ? 'replace' : 'skip';
  };
}

/** Asks what to upload, in the dialogs of this machine: not every system's can offer files and folders at once. */
export async function askWhatToUpload(folder: string): Promise<readonly vscode.Uri[]> {
  const filesItem = { label: `$(files) ${vscode.l10n.t('Files…')}`, isFolder: false };
  const folderItem = { label: `$(folder) ${vscode.l10n.t('Folders…')}`, isFolder: true };
  const kind = await vscode.window.showQuickPick([filesItem, folderItem], {
    title: vscode.l10n.t('Upload to {0}', folder),
    placeHolder: vscode.l10n.t('What to upload'),
  });
  if (!kind) return [];
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Upload to {0}', folder),
    openLabel: vscode.l10n.t('Upload'),
    canSelectMany: true,
    canSelectFiles: !kind.isFolder,
    canSelectFolders: kind.isFolder,
  });
  return chosen ?? [];
}
