import * as vscode from 'vscode';

/** Opens a document at a line, counted from 1, where it is open already: not in the place of the results. */
export async function showCode(uri: vscode.Uri, line: number): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const at = document.lineAt(Math.min(Math.max(line, 1), document.lineCount) - 1);
  const start = new vscode.Position(at.lineNumber, at.firstNonWhitespaceCharacterIndex);
  const key = uri.toString();
  const group = vscode.window.tabGroups.all.find(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === key),
  );
  await vscode.window.showTextDocument(document, {
    selection: new vscode.Range(start, start),
    viewColumn: group?.viewColumn ?? vscode.ViewColumn.One,
  });
}
