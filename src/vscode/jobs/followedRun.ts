import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { FollowOptions } from '../../spark/followJob.ts';
import type { DriverEvent, JobResult, JobState, JobWatch, StageProgress } from '../../spark/job.ts';
import { CappedText } from './cappedText.ts';
import type { Follow, JobRun, RunDescription } from './jobRuns.ts';

type Stream = 'stdout' | 'stderr';

/** About as much as a terminal keeps. */
const maxOutput = 1024 * 1024;

export interface FollowedRunOptions {
  description: RunDescription;
  startedAt: Date;
  /** Of the connection's `hdfs:` URIs: says where it runs. */
  authority: string;
  isRestored: boolean;
  /** Follows it again, from its first output on. */
  attach: Follow;
  /** Whether Spark's own log is wanted. */
  showSparkLog: boolean;
}

/** One run, followed over changes of the connection: each character of its output is told once. */
export class FollowedRun implements JobRun {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #written = new vscode.EventEmitter<{ stream: Stream; text: string }>();
  readonly onDidWrite = this.#written.event;
  readonly #output = new CappedText(maxOutput);
  readonly #told = { stdout: 0, stderr: 0, events: 0 };
  readonly #kill = new AbortController();
  readonly #options: FollowedRunOptions;
  #detach = new AbortController();
  #again = false;

  readonly runId: string;
  readonly name: string;
  readonly kind: 'job' | 'pipeline';
  readonly file: vscode.Uri | undefined;
  readonly args: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly events: DriverEvent[] = [];
  state: JobState | undefined;
  stages: StageProgress | undefined;
  result: JobResult | undefined;
  error: unknown;
  /** Whether it was let go of while it went on. */
  isLeft = false;
  #settle!: () => void;
  readonly ended = new Promise<void>((resolve) => (this.#settle = resolve));

  constructor(options: FollowedRunOptions) {
    const { runId, name, kind, file, args, properties } = options.description;
    this.#options = options;
    this.runId = runId;
    this.name = name;
    this.kind = kind;
    this.file = file;
    this.args = args;
    this.properties = properties;
  }

  get startedAt(): Date {
    return this.#options.startedAt;
  }

  get authority(): string {
    return this.#options.authority;
  }

  get isRestored(): boolean {
    return this.#options.isRestored;
  }

  get output(): string {
    return this.#output.text;
  }

  get isRunning(): boolean {
    return this.result === undefined && this.error === undefined;
  }

  /** Follows it to its end; to be called once. */
  begin(follow: Follow): void {
    void this.#follow(follow);
  }

  cancel(): void {
    this.#kill.abort();
    this.#changed.fire();
  }

  get isCancelled(): boolean {
    return this.#kill.signal.aborted;
  }

  /** The connection was replaced: goes on with the new one. */
  reconnect(): void {
    // Not submitted yet: nothing to find again, and the failed upload says so.
    if (this.state?.submissionId === undefined) return;
    this.#again = true;
    this.#detach.abort();
  }

  /** Lets it run on the cluster without this window. */
  leave(): void {
    this.isLeft = true;
    this.#detach.abort();
  }

  dispose(): void {
    this.#changed.dispose();
    this.#written.dispose();
  }

  async #follow(first: Follow): Promise<void> {
    let follow = first;
    for (;;) {
      this.#detach = new AbortController();
      if (this.isLeft) this.#detach.abort();
      try {
        this.result = await follow(this.#watch(this.#detach.signal));
        break;
      } catch (error) {
        if (this.#again && !this.isLeft) {
          this.#again = false;
          follow = this.#options.attach;
          continue;
        }
        this.error = this.isLeft
          ? new WorkbenchError('cancelled', vscode.l10n.t('The run goes on, on the other connection.'))
          : (error ?? new Error('No reason was given.'));
        break;
      }
    }
    this.stages = undefined;
    this.#settle();
    this.#changed.fire();
  }

  #watch(detach: AbortSignal): JobWatch & FollowOptions {
    const skip = { ...this.#told };
    return {
      signal: this.#kill.signal,
      detach,
      onState: (state) => {
        this.state = state;
        this.#changed.fire();
      },
      onStages: (stages) => {
        this.stages = stages;
        this.#changed.fire();
      },
      onEvent: (event) => {
        if (skip.events > 0) {
          skip.events--;
          return;
        }
        this.#told.events++;
        this.events.push(event);
        this.#changed.fire();
      },
      onOutput: (stream, text) => {
        const known = Math.min(skip[stream], text.length);
        skip[stream] -= known;
        this.#write(stream, text.slice(known));
      },
    };
  }

  #write(stream: Stream, text: string): void {
    this.#told[stream] += text.length;
    if (text === '' || (stream === 'stderr' && !this.#options.showSparkLog)) return;
    this.#output.add(text);
    this.#written.fire({ stream, text });
  }
}
