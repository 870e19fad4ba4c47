import type { Log } from '../base/log.ts';
import type { WebHdfs } from '../lake/webHdfs.ts';
import type { SparkCluster } from './sparkCluster.ts';

/** What a job needs: where its files go, where it runs, where its course is written down. */
export interface JobParts {
  lake: WebHdfs;
  spark: SparkCluster;
  log: Log;
}

export interface JobRequest {
  /** A short name for people; becomes part of the run id and Spark's application name. */
  name: string;
  script: {
    /** The path as the user knows it; tracebacks name it, and imports beside it travel along. */
    path: string;
    source: string;
  };
  /** Texts of modules that are newer in an editor than on the disk, by path. */
  unsaved?: ReadonlyMap<string, string>;
  args: string[];
  /** Spark properties; they win over the defaults. */
  properties?: Record<string, string>;
  /** Added to the driver's environment. Spark's own process list shows it to nobody but the worker's user. */
  environment?: Record<string, string>;
  /** Extra files on the Python path: relative POSIX name -> content. */
  modules?: ReadonlyMap<string, Buffer | string>;
  /** Which of the modules are the user's own files: name -> path, for failures to name. */
  sources?: ReadonlyMap<string, string>;
  kind?: 'job' | 'pipeline';
  /** The run's id, as `newRunId` makes it. Default: a new one. */
  runId?: string;
}

export interface JobWatch {
  /** Text as it arrives, whole characters, without the driver's event lines. */
  onOutput?(stream: 'stdout' | 'stderr', text: string): void;
  onEvent?(event: DriverEvent): void;
  onState?(state: JobState): void;
  /** Stages are asked for only when this is given. */
  onStages?(stages: StageProgress): void;
}

/** One line that the driver reports; see `driverOutput.ts` for how it travels. */
export type DriverEvent =
  | { event: 'application'; id: string; ui: string | null }
  | { event: 'exit'; code: number }
  | { event: 'step-start'; step: string; [field: string]: unknown }
  | {
      event: 'step-end';
      step: string;
      state: string;
      rowsIn?: number;
      rowsOut?: number;
      durationMs?: number;
      bookmark?: unknown;
      error?: unknown;
      [field: string]: unknown;
    }
  | { event: string; [field: string]: unknown };

export type EndState = 'FINISHED' | 'FAILED' | 'KILLED' | 'ERROR';

/** How far a job is. `message` is a sentence for people, such as "Waiting for a worker with 1 core and 1 GB." */
export interface JobState {
  phase: 'uploading' | 'submitted' | 'waiting' | 'running' | 'unreachable' | 'killing' | 'ending' | 'ended';
  message: string;
  runId: string;
  submissionId?: string;
  applicationId?: string;
  /** The driver's own web page, through the master. */
  uiUrl?: string;
  /** Once the phase is `ended`. */
  end?: EndState;
}

export interface StageInfo {
  id: number;
  name: string;
  tasks: number;
  tasksDone: number;
  tasksActive: number;
  tasksFailed: number;
}

export interface StageProgress {
  applicationId: string;
  active: StageInfo[];
  /** Sums over the active stages. */
  tasks: number;
  tasksDone: number;
}

export interface JobResult {
  runId: string;
  submissionId: string;
  applicationId?: string;
  state: EndState;
  /** The script's own exit code; absent when it was killed or lost before it could say. */
  exitCode?: number;
  failure?: PythonFailure;
  /** Why a run ended as ERROR or KILLED, where Python did not say: a sentence. */
  message?: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  durationMs: number;
}

export interface PythonFrame {
  /** The path as the user knows it for the user's own files, else the path on the driver or executor. */
  file: string;
  line: number;
  function: string;
  code?: string;
}

/** A Python exception as its traceback tells it. `file` and `line`: the innermost frame in the user's own files. */
export interface PythonFailure {
  type: string;
  message: string;
  file?: string;
  line?: number;
  frames: PythonFrame[];
  /** What it was raised from or while handling, nearest first; the members of an exception group. */
  causes: PythonFailure[];
}

/** `/jobs/<runId>/run.json`: written at the submission with state RUNNING, and again at the end. */
export interface RunRecord {
  format: 1;
  runId: string;
  name: string;
  kind: 'job' | 'pipeline';
  script: string;
  args: string[];
  submissionId: string;
  /** RUNNING until the end is known. */
  state: 'RUNNING' | EndState;
  startedAt: string;
  endedAt?: string;
  durationMs?: number;
  applicationId?: string;
  exitCode?: number;
  failure?: PythonFailure;
  message?: string;
  /** Directory on the driver -> directory of the user, for paths in tracebacks. */
  sources: Record<string, string>;
}
