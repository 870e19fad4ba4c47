/** Whether a document is a cell of a notebook, which runs it and shows its output below it. */
export function isNotebookCell({ uri }: { uri: { scheme: string } }): boolean {
  return uri.scheme === 'vscode-notebook-cell';
}
