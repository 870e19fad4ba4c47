import { cancelled, sleep } from '../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../base/errors.ts';
import { missingResources, type ClusterState } from './clusterState.ts';
import { DriverOutput } from './driverOutput.ts';
import type { DriverEvent, EndState, JobParts, JobState, JobWatch, RunRecord, StageProgress } from './job.ts';
import { LogTail, type ReadLog } from './logTail.ts';
import { isEndState } from './runRecords.ts';
import type { SubmissionState } from './sparkCluster.ts';

/** How a follower may be stopped. */
export interface FollowOptions {
  /** Aborted: the job is killed on the cluster, and the wait goes on until it has ended. */
  signal?: AbortSignal | undefined;
  /** Aborted: the job runs on, and following it ends with `cancelled`. */
  detach?: AbortSignal | undefined;
  /** How long the master or the worker may be out of reach. Default 120 s. */
  outageMs?: number | undefined;
}

/** What following a job has found, once it has ended. */
export interface Followed {
  state: EndState;
  applicationId?: string;
  exitCode?: number;
  message?: string;
  stdout: LogTail;
  stderr: LogTail;
  /** Reads the logs from the driver's worker; absent when it never had one. */
  read?: (stream: 'stdout' | 'stderr') => ReadLog;
}

const starting = 'Starting Python and Spark.';
const quickMs = 150;
const slowestMs = 1_000;
/** A job that waits longer than this for cores or memory is told what it waits for. */
const patienceMs = 2_000;
/** A master that restarts knows no driver for a while: it reads its state back, and its workers register again. */
const forgottenMs = 60_000;

/**
 * Follows one submitted job to its end: its state, output, events and stages. The cluster is asked often only while
 * something happens, and stages only when somebody watches.
 */
export class JobFollower {
  readonly #parts: JobParts;
  readonly #record: RunRecord;
  readonly #watch: JobWatch;
  readonly #options: FollowOptions;
  readonly #output = new DriverOutput();
  readonly #stdout = new LogTail();
  readonly #stderr = new LogTail();
  #state: JobState;
  #workerId: string | undefined;
  #webUi: string | undefined;
  #applicationId: string | undefined;
  #exitCode: number | undefined;
  #clusterCheckedMs = 0;
  #stagesCheckedMs = 0;
  #stagesPauseMs = slowestMs;
  #lastStages = '';
  #executorsSeen = false;
  #besides: Promise<void> | undefined;
  #over = false;

  constructor(parts: JobParts, record: RunRecord, watch: JobWatch, options: FollowOptions) {
    this.#parts = parts;
    this.#record = record;
    this.#watch = watch;
    this.#options = options;
    this.#applicationId = record.applicationId;
    this.#state = { phase: 'submitted', message: '', runId: record.runId, submissionId: record.submissionId };
  }

  async follow(): Promise<Followed> {
    const startedMs = Date.now();
    const outageMs = this.#options.outageMs ?? 120_000;
    let lastAnswerMs = startedMs;
    let pauseMs = quickMs;
    let killedAtMs: number | undefined;
    this.#say('submitted', 'Submitted; waiting for a worker.');
    for (;;) {
      const { signal, detach } = this.#options;
      if (detach?.aborted) throw cancelled(detach);
      if (signal?.aborted && (killedAtMs === undefined || Date.now() - killedAtMs > 5_000)) {
        killedAtMs = Date.now();
        this.#say('killing', 'Stopping the job on the cluster.');
        await this.#quietly(() => this.#parts.spark.kill(this.#record.submissionId));
      }
      let status: SubmissionState | undefined;
      let news = false;
      try {
        status = await this.#parts.spark.status(this.#record.submissionId);
        this.#workerId = status.workerId ?? this.#workerId;
        if (status.state !== undefined) lastAnswerMs = Date.now();
      } catch (error) {
        if (!isWorkbenchError(error, 'unreachable', 'timeout')) throw error;
        this.#say('unreachable', `${describeError(error)} The job may still be running; trying again.`);
        if (Date.now() - lastAnswerMs > outageMs) {
          throw new WorkbenchError(
            'unreachable',
            `Run ${this.#record.runId} cannot be followed: ${describeError(error)} It may still be running; find it again with its run id once the cluster answers.`,
            { cause: error },
          );
        }
        pauseMs = slowestMs;
      }
      if (status) {
        if (isEndState(status.state)) return await this.#ended(status.state, status.message);
        if (status.state === undefined && Date.now() - lastAnswerMs > forgottenMs) {
          return await this.#ended(
            'ERROR',
            "The Spark master does not know the job any more; it was restarted without its state. The job's outcome is unknown.",
          );
        }
        if (status.state === 'RUNNING') news = await this.#running();
        else await this.#waitingForDriver(status.state, Date.now() - startedMs);
      }
      // Quick while it starts, ends or writes; slower the longer nothing happens.
      const hurry = this.#exitCode !== undefined || signal?.aborted === true || this.#stdout.behind;
      if (news || hurry) pauseMs = quickMs;
      await this.#pause(hurry ? 50 : pauseMs);
      pauseMs = Math.min(this.#applicationId === undefined ? quickMs * 2 : pauseMs * 1.3, slowestMs);
    }
  }

  /** One look at a running driver; true when it wrote something. */
  async #running(): Promise<boolean> {
    if (this.#state.phase === 'submitted' || this.#state.phase === 'waiting') {
      this.#say('running', starting);
    }
    let news = false;
    try {
      news = await this.#readLogs(false);
      if (this.#state.phase === 'unreachable') this.#say('running', 'Running.');
    } catch (error) {
      if (!isWorkbenchError(error, 'unreachable', 'timeout', 'not-found', 'protocol')) throw error;
      this.#parts.log.debug(`spark: log of ${this.#record.submissionId}: ${describeError(error)}`);
      await this.#lookForWorker();
    }
    if (this.#applicationId !== undefined && this.#exitCode === undefined) {
      // Not waited for: a busy driver answers late, and its output must not wait for that.
      this.#aside(async () => {
        if (!this.#executorsSeen) await this.#waitingForExecutors();
        await this.#readStages();
      });
    }
    return news;
  }

  async #readLogs(final: boolean): Promise<boolean> {
    const [out, err] = await Promise.all([
      this.#workerId === undefined ? '' : this.#stdout.read(this.#reader('stdout'), final),
      // The driver's stderr is Spark's own log: followed only when somebody watches.
      this.#workerId === undefined || (!final && !this.#watch.onOutput)
        ? ''
        : this.#stderr.read(this.#reader('stderr'), final),
    ]);
    if (err !== '') this.#watch.onOutput?.('stderr', err);
    this.#take(out);
    return out !== '';
  }

  async #readLogsToTheirEnd(): Promise<void> {
    do {
      const { detach } = this.#options;
      if (detach?.aborted) throw cancelled(detach);
      await this.#readLogs(true);
    } while (this.#stdout.behind || this.#stderr.behind);
    const held = this.#output.end();
    if (held !== '') this.#watch.onOutput?.('stdout', held);
  }

  #reader(stream: 'stdout' | 'stderr'): ReadLog {
    return (offset, length) =>
      this.#parts.spark.driverLog(this.#workerId!, this.#webUi, this.#record.submissionId, stream, {
        offset,
        length,
      });
  }

  #take(output: string): void {
    if (output === '') return;
    const { text, events } = this.#output.feed(output);
    if (text !== '') {
      // A script without Spark names no application: what it writes tells that it runs.
      if (this.#state.message === starting) this.#say('running', 'Running.');
      this.#watch.onOutput?.('stdout', text);
    }
    for (const event of events) this.#event(event);
  }

  #event(event: DriverEvent): void {
    if (event.event === 'application' && typeof event.id === 'string') {
      this.#applicationId = event.id;
      this.#executorsSeen = false;
      this.#say('running', 'Running.');
    } else if (event.event === 'exit' && typeof event.code === 'number') {
      this.#exitCode = event.code;
      this.#say('ending', 'The script has ended; Spark is closing.');
    }
    this.#watch.onEvent?.(event);
  }

  async #waitingForDriver(state: string | undefined, waitedMs: number): Promise<void> {
    if (state === undefined || state === 'UNKNOWN') {
      this.#say('unreachable', 'The Spark master does not know the job yet; it may be starting.');
      return;
    }
    if (waitedMs < patienceMs) return;
    const cluster = await this.#cluster(patienceMs);
    const driver = cluster?.drivers.find((d) => d.id === this.#record.submissionId);
    if (!cluster || !driver) return;
    const missing = missingResources(cluster, 'The job', driver.cores, driver.memory);
    if (missing) this.#say('waiting', missing);
  }

  async #waitingForExecutors(): Promise<void> {
    const cluster = await this.#cluster(patienceMs);
    const application = cluster?.applications.find((a) => a.id === this.#applicationId);
    if (!cluster || !application || this.#over) return;
    if (application.cores > 0 || !application.active) {
      this.#executorsSeen = true;
      if (this.#state.phase === 'waiting') this.#say('running', 'Running.');
      return;
    }
    const { cores, memory } = application.perExecutor;
    const missing = missingResources(cluster, 'The application', cores, memory);
    if (missing) this.#say('waiting', missing);
  }

  /** The worker that does not give the log: its own address for want of a proxy, or the news that it is gone. */
  async #lookForWorker(): Promise<void> {
    const cluster = await this.#cluster(patienceMs);
    const worker = cluster?.workers.find((w) => w.id === this.#workerId);
    if (!cluster || this.#workerId === undefined) return;
    this.#webUi = worker?.webUi;
    if (worker?.state !== 'ALIVE') {
      this.#say(
        'unreachable',
        `The worker that ran the job (${this.#workerId}) is gone; waiting for the master's decision.`,
      );
    }
  }

  /** The master's state, at most once in `everyMs`; undefined when it was just asked or does not answer. */
  async #cluster(everyMs: number): Promise<ClusterState | undefined> {
    if (Date.now() - this.#clusterCheckedMs < everyMs) return undefined;
    this.#clusterCheckedMs = Date.now();
    return await this.#quietly(() => this.#parts.spark.state());
  }

  async #readStages(): Promise<void> {
    const applicationId = this.#applicationId;
    if (!this.#watch.onStages || applicationId === undefined) return;
    if (Date.now() - this.#stagesCheckedMs < this.#stagesPauseMs) return;
    this.#stagesCheckedMs = Date.now();
    const stages = await this.#quietly(() => this.#parts.spark.stages(applicationId, { status: 'active' }));
    if (!stages || this.#over) return;
    const active = stages.map((s) => ({
      id: s.stageId,
      name: s.name,
      tasks: s.numTasks,
      tasksDone: s.numCompleteTasks,
      tasksActive: s.numActiveTasks,
      tasksFailed: s.numFailedTasks,
    }));
    const progress: StageProgress = {
      applicationId,
      active: active.sort((a, b) => a.id - b.id),
      tasks: active.reduce((sum, s) => sum + s.tasks, 0),
      tasksDone: active.reduce((sum, s) => sum + s.tasksDone, 0),
    };
    const text = JSON.stringify(progress);
    this.#stagesPauseMs = text === this.#lastStages ? Math.min(this.#stagesPauseMs * 1.5, 4_000) : slowestMs;
    if (text === this.#lastStages) return;
    this.#lastStages = text;
    this.#watch.onStages(progress);
  }

  async #ended(state: EndState, said: string | undefined): Promise<Followed> {
    this.#over = true;
    // The worker has closed the logs by now: what is there is all.
    const read = this.#workerId === undefined ? undefined : (s: 'stdout' | 'stderr') => this.#reader(s);
    let lost: string | undefined;
    await this.#readLogsToTheirEnd().catch((error: unknown) => {
      if (this.#options.detach?.aborted) throw error;
      lost = describeError(error);
      this.#parts.log.warn(`spark: the end of the output of ${this.#record.submissionId} is lost: ${lost}`);
    });
    const message = endMessage(state, said, this.#workerId, lost, this.#stderr.kept, this.#exitCode);
    return {
      state: state === 'FINISHED' && (this.#exitCode ?? 0) !== 0 ? 'FAILED' : state,
      ...(this.#applicationId === undefined ? {} : { applicationId: this.#applicationId }),
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
      ...(message === undefined ? {} : { message }),
      stdout: this.#stdout,
      stderr: this.#stderr,
      ...(read && lost === undefined ? { read } : {}),
    };
  }

  #say(phase: JobState['phase'], message: string): void {
    if (this.#state.phase === 'killing' && phase !== 'ending') return;
    if (this.#state.phase === phase && this.#state.message === message) return;
    const { runId, submissionId } = this.#record;
    this.#state = {
      phase,
      message,
      runId,
      submissionId,
      ...(this.#applicationId === undefined
        ? {}
        : {
            applicationId: this.#applicationId,
            uiUrl: this.#parts.spark.applicationUrl(this.#applicationId, false),
          }),
    };
    this.#watch.onState?.(this.#state);
  }

  /** A question whose answer can wait: a fault of the network is none of the job's. */
  async #quietly<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!isWorkbenchError(error)) throw error;
      this.#parts.log.debug(`spark: ${error.message}`);
      return undefined;
    }
  }

  /** Does something beside the loop, one thing at a time. */
  #aside(work: () => Promise<void>): void {
    this.#besides ??= work().finally(() => {
      this.#besides = undefined;
    });
    this.#besides.catch((error: unknown) => {
      this.#parts.log.debug(`spark: ${describeError(error)}`);
    });
  }

  /** Waits; an abort of either signal ends the wait, and the next turn acts on it. */
  async #pause(ms: number): Promise<void> {
    const { signal, detach } = this.#options;
    const awake = [signal?.aborted ? undefined : signal, detach].filter((s) => s !== undefined);
    await sleep(ms, awake.length === 0 ? undefined : AbortSignal.any(awake)).catch(() => undefined);
  }
}

/** A sentence for an end that Python itself did not explain. */
function endMessage(
  state: EndState,
  said: string | undefined,
  workerId: string | undefined,
  lost: string | undefined,
  stderr: string,
  exitCode: number | undefined,
): string | undefined {
  if (state === 'KILLED') return 'The job was stopped.';
  if (state === 'ERROR') {
    const why = said?.split('\n').find((line) => line.trim() !== '');
    if (lost !== undefined) {
      return `The worker that ran the job (${workerId ?? 'unknown'}) was lost, and the job with it. Run it again.`;
    }
    return why ?? 'Spark could not run the driver. Its log says more.';
  }
  if (state === 'FAILED' && exitCode === undefined) {
    const reason = /^(?:Exception in thread "main" |Caused by: |Error: ).*$/m.exec(stderr)?.[0];
    return reason
      ? `The driver ended before the script did: ${reason}`
      : 'The driver ended before the script could say how: it was stopped from outside, or ran out of memory.';
  }
  return undefined;
}
