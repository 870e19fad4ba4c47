import * as vscode from 'vscode';
import { WorkbenchError, describeError } from '../../base/errors.ts';

/** Far more than a person writes. */
const maxBytes = 4 * 1024 * 1024;

/** A script's text: as it is in the editor, where it is open, else as it is saved. Throws `not-found`. */
export async function readScript(uri: vscode.Uri): Promise<string> {
  const open = openDocuments().find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > maxBytes) {
      throw new WorkbenchError('invalid', vscode.l10n.t('{0} is too large for a script.', uri.path));
    }
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (cause) {
    if (cause instanceof WorkbenchError) throw cause;
    if (cause instanceof vscode.FileSystemError && cause.code !== 'FileNotFound') {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('{0} cannot be read: {1}', uri.path, describeError(cause)),
        { cause },
      );
    }
    throw new WorkbenchError('not-found', vscode.l10n.t('{0}: there is no such file.', uri.path), { cause });
  }
}

/** The texts of files that are newer in the editor than on the disk, by path. */
export function unsavedFiles(): Map<string, string> {
  return new Map(
    openDocuments()
      .filter(({ isDirty, uri }) => isDirty && uri.scheme === 'file' && uri.path.endsWith('.py'))
      .map((document) => [document.uri.fsPath, document.getText()]),
  );
}

function openDocuments(): readonly vscode.TextDocument[] {
  return vscode.workspace.textDocuments.filter(({ isClosed }) => !isClosed);
}
