import * as vscode from 'vscode';
import type { JobRun } from '../jobs/jobRuns.ts';
import type { Parts } from '../parts.ts';
import { readChart, readChartFile } from './chartData.ts';
import { findChartFiles } from './chartFiles.ts';
import type { ChartPanels } from './chartPanels.ts';

/** Opens the first chart of gold by itself after a pipeline's run, until one was seen in this workspace. */
export class FirstChart implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #panels: ChartPanels;
  readonly #followed = new WeakSet<JobRun>();
  readonly #closed = new AbortController();
  readonly #listening: vscode.Disposable;

  constructor(parts: Parts, panels: ChartPanels) {
    this.#parts = parts;
    this.#panels = panels;
    this.#listening = parts.runs.onDidChange((run) => {
      if (run.kind !== 'pipeline' || panels.wasSeen || this.#followed.has(run)) return;
      this.#followed.add(run);
      void run.ended.then(() => this.#ended(run));
    });
  }

  dispose(): void {
    this.#closed.abort();
    this.#listening.dispose();
  }

  async #ended({ result }: JobRun): Promise<void> {
    if (result?.state !== 'FINISHED' || this.#panels.wasSeen) return;
    try {
      for (const uri of await findChartFiles()) {
        if (await this.#openIfDrawn(uri)) return;
      }
    } catch (error) {
      this.#parts.errors.note(error, 'chart');
    }
  }

  /** A chart whose table this run did not make is passed over; nobody has asked for it. */
  async #openIfDrawn(uri: vscode.Uri): Promise<boolean> {
    try {
      const { source } = await readChartFile(uri);
      if (!/(^|\/)gold\//.test(source.table)) return false;
      const data = await readChart(this.#parts.workbench, uri, this.#closed.signal);
      if (data.rows.length === 0 || this.#panels.wasSeen) return false;
      await this.#panels.open(uri, { data, column: vscode.ViewColumn.Beside, preserveFocus: true });
      return true;
    } catch (error) {
      this.#parts.errors.note(error, 'chart');
      return false;
    }
  }
}
