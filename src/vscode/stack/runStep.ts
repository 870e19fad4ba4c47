import * as vscode from 'vscode';
import { formatDuration, plainText } from '../../base/format.ts';
import type { OnProgress } from '../../base/log.ts';
import type { StackEvent } from '../../stack/engine.ts';
import { progressText, withProgress } from '../ui/progress.ts';
import { StepProgress } from './stepProgress.ts';
import { TimeLeft } from './timeLeft.ts';

/** What an operation of the engine reports to. */
export interface Step {
  onEvent: (event: StackEvent) => void;
  onProgress: OnProgress;
  signal: AbortSignal;
  progress: StepProgress;
}

/** Runs an operation on the stack with its progress in a notification: sizes, time left, what is waited for. */
export function runStep<T>(
  title: string,
  { log, onEvent }: { log: vscode.LogOutputChannel; onEvent: (event: StackEvent) => void },
  work: (step: Step) => Promise<T>,
): Promise<T> {
  return withProgress(title, (report, signal) => {
    const progress = new StepProgress();
    const left = new TimeLeft();
    return work({
      signal,
      progress,
      onProgress: (one) => {
        const leftMs = left.after(one, Date.now());
        const text = progressText(one);
        report({
          message: leftMs === undefined ? text : vscode.l10n.t('{0}, {1} left', text, formatDuration(leftMs)),
        });
      },
      onEvent: (event) => {
        onEvent(event);
        progress.add(event);
        const { service = 'stack', step, detail } = event;
        const line = plainText(`${service}: ${step}${detail === undefined ? '' : ` ${detail}`}`);
        if (step === 'failed') log.warn(line);
        else log.info(line);
        const { busy } = progress;
        if (busy.length > 0) report({ message: vscode.l10n.t('waiting for {0}', busy.join(', ')) });
      },
    });
  });
}
