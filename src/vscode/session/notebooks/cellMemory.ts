import { createHash } from 'node:crypto';
import * as v from 'valibot';

const entrySchema = v.object({
  runId: v.string(),
  /** The notebook's URI. */
  notebook: v.string(),
  /** Of the cell, from 0. */
  index: v.number(),
  /** Of the cell's text when it was run. */
  digest: v.string(),
});
/** A run of a cell, and where its output belongs. */
export type CellEntry = v.InferOutput<typeof entrySchema>;

const key = 'session.notebookCells';
/** The runs that are remembered: those asked for last. */
const maxEntries = 500;

interface Memento {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** Which cell each open run is of, over reloads of the window. */
export class CellMemory {
  readonly #memento: Memento;
  readonly #entries: Map<string, CellEntry>;

  constructor(memento: Memento) {
    this.#memento = memento;
    const parsed = v.safeParse(v.array(entrySchema), memento.get(key));
    this.#entries = new Map((parsed.success ? parsed.output : []).map((entry) => [entry.runId, entry]));
  }

  find(runId: string): CellEntry | undefined {
    return this.#entries.get(runId);
  }

  /** The runs of a notebook, in the order that they were asked for. */
  ofNotebook(notebook: string): CellEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.notebook === notebook);
  }

  add(...entries: CellEntry[]): void {
    for (const entry of entries) this.#entries.set(entry.runId, entry);
    for (const runId of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries) break;
      this.#entries.delete(runId);
    }
    this.#write();
  }

  remove(runId: string): void {
    if (this.#entries.delete(runId)) this.#write();
  }

  #write(): void {
    void this.#memento.update(key, this.#entries.size === 0 ? undefined : [...this.#entries.values()]);
  }
}

/**
 * Where the cell of a run is now, given the texts of all: where it was, unless that is another one meanwhile; then the
 * only one with its text. Undefined where it is gone.
 */
export function findCell({ index, digest }: CellEntry, texts: readonly string[]): number | undefined {
  const isIt = (text: string | undefined): boolean => text !== undefined && digestOf(text) === digest;
  if (isIt(texts[index])) return index;
  const found = [...texts.keys()].filter((at) => isIt(texts[at]));
  return found.length === 1 ? found[0] : undefined;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
