import * as vscode from 'vscode';
import { formatBytes, formatCount } from '../../base/format.ts';
import type { OnProgress, Progress } from '../../base/log.ts';
import { signalOf } from './cancellation.ts';

/** Runs a long task with its progress in a notification, or above a view (`{ viewId }`); can be cancelled. */
export async function withProgress<T>(
  title: string,
  run: (onProgress: OnProgress, signal: AbortSignal) => Promise<T>,
  location: vscode.ProgressLocation | { viewId: string } = vscode.ProgressLocation.Notification,
): Promise<T> {
  return vscode.window.withProgress({ location, title, cancellable: true }, async (bar, token) => {
    const cancel = signalOf(token);
    let shownShare = 0;
    try {
      return await run((progress) => {
        const share = progress.total ? (100 * (progress.done ?? 0)) / progress.total : 0;
        bar.report({ message: progressText(progress), increment: Math.max(0, share - shownShare) });
        shownShare = share;
      }, cancel.signal);
    } finally {
      cancel.dispose();
    }
  });
}

/** "Downloading Spark 4.2.0, 210 MB of 434 MB"; "silver: stage 3, 120 of 200 tasks". */
export function progressText({ message, done, total, unit }: Progress): string {
  if (done === undefined) return message;
  const amount = (n: number): string => (unit === 'bytes' ? formatBytes(n) : formatCount(n));
  const what = unit === undefined || unit === 'bytes' ? '' : ` ${unit}`;
  return total === undefined
    ? vscode.l10n.t('{0}, {1}{2}', message, amount(done), what)
    : vscode.l10n.t('{0}, {1} of {2}{3}', message, amount(done), amount(total), what);
}
