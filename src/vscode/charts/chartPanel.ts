import * as vscode from 'vscode';
import { describeError, isWorkbenchError } from '../../base/errors.ts';
import type { ThemeName } from '../../chart/chartTheme.ts';
import type { Parts } from '../parts.ts';
import { renderPage, type Html } from '../ui/page.ts';
import { readChart, type ChartData } from './chartData.ts';
import { chartBody, chartStyle, sentenceBody } from './chartPage.ts';

/** One chart file's picture and table; read anew when told so, once it is seen. */
export class ChartPanel implements vscode.Disposable {
  readonly uri: vscode.Uri;
  readonly panel: vscode.WebviewPanel;
  readonly #parts: Parts;
  readonly #seen: () => void;
  readonly #listening: vscode.Disposable;
  #reading = new AbortController();
  #data: ChartData | undefined;
  /** To be read when it is shown. */
  #isStale = true;
  #isClosed = false;
  hasError = false;

  /** `seen` is called when the chart has been drawn. */
  constructor(panel: vscode.WebviewPanel, uri: vscode.Uri, parts: Parts, seen: () => void) {
    this.panel = panel;
    this.uri = uri;
    this.#parts = parts;
    this.#seen = seen;
    const { extensionUri } = parts.context;
    panel.webview.options = {
      enableScripts: true,
      enableCommandUris: ['medallion.openChart'],
      localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')],
    };
    this.#listening = vscode.Disposable.from(
      panel.onDidChangeViewState(() => {
        if (panel.visible && this.#isStale) void this.#read();
      }),
      vscode.window.onDidChangeActiveColorTheme(() => void this.#draw()),
      this.#watchFile(),
    );
  }

  /** Shows what was read already, else reads. */
  async show(data?: ChartData): Promise<void> {
    if (!data) return this.#read();
    this.#data = data;
    this.#isStale = false;
    await this.#draw();
  }

  /** Something that it shows may have changed. */
  refresh(): void {
    this.#isStale = true;
    if (this.panel.visible) void this.#read();
  }

  /** The panel itself stays: closed while the window reloads, it would not be found again. */
  dispose(): void {
    this.#isClosed = true;
    this.#reading.abort();
    this.#listening.dispose();
  }

  #watchFile(): vscode.Disposable {
    const pattern = new vscode.RelativePattern(
      vscode.Uri.joinPath(this.uri, '..'),
      this.uri.path.slice(this.uri.path.lastIndexOf('/') + 1),
    );
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const changed = (): void => this.refresh();
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(changed),
      watcher.onDidCreate(changed),
      watcher.onDidDelete(changed),
    );
  }

  async #read(): Promise<void> {
    this.#reading.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#isStale = false;
    if (!this.#data) this.#sentence([vscode.l10n.t('Reading the table of this chart…')]);
    try {
      const data = await readChart(this.#parts.workbench, this.uri, reading.signal);
      if (reading.signal.aborted) return;
      this.#data = data;
      await this.#draw();
    } catch (error) {
      if (!reading.signal.aborted) this.#fail(error);
    }
  }

  async #draw(): Promise<void> {
    if (!this.#data) return;
    const { spec, rows } = this.#data;
    try {
      const [{ buildChart }, { renderSvg }] = await Promise.all([
        import('../../chart/chartModel.ts'),
        import('../../chart/svg.ts'),
      ]);
      const model = buildChart(spec, rows);
      const svg = renderSvg(model, { theme: themeName(vscode.window.activeColorTheme.kind) });
      this.#render(
        model.title,
        chartBody(model, svg, this.uri.toString(), {
          cut: (shown, all) => vscode.l10n.t('The first {0} of {1} rows.', shown, all),
        }),
      );
      this.hasError = false;
      this.#seen();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (isWorkbenchError(error, 'cancelled')) return;
    this.#parts.errors.note(error, 'chart');
    this.hasError = true;
    this.#data = undefined;
    const sentences = [describeError(error)];
    if (isWorkbenchError(error, 'not-found')) {
      sentences.push(
        vscode.l10n.t('Run the pipeline that writes the table; the chart is then drawn by itself.'),
      );
    }
    const again = encodeURIComponent(JSON.stringify([this.uri.toString()]));
    this.#sentence(sentences, {
      href: `command:medallion.openChart?${again}`,
      text: vscode.l10n.t('Draw Again'),
    });
  }

  #sentence(sentences: readonly string[], retry?: { href: string; text: string }): void {
    this.#render(this.panel.title, sentenceBody(this.panel.title, sentences, this.uri.toString(), retry));
  }

  #render(title: string, body: Html): void {
    // A webview that is closed while its chart is drawn takes no page any more.
    if (this.#isClosed) return;
    const { webview } = this.panel;
    const { extensionUri } = this.#parts.context;
    webview.html = renderPage(webview, {
      ...{ title, body, style: chartStyle, language: vscode.env.language },
      script: vscode.Uri.joinPath(extensionUri, 'dist', 'webview', 'chart.js'),
    });
  }
}

function themeName(kind: vscode.ColorThemeKind): ThemeName {
  switch (kind) {
    case vscode.ColorThemeKind.Light:
      return 'light';
    case vscode.ColorThemeKind.HighContrast:
      return 'highContrast';
    case vscode.ColorThemeKind.HighContrastLight:
      return 'highContrastLight';
    default:
      return 'dark';
  }
}
