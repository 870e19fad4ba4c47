import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { isOfNotebook } from './isOfNotebook.ts';
import type { ResultsPanel, ResultsPanelOptions } from './resultsPanel.ts';

export const resultsViewType = 'medallion.results';

/** When the results are there to be seen: with a new run of a script, when asked, after a reload. What draws them is loaded then. */
export class ResultsView implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #parts: Parts;
  readonly #options: ResultsPanelOptions;
  readonly #listening: vscode.Disposable;
  #loading: Promise<ResultsPanel> | undefined;
  #panel: ResultsPanel | undefined;

  constructor(parts: Parts, options: ResultsPanelOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#listening = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(resultsViewType, this),
      {
        dispose: options.store.onChange((change) => {
          if (change.kind === 'run' && change.isNew === true && !isOfNotebook(change.run)) {
            this.show(change.run.id).catch((error: unknown) => parts.errors.note(error, resultsViewType));
          }
        }),
      },
    );
  }

  get isVisible(): boolean {
    return this.#panel?.isVisible === true;
  }

  /** Opens it beside the editor, which keeps the focus; brings a run into sight. */
  async show(run?: string, options?: { focus?: boolean }): Promise<void> {
    (await this.#load()).show(run, options);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    (await this.#load()).restore(panel);
    await this.#options.store.restore();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#panel?.dispose();
  }

  #load(): Promise<ResultsPanel> {
    this.#loading ??= import('./resultsPanel.ts').then((module) => {
      this.#panel = new module.ResultsPanel(this.#parts, this.#options);
      return this.#panel;
    });
    return this.#loading;
  }
}
