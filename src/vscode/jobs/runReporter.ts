import * as vscode from 'vscode';
import { WorkbenchError, describeError } from '../../base/errors.ts';
import { formatDuration } from '../../base/format.ts';
import type { Parts } from '../parts.ts';
import { progressText } from '../ui/progress.ts';
import type { FailureDiagnostics } from './failureDiagnostics.ts';
import { failureLine } from './failureText.ts';
import type { JobRun } from './jobRuns.ts';
import { runProgress } from './runProgress.ts';
import { fileOfPath } from './scriptPath.ts';
import { showLine } from './tracebackLinks.ts';

const shownMs = 8_000;

/** Tells how runs go, whoever started them: once at their start, while they run, and once at their end. */
export class RunReporter implements vscode.Disposable {
  readonly #parts: Pick<Parts, 'context' | 'runs' | 'errors'>;
  readonly #diagnostics: FailureDiagnostics;
  readonly #listening: vscode.Disposable;
  readonly #begun = new WeakSet<JobRun>();

  constructor(parts: Pick<Parts, 'context' | 'runs' | 'errors'>, diagnostics: FailureDiagnostics) {
    this.#parts = parts;
    this.#diagnostics = diagnostics;
    this.#listening = parts.runs.onDidChange((run) => this.#changed(run));
    this.#tellContext();
  }

  dispose(): void {
    this.#listening.dispose();
  }

  #changed(run: JobRun): void {
    const { runs } = this.#parts;
    // One that was found again has its terminal at hand, without it coming to the front.
    if (run.isRestored && run.state && isRunning(run) && !runs.terminals.has(run)) {
      runs.terminals.open(run, { reveal: false });
    }
    if (this.#begun.has(run)) return;
    this.#begun.add(run);
    this.#tellContext();
    if (run.file) this.#diagnostics.clear(run.file);
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Window }, async (bar) => {
      const report = (): void => {
        const progress = runProgress(run);
        bar.report({ message: progress ? `${run.name}: ${progressText(progress)}` : run.name });
      };
      report();
      const listening = run.onDidChange(report);
      await run.ended;
      listening.dispose();
    });
    void run.ended
      .then(() => this.#ended(run))
      .catch((error: unknown) => this.#parts.errors.note(error, 'jobs'));
  }

  async #ended(run: JobRun): Promise<void> {
    const { context, errors } = this.#parts;
    const { result, error } = run;
    if (result && run.kind === 'job') await context.workspaceState.update(ranKey, true);
    this.#tellContext();
    // Left alone on another connection, or not found again: nothing has happened to it here.
    if (!this.#parts.runs.all.includes(run)) return;
    if (!result) {
      errors.show(error, `jobs: ${run.runId}`);
      return;
    }
    if (result.state === 'FINISHED') {
      const text = vscode.l10n.t('{0} finished in {1}', run.name, formatDuration(result.durationMs));
      vscode.window.setStatusBarMessage(`$(check) ${text}`, shownMs);
      return;
    }
    if (result.state === 'KILLED' && run.isCancelled) return;
    await this.#diagnostics.mark(run);
    await this.#showFailure(run);
  }

  async #showFailure(run: JobRun): Promise<void> {
    const { failure, message } = run.result ?? {};
    const uri = failure?.file === undefined ? undefined : fileOfPath(failure.file, run.file);
    const said = failure ? failureLine(failure) : (message ?? vscode.l10n.t('Spark gave no reason.'));
    const text =
      failure?.line === undefined
        ? vscode.l10n.t('{0} failed: {1}', run.name, said)
        : vscode.l10n.t('{0} failed at line {1}: {2}', run.name, failure.line, said);
    const goToLine = vscode.l10n.t('Go to Line');
    const showLog = vscode.l10n.t('Show Log');
    const chosen = await vscode.window.showErrorMessage(text, ...(uri ? [goToLine, showLog] : [showLog]));
    if (chosen === showLog) this.#parts.runs.terminals.show(run);
    if (chosen !== goToLine || !uri) return;
    try {
      await showLine(uri, failure?.line ?? 1);
    } catch (error) {
      // Deleted or closed meanwhile: the editor says which file it does not find.
      this.#parts.errors.show(
        new WorkbenchError('not-found', describeError(error), { cause: error }),
        `jobs: ${run.runId}`,
      );
    }
  }

  #tellContext(): void {
    const { context, runs } = this.#parts;
    const set = (key: string, value: boolean): void =>
      void vscode.commands.executeCommand('setContext', `medallion.${key}`, value);
    set('jobsRunning', runs.running.length > 0);
    set('jobRan', context.workspaceState.get(ranKey) === true);
  }
}

/** Whether a script was submitted in this workspace and has ended, in whatever way. */
const ranKey = 'jobs.ran';

function isRunning({ result, error }: JobRun): boolean {
  return result === undefined && error === undefined;
}
