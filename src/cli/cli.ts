import { resolve } from 'node:path';
import type { Log, OnProgress } from '../base/log.ts';
import type { WebHdfs } from '../lake/webHdfs.ts';
import type { JobParts } from '../spark/job.ts';
import type { Workbench } from '../workbench.ts';
import { exitCodes } from './exitCodes.ts';
import type { Terminal } from './terminal.ts';

/** What each command is given: where it runs, how it shows things, and the parts of the workbench. */
export class Cli {
  readonly terminal: Terminal;
  readonly workbench: Workbench;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  exitCode: number = exitCodes.ok;

  constructor(parts: {
    terminal: Terminal;
    workbench: Workbench;
    log: Log;
    signal: AbortSignal;
    env: NodeJS.ProcessEnv;
  }) {
    this.terminal = parts.terminal;
    this.workbench = parts.workbench;
    this.log = parts.log;
    this.signal = parts.signal;
    this.env = parts.env;
  }

  /** A path that the user typed, from where the user stands. */
  fromWorkspace(path: string): string {
    return resolve(path);
  }

  lake(): Promise<WebHdfs> {
    return this.workbench.lake();
  }

  jobParts(): Promise<JobParts> {
    return this.workbench.jobParts();
  }

  /** Runs a task that reports progress, and clears what was shown when it ends. */
  async withProgress<T>(task: (onProgress: OnProgress) => Promise<T>): Promise<T> {
    const progress = this.terminal.progress();
    try {
      return await task(progress.report);
    } finally {
      progress.end();
    }
  }
}
