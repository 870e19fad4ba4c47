import * as vscode from 'vscode';
import { formatDuration } from '../../base/format.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { onSettingChange, readSetting } from '../connection/settings.ts';
import type { JobRun, JobRuns } from './jobRuns.ts';
import { usesSpark } from './usesSpark.ts';

/** "Submit to Spark" above scripts that use it, and how the last run from this window went. */
export class ScriptCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #runs: JobRuns;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: { dispose(): unknown }[];
  #shown = '';

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(workbench: ActiveWorkbench, runs: JobRuns) {
    this.#workbench = workbench;
    this.#runs = runs;
    const anew = (): void => this.#changed.fire();
    this.#listening = [
      this.#changed,
      workbench.onDidChange(anew),
      onSettingChange(anew, 'codeLens.enabled'),
      // Only at a beginning and an end: lines must not jump while a job reports its stages.
      runs.onDidChange(() => {
        const shown = runs.all
          .map((run) => `${run.runId} ${run.result?.state ?? run.error !== undefined}`)
          .join();
        if (shown === this.#shown) return;
        this.#shown = shown;
        anew();
      }),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!this.#workbench.isUsable || !readSetting('codeLens.enabled', document.uri)) return [];
    if (!usesSpark(document.getText())) return [];
    const top = new vscode.Range(0, 0, 0, 0);
    const lens = (title: string, command: string, ...args: unknown[]): vscode.CodeLens =>
      new vscode.CodeLens(top, { title, command: `medallion.${command}`, arguments: args });
    const lenses = [
      lens(`$(play) ${vscode.l10n.t('Submit to Spark')}`, 'submit', document.uri),
      lens(`$(settings-gear) ${vscode.l10n.t('with Arguments…')}`, 'submitWithArguments', document.uri),
    ];
    const last = this.#runs.all.find(
      ({ kind, file }) => kind === 'job' && file?.toString() === document.uri.toString(),
    );
    if (last) lenses.push(lens(...lastRun(last)));
    return lenses;
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }
}

function lastRun(run: JobRun): [title: string, command: string, runId: string] {
  const { runId, result, error } = run;
  if (error !== undefined) return [`$(warning) ${vscode.l10n.t('not submitted')}`, 'showJobLog', runId];
  if (!result) return [`$(sync~spin) ${vscode.l10n.t('running')}`, 'showJobLog', runId];
  const took = formatDuration(result.durationMs);
  if (result.state === 'FINISHED')
    return [`$(pass) ${vscode.l10n.t('finished in {0}', took)}`, 'showJobLog', runId];
  if (result.state === 'KILLED')
    return [`$(circle-slash) ${vscode.l10n.t('stopped after {0}', took)}`, 'showJobLog', runId];
  if (result.failure?.line !== undefined)
    return [`$(error) ${vscode.l10n.t('line {0}', result.failure.line)}`, 'goToFailure', runId];
  return [`$(error) ${vscode.l10n.t('failed')}`, 'showJobLog', runId];
}
