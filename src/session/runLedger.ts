import type { Delivery } from './eventOrder.ts';
import type { NumberedMessage } from './kernelMessage.ts';
import { mergeStreams, readNews } from './runEvents.ts';
import type { RunEnd, RunEvent, RunUpdate, SessionRun } from './sessionTypes.ts';

/** What requests of ours that are no runs begin their ids with: asks, and what makes the session. */
export const silentPrefix = 'medallion-silent-';

/** A request is on its way for no longer. */
const settleMs = 3_000;

interface OpenRun {
  hasBegun: boolean;
  /** How it will end, as far as an error has told. */
  end: RunEnd;
  ended: Promise<RunEnd>;
  finish: (end: RunEnd) => void;
  sources: Sources;
}

type Sources = Readonly<Record<string, string>>;

/**
 * The runs of a kernel as its messages tell them: which are open, which one is running, how each ends. It tells what
 * came within one turn of the event loop at once, so that a flood of messages costs little.
 */
export class RunLedger {
  readonly #tell: (updates: RunUpdate[]) => void;
  readonly #open = new Map<string, OpenRun>();
  #running: string | undefined;
  #untold: RunUpdate[] = [];
  #finished: (() => void)[] = [];
  #timer: NodeJS.Immediate | undefined;
  /** Runs that are open while the kernel does nothing, and since when that is known. */
  #suspects = new Map<string, number>();

  constructor(tell: (updates: RunUpdate[]) => void) {
    this.#tell = tell;
  }

  /** The run that the kernel is at. */
  get running(): string | undefined {
    return this.#running;
  }

  /** Runs whose end has not been seen, in the order of their beginning. */
  get openRuns(): string[] {
    return [...this.#open.keys()];
  }

  /** A run that was asked for, or that another client left open. `sources`: see `RunRequest`. */
  open(runId: string, sources: Sources = {}): SessionRun {
    const run = this.#entry(runId);
    run.sources = sources;
    return { id: runId, ended: run.ended };
  }

  /** A run that has begun before this client came. */
  openRunning(runId: string): void {
    if (runId.startsWith(silentPrefix)) return;
    this.#entry(runId).hasBegun = true;
    this.#running = runId;
  }

  take(delivery: Delivery<NumberedMessage>): void {
    if ('message' in delivery) this.#take(delivery.message);
    else this.#gap(delivery.gap);
  }

  /** The kernel and all that it knew are gone. */
  loseAll(): void {
    for (const runId of this.openRuns) this.#close(runId, 'lost');
    this.#suspects.clear();
  }

  /**
   * What is known of the kernel, from time to time: that it is at a request, or that none waits. A run that stays open
   * while there is nothing to do never reached it, or its end was among what is lost.
   */
  settle(isBusy: boolean, now = Date.now()): void {
    const suspects = new Map<string, number>();
    for (const runId of isBusy ? [] : this.openRuns) {
      const since = this.#suspects.get(runId) ?? now;
      if (now - since < settleMs) suspects.set(runId, since);
      else this.#close(runId, this.#open.get(runId)?.hasBegun ? 'lost' : 'aborted');
    }
    this.#suspects = suspects;
  }

  /** Tells what has not been told yet. */
  flush(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    const updates = mergeStreams(this.#untold);
    const finished = this.#finished;
    this.#untold = [];
    this.#finished = [];
    if (updates.length > 0) this.#tell(updates);
    for (const finish of finished) finish();
  }

  #take(message: NumberedMessage): void {
    const runId = message.parent;
    if (runId === '' || runId.startsWith(silentPrefix)) return;
    const news = readNews(message, this.#open.get(runId)?.sources);
    if (!news) return;
    // One that moves on is the proof that the others may, too: not of requests that look how the kernel is.
    if (this.#open.has(runId) && (news.kind === 'busy' || news.kind === 'idle')) this.#suspects.clear();
    switch (news.kind) {
      case 'busy':
        // Requests that are no runs make the kernel busy too; a run of another client's is known by its code.
        if (this.#open.has(runId)) this.#running = runId;
        return;
      case 'idle':
        this.#idle(runId);
        return;
      case 'begin':
        this.openRunning(runId);
        break;
      case 'error': {
        const run = this.#open.get(runId);
        if (run) run.end = news.name === 'KeyboardInterrupt' ? 'interrupted' : 'error';
      }
    }
    this.#say(runId, news);
  }

  #idle(runId: string): void {
    const run = this.#open.get(runId);
    if (run) this.#close(runId, run.hasBegun ? run.end : 'aborted');
  }

  #gap(messages: number): void {
    const runId = this.#running ?? this.openRuns[0];
    if (runId !== undefined) this.#say(runId, { kind: 'gap', messages });
  }

  #entry(runId: string): OpenRun {
    const known = this.#open.get(runId);
    if (known) return known;
    let finish: (end: RunEnd) => void = () => {};
    const ended = new Promise<RunEnd>((resolve) => (finish = resolve));
    const run: OpenRun = { hasBegun: false, end: 'ok', ended, finish, sources: {} };
    this.#open.set(runId, run);
    return run;
  }

  #close(runId: string, end: RunEnd): void {
    const run = this.#open.get(runId);
    this.#open.delete(runId);
    if (this.#running === runId) this.#running = undefined;
    this.#say(runId, { kind: 'end', end });
    if (run) this.#finished.push(() => run.finish(end));
  }

  #say(runId: string, event: RunEvent): void {
    this.#untold.push({ runId, event });
    this.#timer ??= setImmediate(() => this.flush());
  }
}
