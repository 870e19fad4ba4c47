import * as vscode from 'vscode';
import { readSetting, type Setting } from '../connection/settings.ts';
import type { JobRun } from './jobRuns.ts';
import { RunTerminal } from './runTerminal.ts';

/** The terminals of runs: one for each, replaced when the same file runs again. */
export class RunTerminals implements vscode.Disposable {
  readonly #open = new Map<vscode.Terminal, JobRun>();
  readonly #listening = vscode.window.onDidCloseTerminal((terminal) => this.#open.delete(terminal));

  has(run: JobRun): boolean {
    return this.#of(run) !== undefined;
  }

  /** Gives a run its terminal; it comes to the front as `medallion.jobs.revealTerminal` says. */
  open(run: JobRun, { reveal = true }: { reveal?: boolean } = {}): void {
    const when = revealSetting(run.file);
    const terminal = this.#make(run);
    if (reveal && when === 'always') terminal.show(true);
    void run.ended.then(() => {
      const failed =
        run.result?.state === 'FAILED' || run.result?.state === 'ERROR' || run.error !== undefined;
      if (failed && when !== 'never' && this.#open.has(terminal)) terminal.show(true);
    });
  }

  /** Brings a run's terminal to the front; one that was closed opens again. */
  show(run: JobRun): void {
    (this.#of(run) ?? this.#make(run)).show(true);
  }

  /** Runs go on without them. */
  dispose(): void {
    this.#listening.dispose();
    for (const terminal of this.#open.keys()) terminal.dispose();
  }

  #of(run: JobRun): vscode.Terminal | undefined {
    return [...this.#open].find(([, one]) => one.runId === run.runId)?.[0];
  }

  #make(run: JobRun): vscode.Terminal {
    for (const [old, { file, result, error }] of [...this.#open]) {
      const hasEnded = result !== undefined || error !== undefined;
      if (hasEnded && file?.toString() === run.file?.toString()) {
        this.#open.delete(old);
        old.dispose();
      }
    }
    const terminal = vscode.window.createTerminal({
      name: run.name,
      pty: new RunTerminal(run),
      iconPath: new vscode.ThemeIcon('zap'),
      isTransient: true,
    });
    this.#open.set(terminal, run);
    return terminal;
  }
}

/** A wrong setting must not keep a run from being seen. */
function revealSetting(file: vscode.Uri | undefined): Setting<'jobs.revealTerminal'> {
  try {
    return readSetting('jobs.revealTerminal', file);
  } catch {
    return 'always';
  }
}
