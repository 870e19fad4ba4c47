import type { PythonFailure } from '../../spark/job.ts';
import type { StageState } from '../../spark/sparkCluster.ts';
import type { StepFacts } from './stepFacts.ts';

/** One run in the Jobs view: what menus give to commands. */
export class RunRow {
  readonly type = 'run';
  readonly runId: string;

  constructor(runId: string) {
    this.runId = runId;
  }
}

/** A failure or one of its causes; `path`: which of the causes of which, from the failure down. */
export interface FailureRow {
  type: 'failure';
  runId: string;
  failure: PythonFailure;
  path: readonly number[];
}

export type JobsRow =
  | RunRow
  | FailureRow
  | { type: 'message'; runId: string; text: string }
  | { type: 'step'; runId: string; step: StepFacts }
  | { type: 'stages'; runId: string; applicationId: string }
  | { type: 'stage'; runId: string; stage: StageState }
  | { type: 'log'; runId: string; stream: 'stdout' | 'stderr' }
  | { type: 'link'; runId: string; page: 'driver' | 'history' }
  /** Below a run: what could not be read. */
  | { type: 'problem'; runId: string; error: unknown }
  | { type: 'error'; error: unknown }
  | { type: 'more' };
