import * as vscode from 'vscode';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import { remedy, type Remedy } from './remedy.ts';

/** The one place where the editor shows an error. */
export class Errors {
  readonly #log: vscode.LogOutputChannel;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /** Writes it to the log only: for what a view shows by itself. */
  note(error: unknown, where: string): void {
    if (isWorkbenchError(error, 'cancelled')) return;
    if (error instanceof WorkbenchError) {
      this.#log.warn(`${where}: ${error.message}`);
      for (const line of error.details.logTail ?? []) this.#log.warn(`  | ${line}`);
      if (error.cause !== undefined) this.#log.debug(`  cause: ${describeError(error.cause)}`);
    } else {
      // Not one of ours: a fault of the program, so the stack is what a report needs.
      this.#log.error(error instanceof Error ? error : new Error(`${where}: ${String(error)}`));
    }
  }

  /** One notification: the sentence, the remedy, and the log. A cancelled task is none. */
  show(error: unknown, where: string, mends = remedyFor(error)): void {
    if (error instanceof vscode.CancellationError || isWorkbenchError(error, 'cancelled')) return;
    this.note(error, where);
    const showLog: Remedy = { title: vscode.l10n.t('Show Output'), run: () => this.#log.show() };
    void vscode.window
      .showErrorMessage(describeError(error), ...(mends ? [mends, showLog] : [showLog]))
      .then((chosen) => chosen?.run());
  }
}

function remedyFor(error: unknown): Remedy | undefined {
  if (isWorkbenchError(error, 'unreachable', 'missing-tool', 'conflict')) {
    return remedy(vscode.l10n.t('Run Doctor'), 'medallion.doctor');
  }
  return undefined;
}
