import * as vscode from 'vscode';
import { progressText } from '../../ui/progress.ts';
import type { RunStages } from '../results/runStages.ts';
import type { RunStore } from '../results/runStore.ts';
import { notebookType } from './registerNotebooks.ts';

/** Below the cell that runs, what Spark is at. */
export class CellProgress implements vscode.NotebookCellStatusBarItemProvider, vscode.Disposable {
  readonly #store: RunStore;
  readonly #stages: RunStages;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  readonly onDidChangeCellStatusBarItems = this.#changed.event;

  constructor(store: RunStore, stages: RunStages) {
    this.#store = store;
    this.#stages = stages;
    this.#listening = vscode.Disposable.from(
      this.#changed,
      stages.onDidChange(() => this.#changed.fire()),
      vscode.notebooks.registerNotebookCellStatusBarItemProvider(notebookType, this),
    );
  }

  provideCellStatusBarItems({ document }: vscode.NotebookCell): vscode.NotebookCellStatusBarItem | undefined {
    const run = this.#store.running;
    const progress = run && this.#stages.of(run.id);
    if (!progress || run.place?.uri !== document.uri.toString()) return undefined;
    const { Left } = vscode.NotebookCellStatusBarAlignment;
    return new vscode.NotebookCellStatusBarItem(progressText(progress), Left);
  }

  dispose(): void {
    this.#listening.dispose();
  }
}
