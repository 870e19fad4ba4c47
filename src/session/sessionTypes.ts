import type { PythonFailure } from '../spark/job.ts';

/** What the session is doing. */
export type SessionState =
  /** No kernel runs for this workspace. */
  | { phase: 'none' }
  /** `message` says what is being done: "Starting Spark". */
  | { phase: 'starting'; message: string }
  | { phase: 'idle' }
  /** The run of a person's, which may have been asked for by another client of the kernel. */
  | { phase: 'busy'; runId: string }
  /** The kernel may live; it is being reached again. */
  | { phase: 'disconnected'; reason: string }
  /** The kernel is gone, and its variables with it; a start makes another one. */
  | { phase: 'dead'; reason: string };

/** What is known of the kernel and of the driver inside. */
export interface SessionFacts {
  kernelId: string;
  /** Of this process of the kernel: a restart makes another one. */
  incarnation: string;
  applicationId?: string;
  /** The driver's web UI, as the cluster names it. */
  ui?: string;
  /** Why there is no `spark`. */
  sparkError?: string;
  memory?: { rssBytes: number; limitBytes?: number; availableBytes?: number };
}

/** Where code stands. */
export interface CodePlace {
  /** The document's URI. */
  uri: string;
  /** Of the code's first line in the document, from 0. */
  line: number;
}

export interface RunRequest {
  code: string;
  language: 'python' | 'sql';
  /** `silver.py, cell 3`. */
  title: string;
  place?: CodePlace;
  /** The variable that the frame of SQL is bound to. */
  into?: string;
  /** Where the modules are that were sent with `imports`, for failures to name: `<hash>.zip/<module>.py` -> path. */
  sources?: Readonly<Record<string, string>>;
}

/** MIME type -> value: text, or JSON for JSON types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

export const tableMime = 'application/vnd.medallion.table+json';

export type RunEnd = 'ok' | 'error' | 'interrupted' | 'aborted' | 'lost';

/** What happens to a run, in order. */
export type RunEvent =
  /** It has begun; `code` is what runs, `count` what Jupyter calls its execution count. */
  | { kind: 'begin'; count: number; code: string }
  | { kind: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { kind: 'data'; bundle: MimeBundle; isResult: boolean; displayId?: string }
  | { kind: 'update'; displayId: string; bundle: MimeBundle }
  | { kind: 'clear'; wait: boolean }
  /** `traceback` is Jupyter's, with ANSI colours; `failure` has the frames, those of cells in files `cell://<run id>`. */
  | { kind: 'error'; name: string; message: string; traceback: string[]; failure?: PythonFailure }
  /** Output that is not to be had here any more; of 0 messages where nobody has counted them. */
  | { kind: 'gap'; messages: number }
  /** `lost`: the kernel died; `aborted`: it was never begun, because one before it failed. */
  | { kind: 'end'; end: RunEnd };

export interface RunUpdate {
  runId: string;
  event: RunEvent;
}

/** What a client needs to go on where another one of the same workspace stopped. */
export interface SessionMemory {
  format: 1;
  kernelId: string;
  incarnation: string;
  /** The last message that was delivered. */
  lastSeq: number;
  /** Runs whose end has not been seen. */
  openRuns: string[];
  /** The one of them that has begun. */
  running?: string;
}

export interface SessionRun {
  id: string;
  ended: Promise<RunEnd>;
}

/** A warm PySpark kernel. */
export interface WarmSession {
  readonly state: SessionState;
  readonly facts: SessionFacts | undefined;
  /** Each gives back what stops it. */
  onState(listener: (state: SessionState) => void): () => void;
  onRun(listener: (update: RunUpdate) => void): () => void;
  /** Whether a kernel of this workspace is there; then it is attached to, and what came meanwhile is told. */
  attach(signal?: AbortSignal): Promise<boolean>;
  /** Attaches to the kernel, or starts one with Spark inside. Throws `unreachable`, `cancelled`. */
  start(options?: { signal?: AbortSignal; onProgress?: (message: string) => void }): Promise<void>;
  /** Queues it; updates come to `onRun`. Throws `conflict` where no kernel is attached. */
  run(request: RunRequest): SessionRun;
  /**
   * A question to `medallion_kernel`, which waits for a running cell. An abort stops waiting, and the question where it
   * runs already. Throws `invalid` with the kernel's own sentence.
   */
  ask(name: string, args: object, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<unknown>;
  /** Stops the running cell and its Spark jobs; kernel and variables stay. */
  interrupt(signal?: AbortSignal): Promise<void>;
  /** A new kernel in place of this one: all variables are gone. */
  restart(options?: { signal?: AbortSignal; onProgress?: (message: string) => void }): Promise<void>;
  /** Ends the kernel and its application. */
  shutdown(signal?: AbortSignal): Promise<void>;
  /** Of this client: what the next one goes on from. */
  memory(): SessionMemory | undefined;
  /** Lets go of the kernel, which goes on, once all that has arrived is delivered. */
  close(): Promise<void>;
}
