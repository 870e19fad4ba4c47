import * as vscode from 'vscode';
import { parseCells, type Cell } from '../../../session/cells.ts';
import { isNotebookCell } from '../notebooks/isNotebookCell.ts';

const known = new WeakMap<vscode.TextDocument, { version: number; cells: readonly Cell[] }>();
/** Far more than a person writes. */
const maxChars = 4 * 1024 * 1024;

/** The cells of a Python script as it is in the editor now; none of anything else. */
export function cellsOf(document: vscode.TextDocument): readonly Cell[] {
  if (document.languageId !== 'python' || isNotebookCell(document)) return [];
  const before = known.get(document);
  if (before?.version === document.version) return before.cells;
  const text = document.getText();
  const cells = text.length > maxChars ? [] : parseCells(text);
  known.set(document, { version: document.version, cells });
  return cells;
}

/** What people call a cell: `silver.py, cell 3`, or its own title. */
export function cellTitle(document: vscode.TextDocument, cells: readonly Cell[], cell: Cell): string {
  const name = document.uri.path.split('/').at(-1) ?? '';
  if (cell.title !== '') return vscode.l10n.t('{0}: {1}', name, cell.title);
  return vscode.l10n.t('{0}, cell {1}', name, cells.indexOf(cell) + 1);
}
