import * as vscode from 'vscode';
import type { PythonPlace } from '../../../session/pythonCompletion.ts';
import { appendColumns } from '../../pipeline/tableText.ts';
import { describeVariable, type Variable } from '../variables.ts';
import type { KnownVariables } from './knownVariables.ts';
import type { LakeCatalog } from './lakeCatalog.ts';
import { rangeOf, type SqlLanguage } from './sqlLanguage.ts';

/** Far more than a person writes. */
const maxChars = 2_000_000;

/** Completion and hover in Python from the session and the lake, beside what a language server says. */
export class PythonLanguage implements vscode.CompletionItemProvider, vscode.HoverProvider {
  readonly #catalog: LakeCatalog;
  readonly #variables: KnownVariables;
  readonly #sql: SqlLanguage;

  constructor(catalog: LakeCatalog, variables: KnownVariables, sql: SqlLanguage) {
    this.#catalog = catalog;
    this.#variables = variables;
    this.#sql = sql;
  }

  register(): vscode.Disposable {
    const selector: vscode.DocumentSelector = { language: 'python' };
    return vscode.Disposable.from(
      vscode.languages.registerCompletionItemProvider(selector, this, '"', "'", '.', '/', ' ', '`'),
      vscode.languages.registerHoverProvider(selector, this),
    );
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    _token: vscode.CancellationToken,
    { triggerCharacter }: vscode.CompletionContext,
  ): Promise<vscode.CompletionItem[]> {
    const text = document.getText();
    if (text.length > maxChars) return [];
    const offset = document.offsetAt(position);
    const [{ sqlCellAt }, { pythonPlaceAt, pythonCompletions }] = await Promise.all([
      import('../../../session/sqlCells.ts'),
      import('../../../session/pythonCompletion.ts'),
    ]);
    const cell = sqlCellAt(text, offset);
    if (cell) return this.#sql.complete({ document, ...cell }, offset, triggerCharacter);
    const { root } = this.#catalog;
    const place = pythonPlaceAt(text, offset, root);
    if (place?.kind === 'sql') {
      return this.#sql.complete({ document, text: place.text, from: place.from }, offset, triggerCharacter);
    }
    if (!place || triggerCharacter === ' ') return [];
    const [tables, variables] = await Promise.all([
      place.kind === 'table' ? this.#catalog.names() : [],
      place.kind === 'table' ? [] : this.#variables.all(),
    ]);
    const range = rangeOf(document, place.from, place.to);
    return pythonCompletions(place, { root, tables, variables }).map((found, i) => {
      const item = new vscode.CompletionItem(found.label, kindOf(place));
      item.insertText = found.text;
      item.range = range;
      // Before what is guessed from the words of the file.
      item.sortText = ` ${String(i).padStart(4, '0')}`;
      if (found.detail !== undefined) item.detail = found.detail;
      return item;
    });
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const text = document.getText();
    if (text.length > maxChars) return undefined;
    const offset = document.offsetAt(position);
    const [{ sqlCellAt }, { pythonNameAt, pythonPlaceAt, pythonTableAt }] = await Promise.all([
      import('../../../session/sqlCells.ts'),
      import('../../../session/pythonCompletion.ts'),
    ]);
    const cell = sqlCellAt(text, offset);
    if (cell) return this.#sql.hover({ document, ...cell }, offset);
    const { root } = this.#catalog;
    const place = pythonPlaceAt(text, offset, root);
    if (place?.kind === 'sql') {
      return this.#sql.hover({ document, text: place.text, from: place.from }, offset);
    }
    const table = pythonTableAt(text, offset, root);
    if (table) return this.#catalog.hover(table.table, rangeOf(document, table.from, table.to));
    const named = pythonNameAt(text, offset);
    if (!named) return undefined;
    const variable = (await this.#variables.all()).find(({ name }) => name === named.name);
    if (!variable) return undefined;
    return new vscode.Hover(variableText(variable), rangeOf(document, named.from, named.to));
  }
}

function kindOf({ kind }: PythonPlace): vscode.CompletionItemKind {
  return kind === 'table' ? vscode.CompletionItemKind.Struct : vscode.CompletionItemKind.Field;
}

function variableText(variable: Variable): vscode.MarkdownString {
  const { name, kind, shape, columns, preview } = variable;
  const text = new vscode.MarkdownString('', true);
  text.appendMarkdown('$(symbol-variable) **').appendText(name).appendMarkdown('** ');
  text.appendText(vscode.l10n.t('in the session: {0}', describeVariable(variable)));
  if (columns && columns.length > 0) appendColumns(text, columns);
  else if (kind === 'value' && (shape !== null || preview.includes('\n'))) {
    text.appendMarkdown('\n').appendCodeblock(preview, 'text');
  }
  return text;
}
