import { open } from 'node:fs/promises';
import * as vscode from 'vscode';
import { WorkbenchError } from '../../../base/errors.ts';
import type { Parts } from '../../parts.ts';
import { EditorPage } from '../../ui/editorPage.ts';
import type { CellRunner } from '../cells/cellRunner.ts';
import type { PlacedRuns } from '../cells/placedRuns.ts';
import { frameNames, lineOfCode, runIdOfFile, sourceOf } from './framePlaces.ts';
import { eventText, outputText } from './outputText.ts';
import { ResultsFeed } from './resultsFeed.ts';
import { resultsViewType } from './resultsView.ts';
import {
  earlierLines,
  fromResultsPageSchema,
  type FromResultsPage,
  type ResultsRequest,
  type ToResultsPage,
} from './resultsProtocol.ts';
import type { RunStages } from './runStages.ts';
import { isEnded, type RunStore, type StoredRun } from './runStore.ts';
import { openCode, showCode } from './showCode.ts';
import { frameOf } from './shownOutput.ts';

interface OpenPanel {
  panel: vscode.WebviewPanel;
  page: EditorPage<FromResultsPage, ToResultsPage>;
  feed: ResultsFeed;
  listening: vscode.Disposable;
  /** The run to bring into sight once the page is there. */
  wanted: string | undefined;
}

export interface ResultsPanelOptions {
  store: RunStore;
  placed: PlacedRuns;
  stages: RunStages;
  runner: CellRunner;
}

/** The panel of results beside the scripts: one for the window, which comes back after a reload. */
export class ResultsPanel implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #o: ResultsPanelOptions;
  readonly #listening: vscode.Disposable;
  #open: OpenPanel | undefined;

  constructor(parts: Parts, options: ResultsPanelOptions) {
    this.#parts = parts;
    this.#o = options;
    this.#listening = options.stages.onDidChange((run) => this.#tellProgress(run));
  }

  get isVisible(): boolean {
    return this.#open?.panel.visible === true;
  }

  /** Opens it beside the editor, which keeps the focus; brings a run into sight. */
  show(run?: string, { focus = false }: { focus?: boolean } = {}): void {
    if (!this.#open) {
      const panel = vscode.window.createWebviewPanel(
        resultsViewType,
        vscode.l10n.t('Session Results'),
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: !focus },
        // What the page shows is told again; outputs that nobody sees cost nothing.
        { enableFindWidget: true, retainContextWhenHidden: false },
      );
      this.#take(panel);
    } else if (focus || !this.#open.panel.visible) this.#open.panel.reveal(undefined, !focus);
    if (run === undefined || !this.#open) return;
    if (this.#open.page.isReady) this.#open.page.post({ kind: 'show', run });
    else this.#open.wanted = run;
  }

  /** Takes the panel of an earlier window; one is enough. */
  restore(panel: vscode.WebviewPanel): void {
    if (this.#open) panel.dispose();
    else this.#take(panel);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#open?.panel.dispose();
  }

  #take(panel: vscode.WebviewPanel): void {
    const { store } = this.#o;
    const page = new EditorPage<FromResultsPage, ToResultsPage>(panel, this.#parts, {
      name: vscode.l10n.t('Session Results'),
      script: 'results.js',
      schema: fromResultsPageSchema,
      ready: () => this.#ready(),
      answer: (request) => this.#answer(request),
    });
    const media = vscode.Uri.joinPath(this.#parts.context.extensionUri, 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'medallion.svg'),
      dark: vscode.Uri.joinPath(media, 'medallion-dark.svg'),
    };
    const feed = new ResultsFeed(store, {
      post: (message) => page.post(message),
      nameFrame: (run) => frameNames(store, run),
    });
    const listening = panel.onDidChangeViewState(() => {
      if (!panel.visible) feed.pause();
    });
    this.#open = { panel, page, feed, listening, wanted: undefined };
    panel.onDidDispose(() => {
      this.#open = undefined;
      for (const one of [listening, feed, page]) one.dispose();
    });
  }

  async #ready(): Promise<void> {
    await this.#o.store.restore();
    const open = this.#open;
    if (!open?.page.isReady) return;
    open.feed.start();
    const { running } = this.#o.store;
    if (running) this.#tellProgress(running.id);
    if (open.wanted !== undefined) open.page.post({ kind: 'show', run: open.wanted });
    open.wanted = undefined;
  }

  #tellProgress(run: string): void {
    if (this.#open?.page.isReady !== true) return;
    const { message = '', done, total } = this.#o.stages.of(run) ?? {};
    const counts = { ...(done !== undefined && { done }), ...(total !== undefined && { total }) };
    this.#open.page.post({ kind: 'progress', run, text: message, ...counts });
  }

  async #answer(request: ResultsRequest): Promise<void> {
    const { store, runner } = this.#o;
    const { session } = this.#parts;
    switch (request.kind) {
      case 'open':
        this.#open?.feed.open(request.run);
        return;
      case 'goTo':
        return this.#goTo(this.#run(request.run));
      case 'goToFrame':
        return this.#goToFrame(request);
      case 'copy': {
        const { outputs } = this.#run(request.run);
        await vscode.env.clipboard.writeText(outputs.all.map(outputText).join(''));
        return;
      }
      case 'copyText':
        await vscode.env.clipboard.writeText(request.text);
        return;
      case 'rerun': {
        // Not waited for: a session may have to be started first, and says itself what went wrong.
        const again = runner.rerun(this.#run(request.run));
        again.catch((error: unknown) => this.#parts.errors.show(error, 'medallion.results'));
        return;
      }
      case 'stop':
        if (store.runs.some(({ id, state }) => state === 'running' && session.hasOpen(id)))
          return session.interrupt();
        throw new WorkbenchError(
          'conflict',
          vscode.l10n.t('This cell runs in the session of another connection: switch to it first.'),
        );
      case 'clear':
        store.remove([request.run]);
        return;
      case 'clearAll':
        store.remove(store.runs.filter(isEnded).map(({ id }) => id));
        return;
      case 'openAll':
        return this.#openAll(this.#run(request.run));
      case 'earlier':
        this.#tellEarlier(request);
        return;
      case 'openTable':
        await vscode.commands.executeCommand('medallion.session.openFrame', request.name);
        return;
      case 'chartTable':
        await vscode.commands.executeCommand('medallion.session.chartFrame', request.name);
        return;
    }
  }

  #run(id: string): StoredRun {
    const run = this.#o.store.get(id);
    if (run) return run;
    throw new WorkbenchError('not-found', vscode.l10n.t('This run is not there any more.'));
  }

  async #goTo(run: StoredRun, line = 1): Promise<void> {
    const { place, id } = run;
    if (!place) throw new WorkbenchError('not-found', vscode.l10n.t('Its code stands in no document.'));
    const uri = vscode.Uri.parse(place.uri);
    // Code is looked for in open documents.
    await openCode(uri);
    const at = this.#o.placed.find(id)?.placed.line ?? place.line;
    await showCode(uri, at + line);
  }

  async #goToFrame({ run: id, output: number, part, frame }: RequestOf<'goToFrame'>): Promise<void> {
    const { store } = this.#o;
    const run = this.#run(id);
    const output = run.outputs.get(number);
    const failure = output?.kind === 'error' ? output.failure : undefined;
    const found = frameOf(failure, part, frame, frameNames(store, run));
    if (!found) throw new WorkbenchError('not-found', vscode.l10n.t('This run is not there any more.'));
    const cell = runIdOfFile(found.file);
    if (cell !== undefined) {
      const other = this.#run(cell);
      return this.#goTo(other, lineOfCode(other, found.line));
    }
    const uri = sourceOf(found.file, run);
    if (!uri) throw new WorkbenchError('not-found', vscode.l10n.t('{0} is not on this machine.', found.file));
    await showCode(uri, found.line);
  }

  #tellEarlier({ run, output: number, before }: RequestOf<'earlier'>): void {
    const output = this.#run(run).outputs.get(number);
    if (output?.kind !== 'text') return;
    const { first } = output.text;
    const from = Math.max(first, before - earlierLines);
    const lines = output.text.slice(from, Math.max(before, first));
    this.#open?.page.post({ kind: 'earlier', run, output: number, first, from, lines });
  }

  /** All that a run has printed, as a file in an editor. */
  async #openAll(run: StoredRun): Promise<void> {
    const { store } = this.#o;
    const name = `${run.title.replace(/[^\p{L}\p{N}.]+/gu, '-').slice(0, 60)}-${run.id.slice(0, 8)}.txt`;
    const path = await store.textFile(name);
    if (path === undefined) {
      const content = run.outputs.all.map(outputText).join('');
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));
      return;
    }
    await writePieces(path, store, run);
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path), vscode.ViewColumn.One);
  }
}

type RequestOf<K extends ResultsRequest['kind']> = Extract<ResultsRequest, { kind: K }>;

const pieceChars = 1024 * 1024;

async function writePieces(path: string, store: RunStore, run: StoredRun): Promise<void> {
  const file = await open(path, 'w');
  try {
    let piece = '';
    for await (const event of store.allEvents(run)) {
      piece += eventText(event);
      if (piece.length < pieceChars) continue;
      await file.write(piece);
      piece = '';
    }
    await file.write(piece);
  } finally {
    await file.close();
  }
}
