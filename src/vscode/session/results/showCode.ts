import * as vscode from 'vscode';
import { WorkbenchError } from '../../../base/errors.ts';

/** The document of code; it may be opened for that. Throws `not-found` for a cell of a notebook that is closed. */
export async function openCode(uri: vscode.Uri): Promise<vscode.TextDocument> {
  if (uri.scheme !== 'vscode-notebook-cell' || notebookOf(uri)) return vscode.workspace.openTextDocument(uri);
  throw new WorkbenchError('not-found', vscode.l10n.t('The notebook of this cell is not open.'));
}

/** Opens a document at a line, counted from 1, where it is open already: not in the place of the results. */
export async function showCode(uri: vscode.Uri, line: number): Promise<void> {
  const document = await openCode(uri);
  const at = document.lineAt(Math.min(Math.max(line, 1), document.lineCount) - 1);
  const start = new vscode.Position(at.lineNumber, at.firstNonWhitespaceCharacterIndex);
  const notebook = notebookOf(uri);
  const key = (notebook ?? document).uri.toString();
  const group = vscode.window.tabGroups.all.find(({ tabs }) =>
    tabs.some(
      ({ input }) =>
        (input instanceof vscode.TabInputText || input instanceof vscode.TabInputNotebook) &&
        input.uri.toString() === key,
    ),
  );
  const options = {
    selection: new vscode.Range(start, start),
    viewColumn: group?.viewColumn ?? vscode.ViewColumn.One,
  };
  // A cell is shown within its notebook, which is no editor of text.
  if (notebook) await vscode.commands.executeCommand('vscode.open', uri, options);
  else await vscode.window.showTextDocument(document, options);
}

function notebookOf(uri: vscode.Uri): vscode.NotebookDocument | undefined {
  const key = uri.toString();
  return vscode.workspace.notebookDocuments.find((notebook) =>
    notebook.getCells().some(({ document }) => document.uri.toString() === key),
  );
}
