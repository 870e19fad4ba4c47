import * as vscode from 'vscode';
import { describeError, isWorkbenchError } from '../../base/errors.ts';
import { plainText } from '../../base/format.ts';
import type { JobRun } from './jobRuns.ts';
import { RunTerminal } from './runTerminal.ts';

/** The terminal of a task: begins the run when it opens, then is the run's own; ending the task cancels the run. */
export class TaskTerminal implements vscode.Pseudoterminal {
  readonly #begin: () => Promise<JobRun | undefined>;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #listening: { dispose(): unknown }[] = [this.#written, this.#closed];
  #terminal: RunTerminal | undefined;
  #isCancelled = false;

  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  /** `begin` gives undefined where the user would rather not. */
  constructor(begin: () => Promise<JobRun | undefined>) {
    this.#begin = begin;
  }

  open(): void {
    void this.#follow();
  }

  handleInput(data: string): void {
    if (this.#terminal) this.#terminal.handleInput(data);
    else if (data.includes('\u0003')) this.#isCancelled = true;
  }

  /** "Terminate Task", or its terminal was closed. */
  close(): void {
    this.#isCancelled = true;
    const run = this.#terminal?.run;
    if (run && run.result === undefined && run.error === undefined) run.cancel();
    this.#terminal?.close();
    for (const one of this.#listening.splice(0)) one.dispose();
  }

  async #follow(): Promise<void> {
    try {
      const run = await this.#begin();
      if (!run) return this.#end(vscode.l10n.t('Not submitted.'), 1);
      if (this.#isCancelled) run.cancel();
      this.#terminal = new RunTerminal(run, { closes: true });
      this.#listening.push(
        this.#terminal.onDidWrite((text) => this.#written.fire(text)),
        this.#terminal.onDidClose((exitCode) => this.#closed.fire(exitCode)),
      );
      this.#terminal.open();
    } catch (error) {
      this.#end(plainText(describeError(error)), isWorkbenchError(error, 'cancelled') ? 130 : 1);
    }
  }

  #end(text: string, exitCode: number): void {
    this.#written.fire(`${text}\r\n`);
    this.#closed.fire(exitCode);
  }
}
