import * as vscode from 'vscode';
import * as v from 'valibot';
import { WorkbenchError } from '../../base/errors.ts';
import { layers, layerPath } from '../../lake/layers.ts';
import { baseName, isWithin } from '../../lake/hdfsPath.ts';
import type { Parts } from '../parts.ts';
import { html, renderPage, type Html } from '../ui/page.ts';
import { errorPage, historyPage, rowsPage, tableStyle, waitingPage, type PageOptions } from './tablePage.ts';
import { tableRequestSchema, tableViewSchema, type TableRequest, type TableView } from './tableProtocol.ts';

const viewType = 'medallion.table';
const pageOfRows = 100;
const pageOfVersions = 100;
/** As many rows as a page still scrolls well with. */
const maxRows = 2_000;
const readTimeoutMs = 60_000;

interface Open {
  panel: vscode.WebviewPanel;
  view: TableView;
  limit: number;
  /** What is under way for it. */
  reading: AbortController | undefined;
  /** It should be read anew when it is looked at. */
  isSpoilt: boolean;
  hasError: boolean;
}

/** The panels that show a table's rows or its history; they are found again after a reload of the window. */
export class TablePanels implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #open = new Set<Open>();
  readonly #listening: vscode.Disposable;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { workbench, stack } = parts;
    let phase = stack.phase;
    this.#listening = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: (panel, state) => this.#restore(panel, state),
      }),
      workbench.onDidChange(() => this.refresh()),
      stack.onDidChange(() => {
        if (stack.phase === phase) return;
        phase = stack.phase;
        this.refresh(({ hasError }) => hasError);
      }),
    );
    const seen = parts.context.workspaceState.get('tableSeen') === true;
    if (seen) void vscode.commands.executeCommand('setContext', 'medallion.tableSeen', true);
  }

  /** Shows a table; a panel that shows it already comes to the front. */
  open(path: string, show: TableView['show'], version?: number): void {
    const { authority } = this.#parts.workbench;
    const there = [...this.#open].find(
      ({ view }) => view.path === path && view.authority === authority && view.version === version,
    );
    if (there) {
      there.panel.reveal();
      void this.#show(there, show);
      return;
    }
    const panel = vscode.window.createWebviewPanel(viewType, '', vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    void this.#adopt(panel, { authority, path, show, ...(version === undefined ? {} : { version }) });
  }

  /** Reads anew what is open: at once where it is seen, else when it is looked at. */
  refresh(which: (open: { hasError: boolean }) => boolean = () => true): void {
    for (const open of this.#open) {
      if (!which(open)) continue;
      open.isSpoilt = true;
      if (open.panel.visible) void this.#read(open);
    }
  }

  dispose(): void {
    this.#listening.dispose();
    for (const { panel } of [...this.#open]) panel.dispose();
  }

  async #restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = v.safeParse(tableViewSchema, state);
    if (parsed.success) await this.#adopt(panel, parsed.output);
    else panel.dispose();
  }

  async #adopt(panel: vscode.WebviewPanel, view: TableView): Promise<void> {
    const { extensionUri } = this.#parts.context;
    const open: Open = {
      panel,
      view,
      limit: pageOfRows,
      reading: undefined,
      isSpoilt: false,
      hasError: false,
    };
    this.#open.add(open);
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')],
    };
    panel.onDidDispose(() => {
      open.reading?.abort();
      this.#open.delete(open);
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible && open.isSpoilt) void this.#read(open);
    });
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const parsed = v.safeParse(tableRequestSchema, message);
      if (parsed.success) void this.#answer(open, parsed.output);
    });
    this.#render(open, waitingPage(this.#pageOptions(open)));
    await this.#read(open);
  }

  async #answer(open: Open, request: TableRequest): Promise<void> {
    switch (request.kind) {
      case 'refresh': {
        // Of an older version there is nothing newer: the newest takes its place.
        const { authority, path, show } = open.view;
        open.view = { authority, path, show };
        return this.#read(open);
      }
      case 'more':
        open.limit = Math.min(maxRows, open.limit + pageOfRows);
        return this.#read(open);
      case 'history':
        return this.#show(open, 'history');
      case 'rows':
        if (request.version === undefined) return this.#show(open, 'rows');
        this.open(open.view.path, 'rows', request.version);
        return this.#read(open);
    }
  }

  async #show(open: Open, show: TableView['show']): Promise<void> {
    if (open.view.show !== show) {
      open.view = { ...open.view, show };
      open.limit = show === 'rows' ? pageOfRows : pageOfVersions;
    }
    await this.#read(open);
  }

  /** Reads and shows; a later call takes the place of one that is under way. Never throws. */
  async #read(open: Open): Promise<void> {
    const { errors, workbench, context } = this.#parts;
    open.reading?.abort();
    const reading = new AbortController();
    open.reading = reading;
    open.isSpoilt = false;
    const late = AbortSignal.timeout(readTimeoutMs);
    let page: Html;
    try {
      if (open.view.authority !== workbench.authority) throw this.#otherConnection(open.view);
      page = await this.#page(open, AbortSignal.any([reading.signal, late]));
      open.hasError = false;
    } catch (error) {
      if (reading.signal.aborted) return;
      const shown = late.aborted ? this.#tooLate(open.view, error) : error;
      errors.note(shown, 'medallion.openTable');
      open.hasError = true;
      page = errorPage(shown, this.#pageOptions(open));
    }
    if (reading.signal.aborted) return;
    this.#render(open, page);
    if (open.hasError || context.workspaceState.get('tableSeen') === true) return;
    await context.workspaceState.update('tableSeen', true);
    await vscode.commands.executeCommand('setContext', 'medallion.tableSeen', true);
  }

  async #page(open: Open, signal: AbortSignal): Promise<Html> {
    // Loaded at its first use: Parquet and its codecs.
    const { openTable } = await import('../../lake/table.ts');
    const { path, version, show } = open.view;
    const lake = await this.#parts.workbench.lake();
    const table = await openTable(lake, path, { signal, ...(version === undefined ? {} : { version }) });
    const options = this.#pageOptions(open);
    if (show === 'history') return historyPage(table, await table.history(open.limit, { signal }), options);
    return rowsPage(table, await table.head(open.limit, { signal }), options);
  }

  #render({ panel, view }: Open, body: Html): void {
    const { name, language } = this.#pageOptions({ view });
    const title = [
      name,
      view.version === undefined ? '' : `v${view.version}`,
      view.show === 'history' ? vscode.l10n.t('(history)') : '',
    ];
    panel.title = title.filter((part) => part !== '').join(' ');
    const script = vscode.Uri.joinPath(this.#parts.context.extensionUri, 'dist', 'webview', 'table.js');
    panel.webview.html = renderPage(panel.webview, {
      title: panel.title,
      body: html`<main>${body}</main>`,
      style: tableStyle,
      script,
      language,
    });
  }

  #pageOptions({ view }: Pick<Open, 'view'>): PageOptions {
    const { lakeRoot } = this.#parts.workbench;
    const isInLayer = layers.some((layer) => isWithin(view.path, layerPath(layer, lakeRoot)));
    const name = isInLayer
      ? view.path.slice(lakeRoot === '/' ? 1 : lakeRoot.length + 1)
      : baseName(view.path);
    return { view, name, language: vscode.env.language };
  }

  #otherConnection({ authority }: TableView): WorkbenchError {
    return new WorkbenchError(
      'conflict',
      vscode.l10n.t('This table is of the connection "{0}": switch to it to see its rows.', authority),
    );
  }

  #tooLate({ path }: TableView, cause: unknown): WorkbenchError {
    return new WorkbenchError(
      'timeout',
      vscode.l10n.t('"{0}" was not read within {1} s.', path, readTimeoutMs / 1000),
      { cause },
    );
  }
}
