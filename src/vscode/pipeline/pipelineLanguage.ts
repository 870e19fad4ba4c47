import * as vscode from 'vscode';
import type { CompletionFacts, PipelineCompletion } from '../../pipeline/pipelineCompletion.ts';
import type { CursorPlace } from '../../pipeline/pipelinePlace.ts';
import type { LakeTables } from './lakeTables.ts';
import { pipelineGlob, skippedFolders } from './pipelineFiles.ts';
import { tableText, tableTitle } from './tableText.ts';

const maxFiles = 200;

const kinds: Record<PipelineCompletion['kind'], vscode.CompletionItemKind> = {
  key: vscode.CompletionItemKind.Property,
  step: vscode.CompletionItemKind.Reference,
  table: vscode.CompletionItemKind.Struct,
  file: vscode.CompletionItemKind.File,
  folder: vscode.CompletionItemKind.Folder,
  property: vscode.CompletionItemKind.Constant,
  column: vscode.CompletionItemKind.Field,
};

/** Completion, hover and links in pipeline files. */
export class PipelineLanguage
  implements vscode.CompletionItemProvider, vscode.HoverProvider, vscode.DocumentLinkProvider
{
  readonly #tables: LakeTables;

  constructor(tables: LakeTables) {
    this.#tables = tables;
  }

  register(): vscode.Disposable {
    const selector: vscode.DocumentSelector = { pattern: pipelineGlob };
    return vscode.Disposable.from(
      vscode.languages.registerCompletionItemProvider(selector, this, ' ', '[', '{', ',', '/', '"', "'"),
      vscode.languages.registerHoverProvider(selector, this),
      vscode.languages.registerDocumentLinkProvider(selector, this),
    );
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    const [{ placeAt }, { completionsAt }] = await Promise.all([
      import('../../pipeline/pipelinePlace.ts'),
      import('../../pipeline/pipelineCompletion.ts'),
    ]);
    const place = placeAt(document.getText(), document.offsetAt(position));
    if (!place) return [];
    const facts = await this.#facts(document, place);
    const range = new vscode.Range(document.positionAt(place.from), document.positionAt(place.to));
    return completionsAt(place, facts).map((found, i) => {
      const item = new vscode.CompletionItem(found.label, kinds[found.kind]);
      item.insertText = new vscode.SnippetString(found.snippet);
      item.range = range;
      // In the order that they were given in, which says what is likely.
      item.sortText = String(i).padStart(4, '0');
      if (found.description !== undefined) item.documentation = found.description;
      if (found.goesOn) item.command = { command: 'editor.action.triggerSuggest', title: '' };
      return item;
    });
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const [{ wordAt }, { schemaAt }, { sparkProperties }, { outlinePipeline }] = await Promise.all([
      import('../../pipeline/pipelinePlace.ts'),
      import('../../pipeline/pipelineSchema.ts'),
      import('../../pipeline/sparkProperties.ts'),
      import('../../pipeline/pipelineOutline.ts'),
    ]);
    const text = document.getText();
    const word = wordAt(text, document.offsetAt(position));
    if (!word) return undefined;
    const range = new vscode.Range(document.positionAt(word.from), document.positionAt(word.to));
    if (word.role === 'key') {
      const property = word.path[0] === 'properties' ? sparkProperties[word.text] : undefined;
      const said = property ?? schemaAt(word.path)?.description;
      return said === undefined ? undefined : new vscode.Hover(plain(said), range);
    }
    const name = word.path.findLast((key) => typeof key === 'string');
    const [top] = word.path;
    const outline = outlinePipeline(text);
    if (name === 'reads' || name === 'writes' || (top === 'verify' && name === 'table')) {
      return new vscode.Hover(await this.#tableText(outline.root, word.text), range);
    }
    if (name === 'after') {
      const step = outline.steps.find((one) => one.name === word.text);
      if (!step) return undefined;
      const writes = step.writes.join(', ');
      const script = step.script ?? '';
      return new vscode.Hover(
        plain(
          writes === ''
            ? script
            : vscode.l10n.t('{0} writes {1}', script === '' ? word.text : script, writes),
        ),
        range,
      );
    }
    return undefined;
  }

  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const { outlinePipeline } = await import('../../pipeline/pipelineOutline.ts');
    const folder = vscode.Uri.joinPath(document.uri, '..');
    return outlinePipeline(document.getText())
      .files // A file elsewhere is a problem, not a link.
      .filter(({ path }) => !path.startsWith('/') && !path.split('/').includes('..'))
      .map(({ path, from, to }) => {
        const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
        return new vscode.DocumentLink(range, vscode.Uri.joinPath(folder, path));
      });
  }

  /** Only what the place asks for is looked up. */
  async #facts(
    document: vscode.TextDocument,
    { path, role, outline }: CursorPlace,
  ): Promise<CompletionFacts> {
    const name = role === 'value' ? path.findLast((key) => typeof key === 'string') : undefined;
    const [top, index] = path;
    const verified =
      top === 'verify' && typeof index === 'number' && (name === 'key' || name === 'values')
        ? outline.verify[index]?.table
        : undefined;
    const [scripts, sqlFiles, tables, summary] = await Promise.all([
      name === 'script' ? filesBeside(document.uri, 'py') : [],
      name === 'sql' ? filesBeside(document.uri, 'sql') : [],
      name === 'reads' || name === 'writes' ? this.#tables.names(outline.root) : [],
      verified === undefined ? undefined : this.#tables.summary(outline.root, verified),
    ]);
    return { scripts, sqlFiles, tables, columns: summary?.columns.map((column) => column.name) ?? [] };
  }

  async #tableText(root: string, table: string): Promise<vscode.MarkdownString> {
    const summary = await this.#tables.summary(root, table);
    if (summary) return tableText(root, table, summary);
    return tableTitle(table).appendText(
      vscode.l10n.t('There is no such table on the lake yet, or it cannot be read now.'),
    );
  }
}

function plain(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendText(text);
}

/** Paths from the pipeline file's folder on; what is nearest comes first. */
async function filesBeside(pipeline: vscode.Uri, extension: 'py' | 'sql'): Promise<string[]> {
  const folder = vscode.Uri.joinPath(pipeline, '..');
  const files = await vscode.workspace.findFiles(
    new vscode.RelativePattern(folder, `**/*.${extension}`),
    skippedFolders,
    maxFiles,
  );
  const start = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  const depth = (path: string): number => path.split('/').length;
  return files
    .map(({ path }) => path.slice(start.length))
    .filter((path) => path !== '__init__.py')
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}
