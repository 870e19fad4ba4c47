import * as vscode from 'vscode';
import { WorkbenchError, describeError } from '../../base/errors.ts';
import type { Dashboard } from '../../chart/dashboardFile.ts';
import type { Parts } from '../parts.ts';
import { EditorPage } from '../ui/editorPage.ts';
import { readChartData, readChartFile, shownSource } from './chartData.ts';
import { showChart } from './showChart.ts';
import { chartFileEnding, chartName } from './chartFiles.ts';
import {
  fromDashboardPageSchema,
  type FromDashboardPage,
  type ToDashboardPage,
} from './dashboardProtocol.ts';
import { TableWatch } from '../lake/tableWatch.ts';

/** While somebody types, the file is seldom whole. */
const calmMs = 250;
const chartsAtOnce = 3;

/** One dashboard file in one tab: its charts side by side, each read and drawn by itself. */
export class DashboardEditor implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #panel: vscode.WebviewPanel;
  readonly #document: vscode.TextDocument;
  readonly #seen: () => void;
  readonly #page: EditorPage<FromDashboardPage, ToDashboardPage>;
  readonly #watch: TableWatch;
  readonly #listening: { dispose(): unknown }[];
  #reading = new AbortController();
  #charts: vscode.Uri[] = [];
  /** The tables that are drawn, by their charts. */
  readonly #tables = new Map<number, { path: string; version: number }>();
  #soon: NodeJS.Timeout | undefined;
  hasError = false;

  /** `seen` is called when a chart has been drawn. */
  constructor(panel: vscode.WebviewPanel, document: vscode.TextDocument, parts: Parts, seen: () => void) {
    this.#parts = parts;
    this.#panel = panel;
    this.#document = document;
    this.#seen = seen;
    this.#watch = new TableWatch(parts.workbench, () => this.refresh());
    this.#page = new EditorPage(panel, parts, {
      name: this.#name,
      script: 'dashboard.js',
      schema: fromDashboardPageSchema,
      ready: () => this.#read(),
      answer: (request) => this.#answer(request),
    });
    const folder = vscode.Uri.joinPath(document.uri, '..');
    const charts = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, `**/*${chartFileEnding}`),
    );
    this.#listening = [
      this.#watch,
      this.#page,
      panel.onDidChangeViewState(() => this.#watchTables()),
      vscode.workspace.onDidChangeTextDocument(({ document: changed, contentChanges }) => {
        if (contentChanges.length > 0) this.#changed(changed.uri);
      }),
      // Charts that are open in no editor.
      charts,
      charts.onDidCreate((uri) => this.#changed(uri)),
      charts.onDidChange((uri) => this.#changed(uri)),
      charts.onDidDelete((uri) => this.#changed(uri)),
    ];
  }

  refresh(): void {
    if (this.#page.isReady) void this.#read();
  }

  dispose(): void {
    clearTimeout(this.#soon);
    this.#reading.abort();
    for (const one of this.#listening) one.dispose();
  }

  #changed(uri: vscode.Uri): void {
    const isOurs = [this.#document.uri, ...this.#charts].some((own) => own.toString() === uri.toString());
    if (!isOurs) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.refresh(), calmMs);
  }

  get #name(): string {
    const { path } = this.#document.uri;
    return path.slice(path.lastIndexOf('/') + 1).replace(/\.dashboard\.json$/, '');
  }

  async #answer(request: Exclude<FromDashboardPage, { kind: 'ready' }>): Promise<void> {
    switch (request.kind) {
      case 'refresh':
        return this.#read();
      case 'openText':
        await vscode.commands.executeCommand('vscode.openWith', this.#document.uri, 'default');
        return;
      case 'openChart': {
        const chart = this.#charts[request.index];
        if (!chart) throw new WorkbenchError('not-found', vscode.l10n.t('There is no such chart.'));
        return showChart(chart);
      }
      case 'openTable': {
        const table = this.#tables.get(request.index);
        if (table === undefined) throw new WorkbenchError('not-found', vscode.l10n.t('No table is shown.'));
        await vscode.commands.executeCommand('medallion.openTable', table.path);
      }
    }
  }

  /** Reads and draws all; a later call takes the place of one that is under way. Never throws. */
  async #read(): Promise<void> {
    this.#reading.abort();
    const reading = new AbortController();
    this.#reading = reading;
    const { signal } = reading;
    this.hasError = false;
    this.#tables.clear();
    let dashboard: Dashboard;
    try {
      const { parseDashboard } = await import('../../chart/dashboardFile.ts');
      const name = vscode.workspace.asRelativePath(this.#document.uri);
      dashboard = parseDashboard(this.#document.getText(), name);
    } catch (error) {
      this.#charts = [];
      this.#parts.errors.note(error, 'dashboard');
      this.#page.post({ kind: 'failed', name: this.#name, sentence: describeError(error) });
      return;
    }
    const { title, description = '', columns = 2, charts } = dashboard;
    this.#charts = charts.map(({ chart }) => vscode.Uri.joinPath(this.#document.uri, '..', chart));
    this.#page.post({
      ...{ kind: 'dashboard', title, description, columns, language: vscode.env.language },
      charts: charts.map(({ chart, width = 1 }) => ({ name: chartName(chart), width })),
    });
    const waiting = [...this.#charts.entries()];
    const draw = async (): Promise<void> => {
      for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
        await this.#readChart(...next, signal);
      }
    };
    await Promise.all(Array.from({ length: chartsAtOnce }, draw));
    if (!signal.aborted) this.#watchTables();
  }

  async #readChart(index: number, uri: vscode.Uri, signal: AbortSignal): Promise<void> {
    try {
      const spec = await readChartFile(uri);
      const [data, { buildChart }] = await Promise.all([
        readChartData(this.#parts, uri, spec, { signal }),
        import('../../chart/buildChart.ts'),
      ]);
      if (signal.aborted) return;
      const { table: path, version } = data;
      if (path !== undefined && version !== undefined) this.#tables.set(index, { path, version });
      this.#page.post({
        kind: 'chart',
        index,
        model: buildChart(spec, data.rows),
        source: shownSource(data),
      });
      this.#seen();
    } catch (error) {
      if (signal.aborted) return;
      this.hasError = true;
      this.#parts.errors.note(error, 'dashboard');
      this.#page.post({ kind: 'chartFailed', index, sentence: describeError(error) });
    }
  }

  /** Looked for while the dashboard is seen, and only then. */
  #watchTables(): void {
    const tables = this.#panel.visible ? [...this.#tables.values()] : [];
    this.#watch.watch(new Map(tables.map(({ path, version }) => [path, version])));
  }
}
