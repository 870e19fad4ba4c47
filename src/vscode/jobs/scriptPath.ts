import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';

/**
 * The path that a script runs under: Python names it in tracebacks, and imports beside it travel along. One that was never
 * saved is as if it were in the folder; one that is not on a disk goes by its URI.
 */
export function scriptPath(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  if (uri.scheme !== 'untitled') return uri.toString();
  // Untitled, but with a folder and a name already.
  if (uri.path.startsWith('/')) return uri.fsPath;
  const folder = vscode.workspace.workspaceFolders?.find(({ uri: { scheme } }) => scheme === 'file');
  return join(folder?.uri.fsPath ?? tmpdir(), `${uri.path.replace(/[^\w.-]+/g, '-')}.py`);
}

/** The file that a path in the output of `script` means; undefined where it is none of the user's. */
export function fileOfPath(path: string, script: vscode.Uri | undefined): vscode.Uri | undefined {
  if (script && path === scriptPath(script)) return script;
  // Modules travel in a zip, and are beside the script here.
  const inZip = /[/\\][^/\\]+\.zip[/\\](.+)$/.exec(path)?.[1];
  if (inZip !== undefined) {
    return script?.scheme === 'file' || script?.scheme === 'untitled'
      ? vscode.Uri.file(join(dirname(scriptPath(script)), inZip))
      : undefined;
  }
  if (isAbsolute(path)) return vscode.Uri.file(path);
  return /^[a-z][a-z0-9+.-]+:\/\//.test(path) ? vscode.Uri.parse(path) : undefined;
}
