import * as vscode from 'vscode';
import { WorkbenchError } from '../../../base/errors.ts';
import { sqlStatementAt, sqlStatements, type SqlStatement } from '../../../session/sqlText.ts';
import { readScript } from '../../jobs/readScript.ts';
import { scriptName } from '../../jobs/submitScript.ts';
import type { Parts } from '../../parts.ts';
import { isNotebookCell } from '../notebooks/isNotebookCell.ts';

/** SQL and the line of its document that it begins in, from 0. */
interface Piece {
  uri: vscode.Uri;
  code: string;
  line: number;
  title: string;
}

/** Runs a whole file: the given one, else the active one. */
export async function runSql(parts: Parts, argument: unknown): Promise<void> {
  const uri = argument instanceof vscode.Uri ? argument : activeSql().document.uri;
  const text = await readScript(uri);
  if (sqlStatements(text).length === 0) throw nothing(uri);
  await run(parts, { uri, code: text.trimEnd(), line: 0, title: scriptName(uri) });
}

/** Runs the statement at an offset of a file, else what is selected or at the cursor. */
export async function runSqlStatement(parts: Parts, uri: unknown, offset: unknown): Promise<void> {
  if (uri instanceof vscode.Uri && typeof offset === 'number') {
    const document = await vscode.workspace.openTextDocument(uri);
    await run(parts, statementPiece(document, offset).piece);
  } else await run(parts, cursorPiece(activeSql()).piece);
}

export async function runSqlStatementAndAdvance(parts: Parts): Promise<void> {
  const editor = activeSql();
  const { piece, statement } = cursorPiece(editor);
  if (statement) advance(editor, statement);
  await run(parts, piece);
}

/** The results open by themselves, beside the editor that keeps the focus. */
async function run({ workbench, session }: Parts, { uri, code, line, title }: Piece): Promise<void> {
  workbench.requireTrust();
  const warm = await session.ensure();
  session.run(warm, {
    code: code.replace(/\r\n?/g, '\n'),
    language: 'sql',
    title,
    place: { uri: uri.toString(), line },
  });
}

/** What is selected, else the statement of the cursor. */
function cursorPiece({ document, selection }: vscode.TextEditor): {
  piece: Piece;
  statement?: SqlStatement;
} {
  if (selection.isEmpty) return statementPiece(document, document.offsetAt(selection.active));
  const selected = document.getText(selection);
  const [first] = sqlStatements(selected);
  if (!first) throw nothing(document.uri);
  const code = selected.slice(first.from).trimEnd();
  return { piece: pieceOf(document, code, selection.start.line + first.line) };
}

function statementPiece(
  document: vscode.TextDocument,
  offset: number,
): { piece: Piece; statement: SqlStatement } {
  const text = document.getText();
  const statement = sqlStatementAt(text, offset);
  if (!statement) throw nothing(document.uri);
  // With its semicolon, so that its lines are those of the document.
  const code = text.slice(statement.from, statement.end).trimEnd();
  return { piece: pieceOf(document, code, statement.line), statement };
}

function pieceOf({ uri }: vscode.TextDocument, code: string, line: number): Piece {
  return { uri, code, line, title: vscode.l10n.t('{0}, line {1}', scriptName(uri), line + 1) };
}

/** To the next statement; stays at the last one. */
function advance(editor: vscode.TextEditor, { end }: SqlStatement): void {
  const { document } = editor;
  const next = sqlStatements(document.getText()).find(({ from }) => from >= end);
  if (!next) return;
  const place = document.positionAt(next.from);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, document.positionAt(next.to)));
}

/** Throws `not-found`. */
function activeSql(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId === 'sql' && !isNotebookCell(editor.document)) return editor;
  throw new WorkbenchError('not-found', vscode.l10n.t('Open an SQL file first: it is what is run.'));
}

function nothing(uri: vscode.Uri): WorkbenchError {
  return new WorkbenchError('not-found', vscode.l10n.t('{0} has no statement to run.', scriptName(uri)));
}
