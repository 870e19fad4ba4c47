import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import { parentPath } from '../../lake/hdfsPath.ts';
import type { FileStatus } from '../../lake/webHdfs.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { isLakeEntry, lakeUri } from './lakeEntry.ts';

/**
 * What a command is to work on, as paths of the lake: rows of the Lake view, files of the Explorer (all that are selected),
 * or the file in the editor. Empty if nothing is given. Throws `conflict` for another connection's files.
 */
export function givenPaths(workbench: ActiveWorkbench, args: readonly unknown[]): string[] {
  const [first, selection] = args;
  const given = Array.isArray(selection) && selection.length > 0 ? (selection as unknown[]) : [first];
  const uris = given.flatMap((one) => {
    const uri = isLakeEntry(one) ? one.uri : one;
    return uri instanceof vscode.Uri && uri.scheme === 'hdfs' ? [uri] : [];
  });
  if (uris.length === 0 && first === undefined) {
    const open = vscode.window.activeTextEditor?.document.uri;
    if (open?.scheme === 'hdfs') uris.push(open);
  }
  return uris.map(({ authority, path }) => {
    if (authority === workbench.authority) return path;
    throw new WorkbenchError(
      'conflict',
      vscode.l10n.t(
        'This file is of the connection "{0}", and the editor works with "{1}": switch the connection first.',
        authority,
        workbench.authority,
      ),
    );
  });
}

/** As `givenPaths`; asks in a file dialog of the lake if nothing is given. Empty if the user leaves it. */
export async function pathsOrAsked(
  workbench: ActiveWorkbench,
  args: readonly unknown[],
  title: string,
): Promise<string[]> {
  const given = givenPaths(workbench, args);
  return given.length > 0
    ? given
    : ask(workbench, { title, canSelectFiles: true, canSelectFolders: true, canSelectMany: true });
}

/** The folder that is given, or the one around the file that is given; else it is asked for. */
export async function folderOrAsked(
  workbench: ActiveWorkbench,
  args: readonly unknown[],
  title: string,
): Promise<string | undefined> {
  // The file in the editor is none that somebody pointed to.
  const [given] = args.length > 0 && args[0] !== undefined ? givenPaths(workbench, args) : [];
  if (given === undefined) {
    return (await ask(workbench, { title, canSelectFiles: false, canSelectFolders: true }))[0];
  }
  return folderOf(await (await workbench.lake()).stat(given));
}

function folderOf({ type, path }: FileStatus): string {
  return type === 'DIRECTORY' ? path : parentPath(path);
}

/** VS Code's own file dialog shows any file system. */
async function ask(workbench: ActiveWorkbench, options: vscode.OpenDialogOptions): Promise<string[]> {
  const { authority, lakeRoot } = workbench;
  const chosen = await vscode.window.showOpenDialog({
    ...options,
    openLabel: vscode.l10n.t('Select'),
    defaultUri: lakeUri(authority, lakeRoot),
  });
  return (chosen ?? [])
    .filter((uri) => uri.scheme === 'hdfs' && uri.authority === authority)
    .map(({ path }) => path);
}
