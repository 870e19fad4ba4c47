import * as vscode from 'vscode';

/** Runs the cells above one: of a notebook, or of a script; of the active script's cursor where none is named. */
export async function runAbove(uri: unknown, line: unknown): Promise<void> {
  const cell = uri instanceof vscode.Uri ? notebookCell(uri) : undefined;
  if (cell) {
    const ranges = [{ start: 0, end: cell.index }];
    await vscode.commands.executeCommand('notebook.cell.execute', { ranges, document: cell.notebook.uri });
  } else await vscode.commands.executeCommand('medallion.session.runAbove', uri, line);
}

function notebookCell(uri: vscode.Uri): vscode.NotebookCell | undefined {
  return vscode.workspace.notebookDocuments
    .flatMap((notebook) => notebook.getCells())
    .find(({ document }) => document.uri.toString() === uri.toString());
}
