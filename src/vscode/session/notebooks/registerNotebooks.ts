import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { loadOnce } from '../../ui/loadOnce.ts';

export const notebookType = 'jupyter-notebook';

/** The session as the kernel of notebooks; loaded with the first of them. */
export function registerNotebooks(parts: Parts): vscode.Disposable {
  return loadOnce(
    {
      events: [vscode.workspace.onDidOpenNotebookDocument],
      isWanted: () => vscode.workspace.notebookDocuments.some((one) => one.notebookType === notebookType),
      load: async () => new (await import('./notebookKernel.ts')).NotebookKernel(parts),
    },
    parts.errors,
  );
}
