import * as vscode from 'vscode';
import { WorkbenchError } from '../../../base/errors.ts';
import { cellAtLine, sqlOfLines, type Cell } from '../../../session/cells.ts';
import { readScript } from '../../jobs/readScript.ts';
import { scriptName } from '../../jobs/submitScript.ts';
import type { Commands } from '../../ui/commands.ts';
import { isNotebookCell } from '../notebooks/isNotebookCell.ts';
import type { CellRunner, Piece } from './cellRunner.ts';
import { cellTitle, cellsOf } from './cellsOf.ts';
import { selectedCode } from './selectedCode.ts';

/** A document and the cell that is meant. */
interface Target {
  document: vscode.TextDocument;
  cells: readonly Cell[];
  cell: Cell;
}

/** The commands that run parts of a script in the session. */
export function addCellCommands(commands: Commands, runner: CellRunner): void {
  const runCells = (document: vscode.TextDocument, chosen: readonly Cell[]): Promise<void> => {
    const cells = cellsOf(document);
    const pieces = chosen.filter(({ code }) => code !== '').map((cell) => pieceOf(document, cells, cell));
    if (pieces.length === 0) return Promise.resolve();
    return runner.run({ uri: document.uri, source: document.getText() }, pieces);
  };
  commands.add('session.runCell', async (uri, line) => {
    const { document, cell } = await target(uri, line);
    await runCells(document, [cell]);
  });
  commands.add('session.runCellAndAdvance', async () => {
    const { document, cells, cell } = await target();
    // Both at once: the cursor does not wait for a session that is being started.
    await Promise.all([runCells(document, [cell]), advance(document, cells, cell)]);
  });
  commands.add('session.runAbove', async (uri, line) => {
    const { document, cells, cell } = await target(uri, line);
    await runCells(document, cells.slice(0, cells.indexOf(cell)));
  });
  commands.add('session.runBelow', async (uri, line) => {
    const { document, cells, cell } = await target(uri, line);
    await runCells(document, cells.slice(cells.indexOf(cell)));
  });
  commands.add('session.runSelection', async () => {
    const { document, selection } = activeScript();
    const piece = selectedPiece(document, selection);
    if (piece) await runner.run({ uri: document.uri, source: document.getText() }, [piece]);
  });
  commands.add('session.runFile', async (uri) => {
    const file = uri instanceof vscode.Uri ? uri : activeScript().document.uri;
    const source = await readScript(file);
    const piece: Piece = { code: source.trimEnd(), language: 'python', title: scriptName(file), line: 0 };
    await runner.run({ uri: file, source }, [piece]);
  });
}

function pieceOf(document: vscode.TextDocument, cells: readonly Cell[], cell: Cell): Piece {
  const { code, codeLine, into } = cell;
  return {
    ...{ code, line: codeLine, language: cell.kind === 'sql' ? 'sql' : 'python' },
    title: cellTitle(document, cells, cell),
    ...(into !== undefined && { into }),
  };
}

function selectedPiece(document: vscode.TextDocument, selection: vscode.Selection): Piece | undefined {
  const selected = selectedCode(document.getText().split(/\r\n|\n|\r/), selection);
  if (!selected) return undefined;
  const { code, line } = selected;
  const title = vscode.l10n.t('{0}, line {1}', scriptName(document.uri), line + 1);
  const cell = cellAtLine(cellsOf(document), line);
  if (cell?.kind === 'markdown') return undefined;
  if (cell?.kind !== 'sql') return { code, line, language: 'python', title };
  const sql = sqlOfLines(code.split('\n'));
  return sql.code === ''
    ? undefined
    : { code: sql.code, line: line + sql.skippedLines, language: 'sql', title };
}

/** Puts the cursor into the next cell; behind the last one there is a new one then. */
async function advance(document: vscode.TextDocument, cells: readonly Cell[], cell: Cell): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document !== document) return;
  const next = cells[cells.indexOf(cell) + 1];
  let line = next && Math.min(next.line + 1, next.endLine);
  if (line === undefined) {
    const last = document.lineAt(document.lineCount - 1);
    const gap = last.isEmptyOrWhitespace ? '\n' : '\n\n';
    if (!(await editor.edit((edit) => edit.insert(last.range.end, `${gap}# %%\n`)))) return;
    line = document.lineCount - 1;
  }
  const place = new vscode.Position(line, 0);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(next?.line ?? line, 0, next?.endLine ?? line, 0));
}

/** The cell of a link or that of the cursor. Throws `not-found`. */
export async function target(uri?: unknown, line?: unknown): Promise<Target> {
  const editor = vscode.window.activeTextEditor;
  const document =
    uri instanceof vscode.Uri && typeof line === 'number'
      ? await vscode.workspace.openTextDocument(uri)
      : activeScript().document;
  const cells = cellsOf(document);
  const at = typeof line === 'number' ? line : (editor?.selection.active.line ?? 0);
  // Comments above the first cell mean it.
  const cell = cellAtLine(cells, at) ?? cells[0];
  if (cell) return { document, cells, cell };
  throw new WorkbenchError(
    'not-found',
    vscode.l10n.t('This script has no cells: begin one with a line "# %%", or run the file.'),
  );
}

function activeScript(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId === 'python' && !isNotebookCell(editor.document)) return editor;
  throw new WorkbenchError('not-found', vscode.l10n.t('Open a Python file first: it is what is run.'));
}
