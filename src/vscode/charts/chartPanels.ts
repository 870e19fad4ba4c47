import * as vscode from 'vscode';
import * as v from 'valibot';
import type { JobRun } from '../jobs/jobRuns.ts';
import type { Parts } from '../parts.ts';
import type { ChartData } from './chartData.ts';
import { chartFileEnding } from './chartFiles.ts';
import { ChartPanel } from './chartPanel.ts';

const viewType = 'medallion.chart';
const seenKey = 'chartSeen';
const openKey = 'openCharts';
const stateSchema = v.object({ chart: v.string() });

/** The open charts, each drawn anew when a run ends, when the stack comes back and when its file changes. */
export class ChartPanels implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #open = new Set<ChartPanel>();
  readonly #followed = new WeakSet<JobRun>();
  readonly #listening: vscode.Disposable;
  /** What was open before the window was reloaded. */
  readonly #before: readonly string[];

  constructor(parts: Parts) {
    this.#parts = parts;
    const kept = v.safeParse(v.array(v.string()), parts.context.workspaceState.get(openKey));
    this.#before = kept.success ? kept.output : [];
    const { runs, stack, workbench } = parts;
    let { phase } = stack;
    this.#listening = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: unknown) => {
          const parsed = v.safeParse(stateSchema, state);
          // A window that is reloaded while a page is drawn may not have kept the page's state.
          const uri = parsed.success ? vscode.Uri.parse(parsed.output.chart) : this.#openBefore(panel.title);
          if (uri?.path.endsWith(chartFileEnding)) await this.#adopt(panel, uri).show();
          else panel.dispose();
        },
      }),
      runs.onDidChange((run) => {
        if (this.#followed.has(run)) return;
        this.#followed.add(run);
        void run.ended.then(() => this.#refresh());
      }),
      workbench.onDidChange(() => this.#refresh()),
      stack.onDidChange(() => {
        if (stack.phase === phase) return;
        ({ phase } = stack);
        this.#refresh(({ hasError }) => hasError);
      }),
    );
    if (this.wasSeen) this.#tellSeen();
  }

  /** Whether a chart was ever drawn in this workspace. */
  get wasSeen(): boolean {
    return this.#parts.context.workspaceState.get(seenKey) === true;
  }

  /** Shows a chart; a panel that shows it already comes to the front and reads anew. */
  async open(
    uri: vscode.Uri,
    {
      data,
      column,
      preserveFocus,
    }: { data?: ChartData; column?: vscode.ViewColumn; preserveFocus?: boolean } = {},
  ): Promise<void> {
    const there = [...this.#open].find((one) => one.uri.toString() === uri.toString());
    if (there) {
      there.panel.reveal(undefined, preserveFocus);
      await there.show(data);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      viewType,
      titleOf(uri),
      { viewColumn: column ?? vscode.ViewColumn.Active, preserveFocus: preserveFocus ?? false },
      { enableFindWidget: true },
    );
    await this.#adopt(panel, uri).show(data);
  }

  dispose(): void {
    this.#listening.dispose();
    for (const one of [...this.#open]) one.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, uri: vscode.Uri): ChartPanel {
    const chart = new ChartPanel(panel, uri, this.#parts, () => this.#noteSeen());
    this.#open.add(chart);
    this.#keepOpen();
    panel.onDidDispose(() => {
      this.#open.delete(chart);
      this.#keepOpen();
      chart.dispose();
    });
    return chart;
  }

  #keepOpen(): void {
    const uris = [...this.#open].map(({ uri }) => uri.toString());
    void this.#parts.context.workspaceState.update(openKey, uris);
  }

  #openBefore(title: string): vscode.Uri | undefined {
    return this.#before.map((text) => vscode.Uri.parse(text)).find((uri) => titleOf(uri) === title);
  }

  #refresh(which: (chart: ChartPanel) => boolean = () => true): void {
    for (const chart of this.#open) if (which(chart)) chart.refresh();
  }

  #noteSeen(): void {
    if (this.wasSeen) return;
    void this.#parts.context.workspaceState.update(seenKey, true);
    this.#tellSeen();
  }

  #tellSeen(): void {
    void vscode.commands.executeCommand('setContext', 'medallion.chartSeen', true);
  }
}

/** `deliveriescount` for `charts/deliveriescount.chart.json`. */
function titleOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1, -chartFileEnding.length);
}
