import * as vscode from 'vscode';
import type { RunStore, StoredRun } from '../results/runStore.ts';
import { movedLine, placeRuns, type PlacedRun } from './placedCode.ts';

/** While somebody types, the editor moves what is marked by itself. */
const calmMs = 200;
/** Of one document: older ones are replaced or out of sight. */
const maxRuns = 100;

/** Where the code of runs stands in the open documents, while these are edited and runs come and go. */
export class PlacedRuns implements vscode.Disposable {
  readonly #store: RunStore;
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly #listening: vscode.Disposable;
  readonly #known = new Map<vscode.TextDocument, { version: number; placed: readonly PlacedRun[] }>();
  /** About where the code of a run stands, by its id, since its document was edited after the run. */
  readonly #near = new Map<string, number>();
  readonly #soon = new Map<vscode.TextDocument, NodeJS.Timeout>();

  /** A run of this document has another place or state, or none any more. */
  readonly onDidChange = this.#changed.event;

  constructor(store: RunStore) {
    this.#store = store;
    this.#listening = vscode.Disposable.from(
      this.#changed,
      {
        dispose: store.onChange((change) => {
          if (change.kind === 'removed') for (const id of change.ids) this.#near.delete(id);
          if (change.kind !== 'output') this.#runsChanged();
        }),
      },
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        this.#move(document, contentChanges);
        if (contentChanges.length === 0 || this.#known.get(document)?.placed.length === 0) return;
        if (!this.#known.has(document)) return;
        clearTimeout(this.#soon.get(document));
        this.#soon.set(
          document,
          setTimeout(() => this.#place(document), calmMs),
        );
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        clearTimeout(this.#soon.get(document));
        this.#soon.delete(document);
        if (this.#known.delete(document)) this.#changed.fire(document);
      }),
    );
  }

  /** Oldest first. */
  of(document: vscode.TextDocument): readonly PlacedRun[] {
    if (document.isClosed) return [];
    const before = this.#known.get(document);
    if (before?.version === document.version) return before.placed;
    const runs = this.#runsOf(document);
    const near = ({ id, place }: StoredRun): number => this.#near.get(id) ?? place?.line ?? 0;
    const placed = runs.length === 0 ? [] : placeRuns(document.getText().split(/\r\n|\n|\r/), runs, near);
    this.#known.set(document, { version: document.version, placed });
    return placed;
  }

  /** The document and place of a run's code; undefined where it is not open or not there any more. */
  find(runId: string): { document: vscode.TextDocument; placed: PlacedRun } | undefined {
    const uri = this.#store.get(runId)?.place?.uri;
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
    const placed = document && this.of(document).find(({ run }) => run.id === runId);
    return document && placed && { document, placed };
  }

  dispose(): void {
    for (const timer of this.#soon.values()) clearTimeout(timer);
    this.#listening.dispose();
  }

  #runsOf(document: vscode.TextDocument): StoredRun[] {
    const uri = document.uri.toString();
    return this.#store.runs.filter(({ place }) => place?.uri === uri).slice(-maxRuns);
  }

  /** Edits move code; the same code may stand elsewhere too. */
  #move(document: vscode.TextDocument, changes: readonly vscode.TextDocumentContentChangeEvent[]): void {
    for (const { id, place } of this.#runsOf(document)) {
      const before = this.#near.get(id) ?? place?.line ?? 0;
      this.#near.set(id, changes.reduce(movedLine, before));
    }
  }

  #place(document: vscode.TextDocument): void {
    this.#soon.delete(document);
    this.#known.delete(document);
    this.#changed.fire(document);
  }

  #runsChanged(): void {
    const uris = new Set(this.#store.runs.map(({ place }) => place?.uri));
    for (const document of vscode.workspace.textDocuments) {
      const had = (this.#known.get(document)?.placed.length ?? 0) > 0;
      if (had || uris.has(document.uri.toString())) this.#place(document);
    }
  }
}
