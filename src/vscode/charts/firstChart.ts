import * as vscode from 'vscode';
import type { JobRun } from '../jobs/jobRuns.ts';
import type { Parts } from '../parts.ts';
import { readChartData, readChartFile } from './chartData.ts';
import { findChartFiles } from './chartFiles.ts';
import type { ChartEditors } from './chartEditors.ts';
import { showChart } from './showChart.ts';

/** Opens the first chart of gold by itself after a pipeline's run, until one was seen in this workspace. */
export class FirstChart implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #editors: ChartEditors;
  readonly #followed = new WeakSet<JobRun>();
  readonly #closed = new AbortController();
  readonly #listening: vscode.Disposable;

  constructor(parts: Parts, editors: ChartEditors) {
    this.#parts = parts;
    this.#editors = editors;
    this.#listening = parts.runs.onDidChange((run) => {
      if (run.kind !== 'pipeline' || editors.wasSeen || this.#followed.has(run)) return;
      this.#followed.add(run);
      void run.ended.then(() => this.#ended(run));
    });
  }

  dispose(): void {
    this.#closed.abort();
    this.#listening.dispose();
  }

  async #ended({ result }: JobRun): Promise<void> {
    if (result?.state !== 'FINISHED' || this.#editors.wasSeen) return;
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
      const spec = await readChartFile(uri);
      if (!('table' in spec.source) || !/(^|\/)gold\//.test(spec.source.table)) return false;
      const { signal } = this.#closed;
      const { rows } = await readChartData(this.#parts, uri, spec, { signal });
      if (rows.length === 0 || this.#editors.wasSeen) return false;
      await showChart(uri, { column: vscode.ViewColumn.Beside, preserveFocus: true });
      return true;
    } catch (error) {
      this.#parts.errors.note(error, 'chart');
      return false;
    }
  }
}
