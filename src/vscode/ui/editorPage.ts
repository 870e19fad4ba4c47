import type * as vscode from 'vscode';
import * as v from 'valibot';
import { describeError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import { PagePanel } from './pagePanel.ts';

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

/** The page of a custom editor, and its requests, each of which is checked and answered. */
export class EditorPage<In extends Request, Out> implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #o: EditorPageOptions<In>;
  readonly #page: PagePanel;

  constructor(panel: vscode.WebviewPanel, parts: Parts, options: EditorPageOptions<In>) {
    this.#parts = parts;
    this.#o = options;
    const { name, script } = options;
    const { extensionUri } = parts.context;
    const hear = (message: unknown): void => void this.#hear(message);
    this.#page = new PagePanel(panel, { extensionUri, name, script, hear });
  }

  get isReady(): boolean {
    return this.#page.isReady;
  }

  post(message: Out | Reply): void {
    this.#page.post(message);
  }

  dispose(): void {
    this.#page.dispose();
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
