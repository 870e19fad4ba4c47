import * as vscode from 'vscode';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import { baseName, checkPath, isWithin, joinPath, parentPath } from '../../lake/hdfsPath.ts';
import type { FileStatus, WebHdfs } from '../../lake/webHdfs.ts';
import type { Commands } from '../ui/commands.ts';
import { withProgress } from '../ui/progress.ts';
import { changePermissions } from './changePermissions.ts';
import { formatOf } from './entryFormat.ts';
import { requireWritable } from './hdfsFileSystem.ts';
import { lakeUri } from './lakeEntry.ts';
import { folderOrAsked, givenPaths, pathsOrAsked } from './lakeTargets.ts';
import { sparkRead } from './sparkRead.ts';
import type { LakeFiles } from './upload.ts';

/** What is done with single files and folders: by rows of the Lake view, in the Explorer, or from the palette. */
export function addEntryCommands(lakeFiles: LakeFiles, commands: Commands): void {
  const { workbench, files } = lakeFiles;

  commands.add('newLakeFolder', async (...args) => {
    requireWritable(workbench);
    const folder = await folderOrAsked(workbench, args, vscode.l10n.t('New Folder in'));
    if (folder === undefined) return;
    const path = await askName(folder, vscode.l10n.t('New folder in {0}', folder));
    if (path === undefined) return;
    const lake = await workbench.lake();
    if (await lake.exists(path)) throw alreadyThere(path);
    await lake.mkdirs(path);
    files.tell([{ path, kind: 'created' }]);
  });

  commands.add('newLakeFile', async (...args) => {
    requireWritable(workbench);
    const folder = await folderOrAsked(workbench, args, vscode.l10n.t('New File in'));
    if (folder === undefined) return;
    const path = await askName(folder, vscode.l10n.t('New file in {0}', folder));
    if (path === undefined) return;
    await (await workbench.lake()).write(path, '');
    files.tell([{ path, kind: 'created' }]);
    await vscode.window.showTextDocument(lakeUri(workbench.authority, path));
  });

  commands.add('renameInLake', async (...args) => {
    requireWritable(workbench);
    const [from] = givenPaths(workbench, args);
    if (from === undefined) return;
    const to = await askName(parentPath(from), vscode.l10n.t('Rename {0}', from), baseName(from));
    if (to === undefined || to === from) return;
    await (await workbench.lake()).rename(from, to);
    files.tell([
      { path: from, kind: 'deleted' },
      { path: to, kind: 'created' },
    ]);
  });

  commands.add('deleteFromLake', async (...args) => {
    requireWritable(workbench);
    await deletePaths(lakeFiles, givenPaths(workbench, args));
  });

  commands.add('changePermissions', async (...args) => {
    requireWritable(workbench);
    const [path] = givenPaths(workbench, args);
    if (path !== undefined) await changePermissions(lakeFiles, path);
  });

  commands.add('copyHdfsPath', async (...args) => {
    const paths = await pathsOrAsked(workbench, args, vscode.l10n.t('Copy the Path of'));
    if (paths.length === 0) return;
    const { fileSystem } = (await workbench.connection()).lake;
    await copy(paths.map((path) => fileSystem + path));
  });

  commands.add('copySparkRead', async (...args) => {
    const paths = await pathsOrAsked(workbench, args, vscode.l10n.t('Copy as spark.read'));
    if (paths.length === 0) return;
    const lake = await workbench.lake();
    const { fileSystem } = lake.address;
    const lines: string[] = [];
    for (const path of paths)
      lines.push(sparkRead((await formatOf(lake, path)) ?? 'parquet', fileSystem + path));
    await copy(lines);
  });
}

async function copy(lines: readonly string[]): Promise<void> {
  await vscode.env.clipboard.writeText(lines.join('\n'));
  vscode.window.setStatusBarMessage(`$(copy) ${vscode.l10n.t('Copied {0}', lines[0]!)}`, 5_000);
}

/** The path of a name that is typed, which may go deeper: `a/b.txt`. */
async function askName(folder: string, title: string, value = ''): Promise<string | undefined> {
  const dot = value.lastIndexOf('.');
  const name = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('A name; with slashes it goes into a folder below.'),
    value,
    valueSelection: [0, dot > 0 ? dot : value.length],
    validateInput: (text) => {
      try {
        pathOf(folder, text);
        return undefined;
      } catch (error) {
        return describeError(error);
      }
    },
  });
  return name === undefined ? undefined : pathOf(folder, name);
}

function pathOf(folder: string, name: string): string {
  const clean = name.trim().replace(/\/$/, '');
  if (clean === '') throw new WorkbenchError('invalid', vscode.l10n.t('Type a name.'));
  return checkPath(clean.startsWith('/') ? clean : joinPath(folder, clean));
}

function alreadyThere(path: string): WorkbenchError {
  return new WorkbenchError('exists', vscode.l10n.t('"{0}" exists already: choose another name.', path));
}

/** To the trash, after a question; for good where there is no trash for it. */
async function deletePaths({ workbench, files }: LakeFiles, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const lake = await workbench.lake();
  const found: FileStatus[] = [];
  for (const path of paths) found.push(await lake.stat(path));
  const inTrash = isWithin(paths[0]!, await lake.trashOf(paths[0]!));
  if (!(await confirmed(found, inTrash))) return;
  const title = inTrash ? vscode.l10n.t('Deleting') : vscode.l10n.t('Moving to the trash');
  await withProgress(title, async (onProgress, signal) => {
    for (const [done, { path, name }] of found.entries()) {
      onProgress({ message: name, done, total: found.length });
      await removeOne(lake, path, !inTrash, signal);
      files.tell([{ path, kind: 'deleted' }]);
    }
  });
}

async function removeOne(lake: WebHdfs, path: string, trash: boolean, signal: AbortSignal): Promise<void> {
  try {
    await lake.remove(path, { recursive: true, trash, signal });
  } catch (error) {
    if (!trash || !isWorkbenchError(error, 'invalid', 'unsupported', 'no-space', 'denied')) throw error;
    const forGood = vscode.l10n.t('Delete Permanently');
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t('"{0}" cannot be moved to the trash. Delete it permanently?', path),
      { modal: true, detail: error.message },
      forGood,
    );
    if (chosen !== forGood) throw new vscode.CancellationError();
    await lake.remove(path, { recursive: true, signal });
  }
}

async function confirmed(found: readonly FileStatus[], forGood: boolean): Promise<boolean> {
  const [first] = found;
  const full = found.some(({ type, childrenNum }) => type === 'DIRECTORY' && childrenNum > 0);
  const button = forGood ? vscode.l10n.t('Delete Permanently') : vscode.l10n.t('Move to Trash');
  const question =
    found.length > 1
      ? vscode.l10n.t('Delete {0} entries of the lake?', found.length)
      : full
        ? vscode.l10n.t('Delete "{0}" and all that is in it?', first!.path)
        : vscode.l10n.t('Delete "{0}"?', first!.path);
  const detail = forGood
    ? vscode.l10n.t('This cannot be undone.')
    : vscode.l10n.t('It can be moved back from the trash of HDFS, /user/…/.Trash.');
  // One file in the trash is brought back as easily as it went there.
  if (!forGood && !full && found.length === 1) return true;
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button;
}
