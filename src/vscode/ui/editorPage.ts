import * as vscode from 'vscode';
import * as v from 'valibot';
import { describeError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import { nameFrame } from './nameFrame.ts';
import { html, renderPage } from './page.ts';
import { pageTexts } from './pageTexts.ts';

type Request = { kind: 'ready' } | { kind: string; id: number };
type Reply = { kind: 'reply'; id: number } & ({ ok: true } | { ok: false; error: string });

export interface EditorPageOptions<In extends Request> {
  /** For screen readers, and in the log. */
  name: string;
  /** Of `webview/`: `chart.js`. */
  script: string;
  schema: v.GenericSchema<unknown, In>;
  /** The page is there, for the first time or again, and shows nothing yet. */
  ready: () => Promise<void>;
  /** Does what is asked for; what it throws is told to the page. */
  answer: (request: Exclude<In, { kind: 'ready' }>) => Promise<void>;
}

/** The page of a custom editor: its document, and its requests, each of which is checked and answered. */
export class EditorPage<In extends Request, Out> implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #parts: Parts;
  readonly #o: EditorPageOptions<In>;
  readonly #listening: { dispose(): unknown }[];
  #isReady = false;

  constructor(panel: vscode.WebviewPanel, parts: Parts, options: EditorPageOptions<In>) {
    this.#panel = panel;
    this.#parts = parts;
    this.#o = options;
    const { name, script } = options;
    const scripts = vscode.Uri.joinPath(parts.context.extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [scripts] };
    this.#listening = [
      panel.webview.onDidReceiveMessage((message: unknown) => void this.#hear(message)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#isReady = false;
      }),
    ];
    nameFrame(panel, name);
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
  post(message: Out | Reply): void {
    void this.#panel.webview.postMessage(message).then(undefined, () => {});
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }

  async #hear(message: unknown): Promise<void> {
    const { name, schema, ready, answer } = this.#o;
    const parsed = v.safeParse(schema, message);
    if (!parsed.success) {
      this.#parts.log.warn(`The page of ${name} sent what is no request: ${v.summarize(parsed.issues)}`);
      return;
    }
    const request = parsed.output;
    if (!('id' in request)) {
      this.#isReady = true;
      await ready();
      return;
    }
    const { id } = request;
    try {
      await answer(request as Exclude<In, { kind: 'ready' }>);
      this.post({ kind: 'reply', id, ok: true });
    } catch (error) {
      this.#parts.errors.note(error, `${name}: ${request.kind}`);
      this.post({ kind: 'reply', id, ok: false, error: describeError(error) });
    }
  }
}
