import * as vscode from 'vscode';
import { html, renderPage } from './page.ts';
import { pageTexts } from './pageTexts.ts';

export interface PagePanelOptions {
  extensionUri: vscode.Uri;
  /** For screen readers. */
  name: string;
  /** Of `webview/`: `chart.js`. */
  script: string;
  /** Gets what the page says, not yet checked. */
  hear: (message: unknown) => void;
}

/** The page of a custom editor: an empty document for its script. */
export class PagePanel implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #listening: { dispose(): unknown }[];
  #isReady = false;

  constructor(panel: vscode.WebviewPanel, { extensionUri, name, script, hear }: PagePanelOptions) {
    this.#panel = panel;
    const scripts = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [scripts] };
    this.#listening = [
      panel.webview.onDidReceiveMessage((message: unknown) => {
        if (isReady(message)) this.#isReady = true;
        hear(message);
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#isReady = false;
      }),
    ];
    // The page's frame has no name for screen readers until a title is set that is another one.
    panel.title = '';
    panel.title = name;
    panel.webview.html = renderPage(panel.webview, {
      title: name,
      body: html`<main data-l10n="${pageTexts()}"></main>`,
      style: '',
      script: vscode.Uri.joinPath(scripts, script),
      language: vscode.env.language,
    });
  }

  /** Whether there is a page: a hidden one is gone, and says when it is there again. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** A message may come when the tab has been closed. */
  post(message: unknown): void {
    void this.#panel.webview.postMessage(message).then(undefined, () => {});
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }
}

function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready';
}
