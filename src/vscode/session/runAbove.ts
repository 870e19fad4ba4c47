import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { ActiveSession } from './activeSession.ts';
import { target } from './cells/cellCommands.ts';
import type { PlacedRuns } from './cells/placedRuns.ts';
import { isNotebookCell } from './notebooks/isNotebookCell.ts';
import { notebookType } from './notebooks/registerNotebooks.ts';

/**
 * What runs the cells above one: above that of a run, else above that of the cursor, in a notebook or a script. Throws
 * `not-found` where there is no cell.
 */
export async function planRunAbove(
  parts: { session: ActiveSession; placed: PlacedRuns },
  runId: unknown,
): Promise<() => Promise<void>> {
  const place = typeof runId === 'string' ? parts.session.placeOf(runId) : undefined;
  const uri = place && vscode.Uri.parse(place.uri);
  const cell = uri ? cellOf(uri) : activeCell();
  if (cell) return () => runCellsAbove(cell);
  if (uri && isNotebookCell({ uri }))
    throw new WorkbenchError('not-found', vscode.l10n.t('Its code stands in no document.'));
  // The code of runs is looked for in open documents.
  if (uri) await vscode.workspace.openTextDocument(uri);
  const line = typeof runId === 'string' ? parts.placed.find(runId)?.placed.line : undefined;
  const found = await target(uri, line ?? place?.line);
  return async () => {
    const { uri: script } = found.document;
    await vscode.commands.executeCommand('medallion.session.runAbove', script, found.cell.line);
  };
}

async function runCellsAbove({ index, notebook }: vscode.NotebookCell): Promise<void> {
  if (index === 0) return;
  const ranges = [{ start: 0, end: index }];
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges, document: notebook.uri });
}

function cellOf(uri: vscode.Uri): vscode.NotebookCell | undefined {
  return vscode.workspace.notebookDocuments
    .flatMap((notebook) => notebook.getCells())
    .find(({ document }) => document.uri.toString() === uri.toString());
}

/** In the notebook that is in front. */
function activeCell(): vscode.NotebookCell | undefined {
  const editor = vscode.window.activeNotebookEditor;
  if (editor?.notebook.notebookType !== notebookType || editor.notebook.cellCount === 0) return undefined;
  return editor.notebook.cellAt(editor.selection.start);
}
