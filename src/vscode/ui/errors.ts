import * as vscode from 'vscode';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';

/** A button of a notification: the one thing that mends the failure. */
export interface Remedy {
  title: string;
  run: () => unknown;
}

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
  show(error: unknown, where: string, remedy = remedyFor(error)): void {
    if (error instanceof vscode.CancellationError || isWorkbenchError(error, 'cancelled')) return;
    this.note(error, where);
    const showLog = vscode.l10n.t('Show Output');
    const buttons = remedy ? [remedy.title, showLog] : [showLog];
    void vscode.window.showErrorMessage(describeError(error), ...buttons).then((chosen) => {
      if (chosen === showLog) this.#log.show();
      else if (chosen !== undefined && chosen === remedy?.title) remedy.run();
    });
  }
}

function remedyFor(error: unknown): Remedy | undefined {
  if (isWorkbenchError(error, 'unreachable', 'missing-tool', 'conflict')) {
    return {
      title: vscode.l10n.t('Run Doctor'),
      run: () => vscode.commands.executeCommand('medallion.doctor'),
    };
  }
  return undefined;
}
