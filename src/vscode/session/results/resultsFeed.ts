import type { ToResultsPage } from './resultsProtocol.ts';
import { shownOutput, shownRun, shownText, type NameFrame } from './shownOutput.ts';
import type { RunStore, StoreChange, StoredRun } from './runStore.ts';

export interface ResultsFeedOptions {
  post: (message: ToResultsPage) => void;
  nameFrame: (run: StoredRun) => NameFrame;
  /** How often the page hears of changes at the most. */
  everyMs?: number;
}

/** What the page has not been told of a run yet. */
interface Untold {
  head: boolean;
  /** By output: the first line that changed, or the whole of it. */
  outputs: 'all' | Map<number, number | 'whole'>;
}

/** Runs whose outputs the page has at the same time: the newest, and those that were asked for. */
const maxOpen = 40;
const openAtFirst = 20;
/** As many of them the page draws without being noticed. */
const manyOutputs = 100;

/** Tells a page of results what changes in the store: seldom enough for a flood, and then only the end of it. */
export class ResultsFeed {
  readonly #store: RunStore;
  readonly #o: Required<ResultsFeedOptions>;
  readonly #stop: () => void;
  /** In the order in which they were opened. */
  readonly #open = new Set<string>();
  readonly #untold = new Map<string, Untold>();
  #removed: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #waitMs: number;
  #isOn = false;

  constructor(store: RunStore, options: ResultsFeedOptions) {
    this.#store = store;
    this.#o = { everyMs: 100, ...options };
    this.#waitMs = this.#o.everyMs;
    this.#stop = store.onChange((change) => this.#note(change));
  }

  /** The page is there and knows nothing. */
  start(): void {
    this.pause();
    this.#isOn = true;
    const { runs } = this.#store;
    for (const { id } of runs.slice(-openAtFirst)) this.#open.add(id);
    this.#o.post({ kind: 'runs', runs: runs.map((run) => this.#head(run)) });
    for (const run of runs) if (this.#open.has(run.id)) this.#tellOutputs(run);
  }

  /** The page is hidden: it is gone. */
  pause(): void {
    this.#isOn = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#untold.clear();
    this.#removed = [];
    this.#open.clear();
  }

  /** Tells the outputs of a run from now on. */
  open(id: string): void {
    const run = this.#store.get(id);
    if (!run || !this.#isOn) return;
    this.#openRun(id);
    this.#o.post({ kind: 'run', run: this.#head(run) });
    this.#tellOutputs(run);
  }

  dispose(): void {
    this.pause();
    this.#stop();
  }

  #note(change: StoreChange): void {
    if (!this.#isOn) return;
    if (change.kind === 'removed') {
      this.#removed.push(...change.ids);
      for (const id of change.ids) {
        this.#untold.delete(id);
        this.#open.delete(id);
      }
    } else {
      const { id } = change.run;
      const isNew = change.kind === 'run' && change.run.state === 'waiting';
      if (isNew && !this.#open.has(id)) this.#openRun(id);
      let untold = this.#untold.get(id);
      if (!untold) this.#untold.set(id, (untold = { head: false, outputs: new Map() }));
      if (change.kind === 'run') untold.head = true;
      else if (change.change === 'all') untold.outputs = 'all';
      else noteOutput(untold, change.change.output, change.change.fromLine);
    }
    this.#timer ??= setTimeout(() => this.#flush(), this.#waitMs);
  }

  /** One more is open; the one that was opened first makes room. */
  #openRun(id: string): void {
    this.#open.delete(id);
    this.#open.add(id);
    const [first] = this.#open;
    if (this.#open.size <= maxOpen || first === undefined) return;
    this.#open.delete(first);
    const untold = this.#untold.get(first);
    if (untold) untold.head = true;
    else this.#untold.set(first, { head: true, outputs: new Map() });
  }

  #flush(): void {
    this.#timer = undefined;
    let drawn = 0;
    const removed = this.#removed.splice(0);
    if (removed.length > 0) this.#o.post({ kind: 'removed', runs: removed });
    const all = [...this.#untold];
    this.#untold.clear();
    for (const [id, { head, outputs }] of all) {
      const run = this.#store.get(id);
      if (!run) continue;
      const isOpen = this.#open.has(id);
      if (head) this.#o.post({ kind: 'run', run: this.#head(run) });
      if (isOpen && outputs === 'all') {
        this.#tellOutputs(run);
        drawn += run.outputs.all.length;
      } else if (isOpen && outputs !== 'all') {
        for (const [output, change] of outputs) this.#tellOutput(run, output, change);
        drawn += outputs.size;
      }
    }
    // The more the page has to draw, the longer it is left alone.
    this.#waitMs = this.#o.everyMs * Math.max(1, drawn / manyOutputs);
  }

  #tellOutput(run: StoredRun, id: number, change: number | 'whole'): void {
    const output = run.outputs.get(id);
    if (!output) return;
    if (change === 'whole' || output.kind !== 'text') {
      const shown = shownOutput(output, this.#o.nameFrame(run));
      this.#o.post({ kind: 'output', run: run.id, output: shown });
      return;
    }
    this.#o.post({ kind: 'lines', run: run.id, output: id, ...shownText(output, change) });
  }

  #tellOutputs(run: StoredRun): void {
    const name = this.#o.nameFrame(run);
    this.#o.post({
      ...{ kind: 'outputs', run: run.id },
      outputs: run.outputs.all.map((output) => shownOutput(output, name)),
      isCut: run.isCut || run.outputs.dropped > 0,
    });
  }

  #head(run: StoredRun): ReturnType<typeof shownRun> {
    return shownRun(run, this.#open.has(run.id), Date.now());
  }
}

function noteOutput(untold: Untold, output: number, fromLine: number | undefined): void {
  if (untold.outputs === 'all') return;
  const before = untold.outputs.get(output);
  if (fromLine === undefined || before === 'whole') untold.outputs.set(output, 'whole');
  else untold.outputs.set(output, Math.min(before ?? fromLine, fromLine));
}
