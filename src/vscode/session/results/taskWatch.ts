/** Tells how long a run has had tasks to do of which none runs: then its session has no executor. */
export class TaskWatch {
  #run: string | undefined;
  #sinceMs: number | undefined;

  /** Milliseconds without a running task; 0 while one runs, or none is left. `stages`: those that are active. */
  waitedMs(
    run: string,
    stages: readonly { numTasks: number; numCompleteTasks: number; numActiveTasks: number }[],
    nowMs: number,
  ): number {
    const waits =
      stages.some(({ numTasks, numCompleteTasks }) => numCompleteTasks < numTasks) &&
      stages.every(({ numActiveTasks }) => numActiveTasks === 0);
    if (!waits || run !== this.#run) this.#sinceMs = undefined;
    this.#run = run;
    if (!waits) return 0;
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs;
  }

  /** Nobody looks any more: what follows has not been seen to wait. */
  reset(): void {
    this.#sinceMs = undefined;
  }
}
