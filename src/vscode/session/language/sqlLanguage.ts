import * as vscode from 'vscode';
import type { SqlCompletion } from '../../../session/sqlCompletion.ts';
import type { LakeCatalog } from './lakeCatalog.ts';
import type { SourceSql } from './sourceSql.ts';

const kinds: Record<SqlCompletion['kind'], vscode.CompletionItemKind> = {
  table: vscode.CompletionItemKind.Struct,
  layer: vscode.CompletionItemKind.Module,
  column: vscode.CompletionItemKind.Field,
  query: vscode.CompletionItemKind.Variable,
  keyword: vscode.CompletionItemKind.Keyword,
  function: vscode.CompletionItemKind.Function,
};

/** SQL that stands somewhere in a document. */
export interface SqlPart {
  document: vscode.TextDocument;
  text: string;
  /** Where it begins in the document. */
  from: number;
}

/** Completion and hover in SQL from the tables of the lake. */
export class SqlLanguage implements vscode.CompletionItemProvider, vscode.HoverProvider {
  readonly #catalog: LakeCatalog;
  readonly #sourceSql: SourceSql;

  constructor(catalog: LakeCatalog, sourceSql: SourceSql) {
    this.#catalog = catalog;
    this.#sourceSql = sourceSql;
  }

  register(): vscode.Disposable {
    const selector: vscode.DocumentSelector = { language: 'sql' };
    return vscode.Disposable.from(
      vscode.languages.registerCompletionItemProvider(selector, this, '.', ' ', '`'),
      vscode.languages.registerHoverProvider(selector, this),
    );
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    _token: vscode.CancellationToken,
    { triggerCharacter }: vscode.CompletionContext,
  ): Promise<vscode.CompletionItem[]> {
    if (await this.#sourceSql.has(document.uri)) return [];
    const part = { document, text: document.getText(), from: 0 };
    return this.complete(part, document.offsetAt(position), triggerCharacter);
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    if (await this.#sourceSql.has(document.uri)) return undefined;
    return this.hover({ document, text: document.getText(), from: 0 }, document.offsetAt(position));
  }

  /** `offset` is the cursor's in the document. */
  async complete(
    { document, text, from }: SqlPart,
    offset: number,
    triggerCharacter?: string,
  ): Promise<vscode.CompletionItem[]> {
    const { sqlPlaceAt, sqlCompletions, tablesOf } = await import('../../../session/sqlCompletion.ts');
    const place = sqlPlaceAt(text, offset - from);
    // A blank asks only where a table has to come.
    if (!place || (triggerCharacter === ' ' && place.kind !== 'table')) return [];
    const { root } = this.#catalog;
    const [tables, columns] = await Promise.all([
      place.kind === 'table' || place.qualifier.length > 0 ? this.#catalog.names() : [],
      this.#catalog.columns(tablesOf(place, root)),
    ]);
    const range = rangeOf(document, from + place.from, from + place.to);
    const isQuoted = text[place.from] === '`';
    return sqlCompletions(place, { root, tables, columns }).map((found, i) => {
      const item = new vscode.CompletionItem(found.label, kinds[found.kind]);
      item.insertText = found.text;
      item.range = range;
      item.sortText = String(i).padStart(4, '0');
      if (isQuoted) item.filterText = `\`${found.label}`;
      if (found.detail !== undefined) item.detail = found.detail;
      if (found.kind === 'layer') item.command = { command: 'editor.action.triggerSuggest', title: '' };
      return item;
    });
  }

  async hover({ document, text, from }: SqlPart, offset: number): Promise<vscode.Hover | undefined> {
    const { sqlTableAt } = await import('../../../session/sqlCompletion.ts');
    const found = sqlTableAt(text, offset - from, this.#catalog.root);
    if (!found) return undefined;
    return this.#catalog.hover(found.table, rangeOf(document, from + found.from, from + found.to));
  }
}

export function rangeOf(document: vscode.TextDocument, from: number, to: number): vscode.Range {
  return new vscode.Range(document.positionAt(from), document.positionAt(to));
}
