import * as vscode from 'vscode';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import { chartFields, sourceName } from '../../chart/chartFields.ts';
import type { ChartChanges } from '../../chart/chartModel.ts';
import type { ChartSpec } from '../../chart/chartSpec.ts';
import type { ChartData } from '../../chart/readSource.ts';
import type { Parts } from '../parts.ts';
import { EditorPage } from '../ui/editorPage.ts';
import { readChartData, shownSource } from './chartData.ts';
import { chartName } from './chartFiles.ts';
import { changeText } from './chartEdits.ts';
import { fromChartPageSchema, type FromChartPage, type ToChartPage } from './chartProtocol.ts';
import { copyChart, saveChart, type DrawnChart } from './saveChart.ts';
import { TableWatch } from '../lake/tableWatch.ts';

/** While somebody types, the file is seldom whole. */
const calmMs = 250;

interface Shown extends DrawnChart {
  spec: ChartSpec;
  data: ChartData;
}

/** One chart file in one tab: reads its source, makes the model, and answers what the page asks for. */
export class ChartEditor implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #panel: vscode.WebviewPanel;
  readonly #document: vscode.TextDocument;
  readonly #seen: () => void;
  readonly #page: EditorPage<FromChartPage, ToChartPage>;
  readonly #watch: TableWatch;
  readonly #listening: { dispose(): unknown }[];
  #reading = new AbortController();
  #shown: Shown | undefined;
  #areRowsStale = true;
  #compares = false;
  #soon: NodeJS.Timeout | undefined;
  /** The file that is drawn, where it lies beside the chart. */
  #csv: { path: string; watcher: vscode.FileSystemWatcher } | undefined;
  hasError = false;

  /** `seen` is called when the chart has been drawn. */
  constructor(panel: vscode.WebviewPanel, document: vscode.TextDocument, parts: Parts, seen: () => void) {
    this.#parts = parts;
    this.#panel = panel;
    this.#document = document;
    this.#seen = seen;
    this.#watch = new TableWatch(parts.workbench, () => this.refresh());
    this.#page = new EditorPage(panel, parts, {
      name: this.#name,
      script: 'chart.js',
      schema: fromChartPageSchema,
      ready: () => this.#read(),
      answer: (request) => this.#answer(request),
    });
    this.#listening = [
      this.#watch,
      this.#page,
      panel.onDidChangeViewState(() => this.#watchSource()),
      vscode.workspace.onDidChangeTextDocument(({ document: changed, contentChanges }) => {
        if (changed !== document || contentChanges.length === 0) return;
        clearTimeout(this.#soon);
        this.#soon = setTimeout(() => this.refresh('file'), calmMs);
      }),
    ];
  }

  /** Something that it shows may have changed: the rows, or only how the file draws them. */
  refresh(what: 'rows' | 'file' = 'rows'): void {
    if (what === 'rows') {
      // What a query gave stays on view where it cannot be run again.
      if (this.#shown?.data.isQuery && !this.#parts.session.current()) return;
      this.#areRowsStale = true;
    }
    if (this.#page.isReady) void this.#read();
  }

  dispose(): void {
    clearTimeout(this.#soon);
    this.#reading.abort();
    this.#csv?.watcher.dispose();
    for (const one of this.#listening) one.dispose();
  }

  get #name(): string {
    return chartName(this.#document.uri.path);
  }

  async #answer(request: Exclude<FromChartPage, { kind: 'ready' }>): Promise<void> {
    switch (request.kind) {
      case 'refresh':
        this.#areRowsStale = true;
        return this.#read();
      case 'startSession':
        await this.#parts.session.ensure();
        this.#areRowsStale = true;
        return this.#read();
      case 'compare':
        this.#compares = request.on;
        return this.#draw(this.#drawn(), this.#reading.signal);
      case 'edit':
        return this.#edit(request.changes);
      case 'openText':
        await vscode.commands.executeCommand('vscode.openWith', this.#document.uri, 'default');
        return;
      case 'openTable': {
        const path = this.#shown?.data.table;
        if (path === undefined) throw new WorkbenchError('not-found', vscode.l10n.t('No table is shown.'));
        await vscode.commands.executeCommand('medallion.openTable', path);
        return;
      }
      case 'save':
        return saveChart(this.#drawn(), this.#document.uri, this.#name, request);
      case 'copy':
        return copyChart(this.#drawn(), request.format);
    }
  }

  #drawn(): Shown {
    if (this.#shown) return this.#shown;
    throw new WorkbenchError('not-found', vscode.l10n.t('No chart is drawn yet.'));
  }

  /** The controls write into the file, where an undo takes back what they did. */
  async #edit(changes: Extract<FromChartPage, { kind: 'edit' }>['changes']): Promise<void> {
    const document = this.#document;
    const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
    const text = document.getText();
    const change = changeText(text, changes, eol);
    if (!change) return;
    const { parseChart } = await import('../../chart/chartFile.ts');
    // What a control asks for must leave a chart behind.
    parseChart(text.slice(0, change.start) + change.text + text.slice(change.end), this.#name);
    const edit = new vscode.WorkspaceEdit();
    const range = new vscode.Range(document.positionAt(change.start), document.positionAt(change.end));
    edit.replace(document.uri, range, change.text);
    if (await vscode.workspace.applyEdit(edit)) return;
    throw new WorkbenchError('failed', vscode.l10n.t('{0} could not be changed.', document.fileName));
  }

  /** Reads and draws; a later call takes the place of one that is under way. Never throws. */
  async #read(): Promise<void> {
    this.#reading.abort();
    const reading = new AbortController();
    this.#reading = reading;
    const { signal } = reading;
    let spec: ChartSpec | undefined;
    let data: ChartData | undefined;
    try {
      const [{ parseChart }, { buildChart }] = await Promise.all([
        import('../../chart/chartFile.ts'),
        import('../../chart/buildChart.ts'),
      ]);
      spec = parseChart(this.#document.getText(), vscode.workspace.asRelativePath(this.#document.uri));
      this.#watchCsv('csv' in spec.source ? spec.source.csv : undefined);
      const kept = this.#rowsFor(spec);
      if (!this.#shown || (!kept && 'sql' in spec.source)) {
        this.#page.post({ kind: 'reading', name: sourceName(spec) });
      }
      data = kept ?? (await this.#readRows(spec, signal));
      if (signal.aborted) return;
      const shown: Shown = { spec, data, model: buildChart(spec, data.rows), changes: undefined };
      this.#shown = shown;
      this.hasError = false;
      await this.#draw(shown, signal).catch((error: unknown) => {
        // What was asked for once is not there for this version: the chart itself is.
        this.#parts.errors.note(error, 'chart');
        return this.#draw(shown, signal);
      });
      this.#watchSource();
      if (this.#reading === reading) this.#seen();
    } catch (error) {
      if (!signal.aborted) this.#fail(error, spec, data?.columns);
    }
  }

  /** The rows that are there already, if they are all that this chart draws. */
  #rowsFor(spec: ChartSpec): ChartData | undefined {
    if (this.#areRowsStale || !this.#shown) return undefined;
    const { data, spec: before } = this.#shown;
    const isSame = JSON.stringify(before.source) === JSON.stringify(spec.source);
    const has = new Set(chartFields(before));
    return isSame && chartFields(spec).every((field) => has.has(field)) ? data : undefined;
  }

  async #readRows(spec: ChartSpec, signal: AbortSignal): Promise<ChartData> {
    this.#areRowsStale = false;
    try {
      return await readChartData(this.#parts, this.#document.uri, spec, { signal });
    } catch (error) {
      this.#areRowsStale = true;
      throw error;
    }
  }

  /** Throws where it should show what changed and cannot; then it does not any more. */
  async #draw(shown: Shown, signal: AbortSignal): Promise<void> {
    const { spec, data, model } = shown;
    shown.changes = undefined;
    if (this.#compares) {
      this.#compares = false;
      shown.changes = await this.#compare(shown, signal);
      this.#compares = true;
    }
    if (signal.aborted) return;
    this.#page.post({
      kind: 'chart',
      name: this.#name,
      spec,
      model,
      columns: data.columns,
      source: shownSource(data),
      ...(shown.changes && { changes: shown.changes }),
      canEdit: this.#canEdit,
      language: vscode.env.language,
    });
  }

  get #canEdit(): boolean {
    return vscode.workspace.fs.isWritableFileSystem(this.#document.uri.scheme) !== false;
  }

  /** What the version before had; a table's first version has nothing before it. */
  async #compare({ spec, data, model }: Shown, signal: AbortSignal): Promise<ChartChanges | undefined> {
    if (data.version === undefined || data.version === 0) {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('{0} has no version before this one.', data.source),
      );
    }
    const [{ compareCharts }, { buildChart }] = await Promise.all([
      import('../../chart/compareCharts.ts'),
      import('../../chart/buildChart.ts'),
    ]);
    const before = await readChartData(this.#parts, this.#document.uri, spec, {
      signal,
      version: data.version - 1,
    });
    return compareCharts(model, buildChart(spec, before.rows));
  }

  /** With its columns, the controls stay: they may mend it. */
  #fail(error: unknown, spec: ChartSpec | undefined, columns: ChartData['columns'] | undefined): void {
    if (isWorkbenchError(error, 'cancelled')) return;
    this.#parts.errors.note(error, 'chart');
    this.hasError = true;
    this.#shown = undefined;
    const sentences = [describeError(error)];
    if (spec && 'table' in spec.source && isWorkbenchError(error, 'not-found')) {
      sentences.push(
        vscode.l10n.t('Run the pipeline that writes the table; the chart is then drawn by itself.'),
      );
    }
    const needsSession = spec && 'sql' in spec.source && !this.#parts.session.current();
    this.#page.post({
      ...{ kind: 'failed', name: this.#name, sentences },
      ...(spec && columns && { spec, columns }),
      ...(needsSession && { needsSession }),
    });
  }

  /** Looked for while the chart is seen, and only then; a version that the file names stays. */
  #watchSource(): void {
    const { spec, data } = this.#shown ?? {};
    const isPinned = spec && 'table' in spec.source && spec.source.version !== undefined;
    const { table, version } = data ?? {};
    const isWatched = this.#panel.visible && !isPinned && table !== undefined && version !== undefined;
    this.#watch.watch(new Map(isWatched ? [[table, version]] : []));
  }

  /** A file beside the chart. */
  #watchCsv(csv: string | undefined): void {
    if (csv === this.#csv?.path) return;
    this.#csv?.watcher.dispose();
    this.#csv = undefined;
    if (csv === undefined || csv.startsWith('/')) return;
    const place = vscode.Uri.joinPath(this.#document.uri, '..', csv);
    const name = place.path.slice(place.path.lastIndexOf('/') + 1);
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.joinPath(place, '..'), name),
    );
    const changed = (): void => this.refresh();
    watcher.onDidCreate(changed);
    watcher.onDidChange(changed);
    watcher.onDidDelete(changed);
    this.#csv = { path: csv, watcher };
  }
}
