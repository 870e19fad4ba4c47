import { isWorkbenchError } from '../../base/errors.ts';
import type { JobParts, RunRecord } from '../../spark/job.ts';
import type { ShownState } from './runFacts.ts';

/** Few enough for a quick first look. */
const pageSize = 20;
/** Each record is one read through a DataNode. */
const atOnce = 8;
/** A run whose record is not there after so many looks was given up before it began. */
const maxLooks = 5;

/**
 * The runs that the lake keeps record of, whoever started them: a page at first, more when asked. What has ended does
 * not change, so its record is read once.
 */
export class PastRuns {
  readonly #parts: () => Promise<JobParts>;
  readonly #read = new Map<string, RunRecord>();
  /** How often a record could not be read. */
  readonly #missed = new Map<string, number>();
  /** What the cluster says of runs whose record says RUNNING. */
  readonly #seen = new Map<string, ShownState>();
  #runIds: string[] = [];
  #wanted = pageSize;
  #changedMs: number | undefined;
  #shown: RunRecord[] = [];
  /** Whether the lake has older runs than those of `records`. */
  hasMore = false;

  constructor(parts: () => Promise<JobParts>) {
    this.#parts = parts;
  }

  /** Latest first. */
  get records(): readonly RunRecord[] {
    return this.#shown;
  }

  find(runId: string): RunRecord | undefined {
    return this.#read.get(runId);
  }

  /** The state that a record which says RUNNING is really in, as far as it was asked. */
  stateOf(runId: string): ShownState | undefined {
    return this.#seen.get(runId);
  }

  /** Reads what is new since the last time; `followed` are runs whose state the caller knows better. */
  async load(followed: ReadonlySet<string>, signal?: AbortSignal): Promise<void> {
    const [parts, { runIdsLatestFirst }] = await Promise.all([
      this.#parts(),
      import('../../spark/runRecords.ts'),
    ]);
    const changedMs = await directoryTime(parts, signal);
    this.#runIds = changedMs === undefined ? [] : await runIdsLatestFirst(parts.lake, { signal });
    this.#changedMs = changedMs;
    await this.#readPage(parts, signal);
    await this.#askCluster(parts, followed, signal);
  }

  async loadMore(followed: ReadonlySet<string>, signal?: AbortSignal): Promise<void> {
    const parts = await this.#parts();
    this.#wanted += pageSize;
    await this.#readPage(parts, signal);
    await this.#askCluster(parts, followed, signal);
  }

  /**
   * A cheap look for what others have done: one question to HDFS, and one to Spark for each run of theirs that still
   * runs. True when something has changed.
   */
  async look(followed: ReadonlySet<string>, signal?: AbortSignal): Promise<boolean> {
    const parts = await this.#parts();
    const before = this.#picture();
    if ((await directoryTime(parts, signal)) !== this.#changedMs) await this.load(followed, signal);
    else {
      await this.#readPage(parts, signal);
      await this.#askCluster(parts, followed, signal);
    }
    return this.#picture() !== before;
  }

  /** Its record has changed: it is read anew at the next look. */
  forget(runId: string): void {
    this.#read.delete(runId);
  }

  /** Another cluster. */
  clear(): void {
    this.#read.clear();
    this.#seen.clear();
    this.#missed.clear();
    this.#runIds = [];
    this.#shown = [];
    this.#wanted = pageSize;
    this.#changedMs = undefined;
    this.hasMore = false;
  }

  #picture(): string {
    return this.#shown
      .map(({ runId, state }) => `${runId} ${state} ${this.#seen.get(runId) ?? ''}`)
      .concat(String(this.hasMore))
      .join('\n');
  }

  async #readPage(parts: JobParts, signal: AbortSignal | undefined): Promise<void> {
    const { readRecord } = await import('../../spark/runRecords.ts');
    const shown: RunRecord[] = [];
    let at = 0;
    for (; at < this.#runIds.length && shown.length < this.#wanted; at += atOnce) {
      const page = this.#runIds.slice(at, at + atOnce).map(async (runId) => {
        const known = this.#read.get(runId);
        if (known && known.state !== 'RUNNING') return known;
        const missed = this.#missed.get(runId) ?? 0;
        if (missed >= maxLooks) return undefined;
        try {
          const record = await readRecord(parts.lake, runId, { signal });
          this.#read.set(runId, record);
          return record;
        } catch (error) {
          // Unfinished or damaged: left out, as `medallion jobs` does.
          if (!isWorkbenchError(error, 'not-found', 'protocol')) throw error;
          this.#missed.set(runId, missed + 1);
          return undefined;
        }
      });
      shown.push(...(await Promise.all(page)).filter((record) => record !== undefined));
    }
    this.hasMore = at < this.#runIds.length || shown.length > this.#wanted;
    this.#shown = shown.slice(0, this.#wanted);
  }

  /**
   * A record says RUNNING until somebody who follows the run has seen its end. Where nobody is left to do that, it is
   * done here: at the second look, so that a follower elsewhere has its time.
   */
  async #askCluster(
    parts: JobParts,
    followed: ReadonlySet<string>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const open = this.#shown.filter(({ state, runId }) => state === 'RUNNING' && !followed.has(runId));
    if (open.length === 0) return;
    const [{ isEndState, readRecord }, { attachJob }] = await Promise.all([
      import('../../spark/runRecords.ts'),
      import('../../spark/runJob.ts'),
    ]);
    for (const { runId, submissionId } of open) {
      try {
        const { state } = await parts.spark.status(submissionId, { signal });
        const before = this.#seen.get(runId);
        if (isEndState(state) && before === state) {
          await attachJob(runId, parts, { detach: signal });
          this.#read.set(runId, await readRecord(parts.lake, runId, { signal }));
          this.#shown = this.#shown.map((record) => this.#read.get(record.runId) ?? record);
        }
        this.#seen.set(runId, state === undefined ? 'LOST' : isEndState(state) ? state : 'RUNNING');
      } catch (error) {
        // Without Spark the record is what there is.
        if (!isWorkbenchError(error, 'unreachable', 'timeout', 'failed', 'protocol', 'denied')) throw error;
        this.#seen.delete(runId);
        return;
      }
    }
  }
}

/** When an entry was last added to the directory of runs; undefined before the first run. */
async function directoryTime(
  { lake }: JobParts,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { jobsDirectory } = await import('../../spark/jobFiles.ts');
  try {
    return (await lake.stat(jobsDirectory, { signal })).modificationTime;
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return undefined;
    throw error;
  }
}
