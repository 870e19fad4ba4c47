import * as vscode from 'vscode';
import type { JobRun } from '../jobs/jobRuns.ts';
import type { Parts } from '../parts.ts';
import { Milestone } from '../ui/milestone.ts';
import { chartViewType } from './showChart.ts';

const dashboardViewType = 'medallion.dashboard';

/** What is open in a tab. */
interface OpenPage {
  readonly hasError: boolean;
  /** Something that it shows may have changed. */
  refresh(): void;
  dispose(): void;
}

/**
 * The editors of chart files and dashboards. Each open one is drawn anew when its file changes, a run ends, its table gets a new version,
 * or the stack comes back; while it is hidden, once it is looked at.
 */
export class ChartEditors implements vscode.Disposable {
  readonly #seen: Milestone;
  readonly #open = new Set<OpenPage>();
  readonly #followed = new WeakSet<JobRun>();
  readonly #listening: vscode.Disposable;

  constructor(parts: Parts) {
    this.#seen = new Milestone(parts.context, 'chartSeen', 'medallion.chartSeen');
    const { runs, stack, workbench, session } = parts;
    let hadSession = session.current() !== undefined;
    this.#listening = vscode.Disposable.from(
      this.#register(chartViewType, async (document, panel) => {
        const { ChartEditor } = await import('./chartEditor.ts');
        return new ChartEditor(panel, document, parts, () => this.#seen.reach());
      }),
      this.#register(dashboardViewType, async (document, panel) => {
        const { DashboardEditor } = await import('./dashboardEditor.ts');
        return new DashboardEditor(panel, document, parts, () => this.#seen.reach());
      }),
      runs.onDidChange((run) => {
        if (this.#followed.has(run)) return;
        this.#followed.add(run);
        void run.ended.then(() => this.#refresh());
      }),
      workbench.onDidChange(() => this.#refresh()),
      stack.onDidChangePhase(() => this.#refresh(({ hasError }) => hasError)),
      session.onDidChangeState(() => {
        const has = session.current() !== undefined;
        if (has && !hadSession) this.#refresh(({ hasError }) => hasError);
        hadSession = has;
      }),
    );
  }

  /** Whether a chart was ever drawn in this workspace. */
  get wasSeen(): boolean {
    return this.#seen.isReached;
  }

  dispose(): void {
    this.#listening.dispose();
    for (const one of this.#open) one.dispose();
  }

  #register(
    viewType: string,
    open: (document: vscode.TextDocument, panel: vscode.WebviewPanel) => Promise<OpenPage>,
  ): vscode.Disposable {
    const resolveCustomTextEditor = async (
      document: vscode.TextDocument,
      panel: vscode.WebviewPanel,
    ): Promise<void> => {
      const page = await open(document, panel);
      this.#open.add(page);
      panel.onDidDispose(() => {
        this.#open.delete(page);
        page.dispose();
      });
    };
    return vscode.window.registerCustomEditorProvider(
      viewType,
      { resolveCustomTextEditor },
      {
        // The page keeps what it shows; its picture is made anew in a moment, which costs less than keeping all of them.
        webviewOptions: { retainContextWhenHidden: false, enableFindWidget: true },
        supportsMultipleEditorsPerDocument: true,
      },
    );
  }

  #refresh(which: (page: OpenPage) => boolean = () => true): void {
    for (const page of this.#open) if (which(page)) page.refresh();
  }
}
