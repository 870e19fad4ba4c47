import type { LogLine } from '../../engine.ts';
import { Wake } from './wake.ts';

/** A log that gives its lines in batches, as they are asked for. */
export interface LogSource {
  /** The engine's clock, in milliseconds, once the log is open: older lines were there before. */
  readonly openedAt: number | undefined;
  batches(): AsyncGenerator<LogLine[]>;
}

/** How many lines of one log are given before it is another's turn. */
const turnLines = 64;
/** A log that said nothing for so long has no more old lines. */
const quietMs = 200;

/**
 * Several logs as one, one batch of each in memory. Lines that were there before are in the order of time; where logs
 * are followed, the new ones come in turns, so that a loud one does not hold back the others.
 */
export class LogMerger {
  readonly #follow: boolean;
  readonly #feeds = new Set<Feed>();
  #isComplete = false;
  #isEnded = false;
  #error: Error | undefined;
  readonly #wake = new Wake();

  /** With `follow` it ends only with `end`. */
  constructor(follow: boolean) {
    this.#follow = follow;
  }

  /** `isOld`: it may have lines from before. `ended` is called when it has no more. */
  add(source: LogSource, isOld: boolean, ended?: () => void): void {
    this.#feeds.add(new Feed(source, isOld, this.#follow, this.#wake.ring, ended));
    this.#wake.ring();
  }

  /** All the logs that there are now have been added. */
  begin(): void {
    this.#isComplete = true;
    this.#wake.ring();
  }

  /** Ends the lines, with an error if one is given. */
  end(error?: unknown): void {
    this.#isEnded = true;
    if (error !== undefined) this.#error ??= error as Error;
    this.#wake.ring();
  }

  async *batches(): AsyncGenerator<LogLine[]> {
    for (;;) {
      if (this.#error) throw this.#error;
      if (this.#isEnded) return;
      let gave = false;
      if (this.#isComplete) {
        for (const feed of this.#feeds) {
          if (feed.error) throw feed.error;
          if (feed.isDone) this.#feeds.delete(feed);
        }
        if (this.#feeds.size === 0 && !this.#follow) return;
        const isOld = [...this.#feeds].some((feed) => feed.isOld);
        for (const batch of isOld ? this.#earliest() : this.#turns()) {
          gave = true;
          yield batch;
        }
      }
      if (!gave) await this.#wake.wait();
    }
  }

  /** The next lines in the order of time; none while an older one may come. */
  *#earliest(): Iterable<LogLine[]> {
    const feeds = [...this.#feeds];
    if (feeds.some((feed) => feed.isOld && feed.head === undefined)) return;
    let first: Feed | undefined;
    let next = Infinity;
    for (const feed of feeds) {
      if (feed.head === undefined) continue;
      const time = feed.head;
      if (!first || time < first.head!) {
        next = first?.head ?? Infinity;
        first = feed;
      } else {
        next = Math.min(next, time);
      }
    }
    if (first) yield first.takeUntil(next);
  }

  *#turns(): Iterable<LogLine[]> {
    for (const feed of this.#feeds) {
      if (feed.head !== undefined) yield feed.take(turnLines);
    }
  }
}

/** One log and its current batch. */
class Feed {
  /** May still have lines from before, for which the others wait. */
  isOld: boolean;
  isDone = false;
  error: Error | undefined;
  readonly #source: LogSource;
  readonly #batches: AsyncGenerator<LogLine[]>;
  readonly #follow: boolean;
  readonly #notify: () => void;
  readonly #ended: (() => void) | undefined;
  #batch: LogLine[] = [];
  #at = 0;

  constructor(
    source: LogSource,
    isOld: boolean,
    follow: boolean,
    notify: () => void,
    ended: (() => void) | undefined,
  ) {
    this.#source = source;
    this.#batches = source.batches();
    this.isOld = isOld;
    this.#follow = follow;
    this.#notify = notify;
    this.#ended = ended;
    this.#pull();
  }

  /** The time of the next line, in milliseconds; undefined where none is there yet. */
  get head(): number | undefined {
    const line = this.#batch[this.#at];
    return line && (line.time?.getTime() ?? 0);
  }

  take(most: number): LogLine[] {
    return this.#taken(Math.min(this.#batch.length, this.#at + most));
  }

  /** The lines up to `time`, at least one. */
  takeUntil(time: number): LogLine[] {
    let end = this.#at + 1;
    while (end < this.#batch.length && (this.#batch[end]!.time?.getTime() ?? 0) <= time) end += 1;
    return this.#taken(end);
  }

  #taken(end: number): LogLine[] {
    const lines = this.#batch.slice(this.#at, end);
    this.#at = end;
    if (end === this.#batch.length) this.#pull();
    return lines;
  }

  #pull(): void {
    this.#batch = [];
    this.#at = 0;
    const timer = this.isOld && this.#follow ? setInterval(() => this.#quiet(timer), quietMs) : undefined;
    this.#batches.next().then(
      ({ value, done }) => {
        clearInterval(timer);
        if (done) {
          this.isDone = true;
          this.isOld = false;
          this.#ended?.();
        } else {
          this.#batch = value;
          const opened = this.#source.openedAt;
          if (this.#follow && opened !== undefined && this.head! >= opened) this.isOld = false;
        }
        this.#notify();
      },
      (error: unknown) => {
        clearInterval(timer);
        this.error = error as Error;
        this.#notify();
      },
    );
  }

  #quiet(timer: NodeJS.Timeout | undefined): void {
    // A busy engine may take longer to open it.
    if (this.#source.openedAt === undefined) return;
    clearInterval(timer);
    this.isOld = false;
    this.#notify();
  }
}
