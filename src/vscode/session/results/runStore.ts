import type {
  RunEnd,
  RunEvent,
  RunRequest,
  RunUpdate,
  SessionMemory,
} from '../../../session/sessionTypes.ts';
import type { SessionStore } from '../sessionStore.ts';
import type { KeptRun, RunLog } from './runLog.ts';
import { RunOutputs, type Output, type OutputChange } from './runOutputs.ts';
import type { RunHead } from './runRecords.ts';

export type RunState = 'waiting' | 'running' | RunEnd;

/** A run of this window or of one before it, with what it has given so far. Times in milliseconds since 1970. */
export interface StoredRun extends RunHead {
  state: RunState;
  /** Jupyter's execution count. */
  count?: number;
  begunAt?: number;
  endedAt?: number;
  outputs: RunOutputs;
  /** Whether the beginning of its output is on the disk only. */
  isCut: boolean;
}

export type StoreChange =
  /** `isNew`: this window has just asked for it. */
  | { kind: 'run'; run: StoredRun; isNew?: boolean }
  | { kind: 'output'; run: StoredRun; change: Exclude<OutputChange, undefined> }
  | { kind: 'removed'; ids: readonly string[] };

export interface RunStoreOptions {
  /** Where runs are kept; without one they live as long as the window. */
  log?: RunLog | undefined;
  /** The title of a run that another client of the kernel has asked for. */
  foreignTitle: string;
  /** Told of what was thrown, for the log. */
  note: (error: unknown) => void;
}

const maxRuns = 200;
const maxBytes = 2_000_000_000;
/** Of all runs together, in memory. */
const maxChars = 64 * 1024 * 1024;
/** What stays of a run whose room others need. */
const shortLimits = { lines: 100, chars: 16 * 1024, outputs: 10, dataChars: 256 * 1024 };

/** The runs of the session in their order, with their outputs. They are kept over reloads of the window. */
export class RunStore implements SessionStore {
  readonly #options: RunStoreOptions;
  readonly #log: RunLog | undefined;
  readonly #listeners = new Set<(change: StoreChange) => void>();
  readonly #runs = new Map<string, StoredRun>();
  #restored: Promise<ReadonlyMap<string, SessionMemory>> | undefined;

  constructor(options: RunStoreOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /** Oldest first. */
  get runs(): readonly StoredRun[] {
    return [...this.#runs.values()];
  }

  /** The run that the kernel is at. */
  get running(): StoredRun | undefined {
    return this.runs.findLast(({ state }) => state === 'running');
  }

  get(id: string): StoredRun | undefined {
    return this.#runs.get(id);
  }

  /** Gives back what stops it. */
  onChange(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads what an earlier window has kept; later calls give the same. Never rejects. */
  restore(): Promise<ReadonlyMap<string, SessionMemory>> {
    this.#restored ??= this.#restore();
    return this.#restored;
  }

  /** A run was asked for by this window. */
  begin(id: string, request: RunRequest): void {
    const { code, language, title, place, into } = request;
    const head = {
      ...{ id, title, language, code, startedAt: Date.now() },
      ...(place && { place }),
      ...(into !== undefined && { into }),
    };
    this.#add(head, true);
    this.#makeRoom();
  }

  add({ runId, event }: RunUpdate): void {
    const code = event.kind === 'begin' ? event.code : '';
    const run = this.#runs.get(runId) ?? this.#addForeign(runId, code);
    const at = Date.now();
    this.#log?.append(runId, { at, event });
    this.#apply(run, event, at);
  }

  async save(authority: string, memory: SessionMemory): Promise<void> {
    await this.#log?.save(authority, memory);
  }

  /** As far as its output is kept in memory. */
  eventsOf(runId: string): readonly RunEvent[] {
    const run = this.#runs.get(runId);
    return run ? eventsOf(run) : [];
  }

  /** All that a run has given, from the disk where it is there. */
  async *allEvents(run: StoredRun): AsyncGenerator<RunEvent> {
    if (!this.#log) {
      yield* eventsOf(run);
      return;
    }
    for await (const record of this.#log.records(run.id)) if ('event' in record) yield record.event;
  }

  /** A file for the text of a run; undefined where runs are not kept on a disk. */
  textFile(name: string): Promise<string> | undefined {
    return this.#log?.textFile(name);
  }

  /** Forgets runs; those that have not ended stay. */
  remove(ids: readonly string[]): void {
    const gone = ids.filter((id) => isEnded(this.#runs.get(id)));
    if (gone.length === 0) return;
    for (const id of gone) this.#runs.delete(id);
    this.#log?.remove(gone);
    this.#tell({ kind: 'removed', ids: gone });
  }

  async #restore(): Promise<ReadonlyMap<string, SessionMemory>> {
    if (!this.#log) return new Map();
    try {
      const { memories, runs } = await this.#log.read();
      const open = new Set([...memories.values()].flatMap(({ openRuns }) => openRuns));
      for (const kept of runs) this.#take(kept, open);
      return memories;
    } catch (error) {
      this.#options.note(error);
      return new Map();
    }
  }

  #take({ id, records, isCut }: KeptRun, open: ReadonlySet<string>): void {
    const [first, ...rest] = records;
    if (!first || !('run' in first) || this.#runs.has(id)) return;
    const run: StoredRun = { ...first.run, state: 'waiting', outputs: new RunOutputs(), isCut };
    this.#runs.set(id, run);
    for (const record of rest) if ('event' in record) this.#apply(run, record.event, record.at);
    // Nobody will hear of it again: the window went before it was told to the kernel, or the kernel went.
    if (!isEnded(run) && !open.has(id)) run.state = 'lost';
    this.#tell({ kind: 'run', run });
  }

  #add(head: RunHead, isNew = false): StoredRun {
    const run: StoredRun = { ...head, state: 'waiting', outputs: new RunOutputs(), isCut: false };
    this.#runs.set(run.id, run);
    this.#log?.begin(run.id, { run: head });
    this.#tell({ kind: 'run', run, isNew });
    return run;
  }

  #addForeign(id: string, code: string): StoredRun {
    // SQL of another client has its magic with it: it is Python's.
    const head = { id, title: this.#options.foreignTitle, language: 'python' as const, code };
    return this.#add({ ...head, startedAt: Date.now() });
  }

  #apply(run: StoredRun, event: RunEvent, at: number): void {
    if (event.kind === 'begin' || event.kind === 'end') {
      if (event.kind === 'begin') {
        run.state = 'running';
        run.count = event.count;
        run.begunAt = at;
      } else {
        run.state = event.end;
        run.endedAt = at;
      }
      this.#tell({ kind: 'run', run });
      if (event.kind === 'end') this.#shorten(run);
      return;
    }
    const change = run.outputs.apply(event);
    if (change !== undefined) this.#tell({ kind: 'output', run, change });
    else if (event.kind === 'update') this.#updateElsewhere(event.displayId, event.bundle);
  }

  /** What is displayed may be updated by another run than its own. */
  #updateElsewhere(displayId: string, bundle: Readonly<Record<string, unknown>>): void {
    for (const run of this.#runs.values()) {
      const change = run.outputs.update(displayId, bundle);
      if (change !== undefined) this.#tell({ kind: 'output', run, change });
    }
  }

  #makeRoom(): void {
    const ended = this.runs.filter(isEnded).map(({ id }) => id);
    const over = this.#runs.size - maxRuns;
    if (over > 0) this.remove(ended.slice(0, over));
    else if ((this.#log?.bytes ?? 0) > maxBytes) this.remove(ended.slice(0, 1));
  }

  /** Old runs give up most of their output when all of them together are too large. */
  #shorten(newest: StoredRun): void {
    let chars = this.runs.reduce((sum, { outputs }) => sum + outputs.chars, 0);
    for (const run of this.#runs.values()) {
      if (chars <= maxChars) return;
      const before = run.outputs.chars;
      if (!isEnded(run) || run === newest || before < 2 * shortLimits.dataChars) continue;
      const outputs = new RunOutputs(shortLimits);
      for (const output of run.outputs.all) outputs.apply(eventOf(output));
      run.outputs = outputs;
      run.isCut = true;
      chars -= before - outputs.chars;
      this.#tell({ kind: 'output', run, change: 'all' });
    }
  }

  #tell(change: StoreChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export function isEnded(run: Pick<StoredRun, 'state'> | undefined): boolean {
  return run !== undefined && run.state !== 'waiting' && run.state !== 'running';
}

/** The events that lead to what is there; a gap stands for what came before it. */
function eventsOf({ state, count = 0, code, begunAt, outputs, isCut }: StoredRun): RunEvent[] {
  const isWhole = !isCut && outputs.dropped === 0 && outputs.droppedLines === 0;
  return [
    ...(begunAt === undefined ? [] : [{ kind: 'begin' as const, count, code }]),
    ...(isWhole ? [] : [{ kind: 'gap' as const, messages: 0 }]),
    ...outputs.all.map(eventOf),
    ...(state === 'waiting' || state === 'running' ? [] : [{ kind: 'end' as const, end: state }]),
  ];
}

function eventOf(output: Output): RunEvent {
  switch (output.kind) {
    case 'text':
      return { kind: 'stream', name: output.stream, text: output.text.text };
    case 'data': {
      const { bundle, isResult, displayId } = output;
      return { kind: 'data', bundle, isResult, ...(displayId !== undefined && { displayId }) };
    }
    case 'error': {
      const { name, message, traceback, failure } = output;
      return { kind: 'error', name, message, traceback: [...traceback], ...(failure && { failure }) };
    }
    case 'gap':
      return { kind: 'gap', messages: output.messages };
  }
}
