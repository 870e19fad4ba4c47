import * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import { baseName, parentPath } from '../../lake/hdfsPath.ts';
import { onSettingChange, readSetting } from '../connection/settings.ts';
import type { Parts } from '../parts.ts';
import { remedy } from '../ui/remedy.ts';
import { downloadPaths } from './downloadCommand.ts';
import { addEntryCommands } from './entryCommands.ts';
import { HdfsFileSystem } from './hdfsFileSystem.ts';
import { lakeUri, refreshLakeView } from './lakeEntry.ts';
import { folderOrAsked, pathsOrAsked } from './lakeTargets.ts';
import { addProperties } from './propertiesDocument.ts';
import { askWhatToUpload, upload } from './upload.ts';
import { isUploadRequest } from './uploadInto.ts';

/** The `hdfs:` file system, uploads, downloads and what is done with one file. */
export function registerFiles(parts: Parts): vscode.Disposable {
  const { workbench, commands, log } = parts;
  const files = new HdfsFileSystem(workbench, {
    onOwnChange: (changes) => {
      for (const folder of new Set(changes.map(({ path }) => parentPath(path)))) {
        refreshLakeView(lakeUri(workbench.authority, folder)).catch((error: unknown) =>
          log.debug(`The Lake view did not read ${folder} anew: ${String(error)}`),
        );
      }
    },
    onTooLarge: onceAtATime(offerDownload),
  });

  commands.add('uploadToLake', async (...args) => {
    if (isUploadRequest(args[0])) {
      return upload({ workbench, files }, args[0].sources, args[0].folder.path);
    }
    const folder = await folderOrAsked(workbench, args, vscode.l10n.t('Upload to Folder of the Lake'));
    if (folder === undefined) return;
    const sources = await askWhatToUpload(folder);
    if (sources.length > 0) await upload({ workbench, files }, sources, folder);
  });
  commands.add('downloadFromLake', async (...args) => {
    const paths = await pathsOrAsked(workbench, args, vscode.l10n.t('Download from the Lake'));
    if (paths.length > 0) await downloadPaths(workbench, paths);
  });
  commands.add('addLakeToWorkspace', () => addLakeToWorkspace(parts));
  addEntryCommands({ workbench, files }, commands);

  return vscode.Disposable.from(
    files,
    registration(files, parts),
    addProperties(parts),
    explorerRefresh(parts),
  );
}

/** Registers the file system; anew when the setting makes it read-only, which the editor asks for only then. */
function registration(files: HdfsFileSystem, { workbench, errors }: Parts): vscode.Disposable {
  const register = (): vscode.Disposable => {
    let isReadonly: vscode.MarkdownString | false = false;
    try {
      isReadonly =
        readSetting('lake.readOnly', workbench.folder) &&
        new vscode.MarkdownString(
          vscode.l10n.t('The lake is read-only here: the setting `medallion.lake.readOnly` says so.'),
        );
    } catch (error) {
      errors.note(error, 'hdfs:');
    }
    return vscode.workspace.registerFileSystemProvider('hdfs', files, { isCaseSensitive: true, isReadonly });
  };
  let registered = register();
  const listening = onSettingChange(() => {
    registered.dispose();
    registered = register();
  }, 'lake.readOnly');
  return new vscode.Disposable(() => {
    listening.dispose();
    registered.dispose();
  });
}

/** Lets the Explorer read folders of the lake anew once HDFS is back: it does not try again by itself. */
function explorerRefresh({ workbench, stack }: Parts): vscode.Disposable {
  let wasUp = false;
  const refresh = (): void => {
    const shown = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme === 'hdfs');
    if (shown) void vscode.commands.executeCommand('workbench.files.action.refreshFilesExplorer');
  };
  return vscode.Disposable.from(
    workbench.onDidChange(refresh),
    stack.onDidChange(() => {
      const isUp = stack.phase === 'up';
      if (isUp && !wasUp) refresh();
      wasUp = isUp;
    }),
  );
}

/** The editor reads a file again and again; who is asked already is not asked twice. */
function onceAtATime(
  ask: (uri: vscode.Uri, bytes: number, maxBytes: number) => Promise<void>,
): (uri: vscode.Uri, bytes: number, maxBytes: number) => void {
  const asked = new Set<string>();
  return (uri, bytes, maxBytes) => {
    const key = uri.toString();
    if (asked.has(key)) return;
    asked.add(key);
    void ask(uri, bytes, maxBytes).finally(() => asked.delete(key));
  };
}

async function offerDownload(uri: vscode.Uri, bytes: number, maxBytes: number): Promise<void> {
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      '"{0}" has {1}: files of more than {2} are not opened in an editor.',
      baseName(uri.path),
      formatBytes(bytes),
      formatBytes(maxBytes),
    ),
    remedy(vscode.l10n.t('Download…'), 'medallion.downloadFromLake', uri),
    remedy(
      vscode.l10n.t('Open Setting'),
      'workbench.action.openSettings',
      'medallion.lake.maxEditorMegabytes',
    ),
  );
  await chosen?.run();
}

/** The whole of HDFS as a folder of the Explorer, behind the folders that are there. */
async function addLakeToWorkspace({ workbench }: Parts): Promise<void> {
  await workbench.lake();
  const uri = lakeUri(workbench.authority, '/');
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (!folders.some((folder) => folder.uri.toString() === uri.toString())) {
    const name = vscode.l10n.t('Lake ({0})', workbench.authority);
    vscode.workspace.updateWorkspaceFolders(folders.length, 0, { uri, name });
  }
  await vscode.commands.executeCommand('workbench.view.explorer');
}
