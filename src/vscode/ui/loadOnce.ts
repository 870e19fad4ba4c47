import * as vscode from 'vscode';
import type { Errors } from './errors.ts';

/** Loads a part of the extension when one of these events finds that it is wanted, at most once. */
export function loadOnce(
  o: {
    events: readonly vscode.Event<unknown>[];
    isWanted: () => boolean;
    load: () => Promise<{ dispose(): unknown }>;
  },
  errors: Errors,
): vscode.Disposable {
  let loaded: { dispose(): unknown } | undefined;
  let isDisposed = false;
  const waiting: vscode.Disposable[] = [];
  const stopWaiting = (): void => waiting.splice(0).forEach((one) => void one.dispose());
  const look = (): void => {
    if (!o.isWanted()) return;
    stopWaiting();
    void o.load().then(
      (part) => {
        if (isDisposed) part.dispose();
        else loaded = part;
      },
      (error: unknown) => errors.note(error, 'load'),
    );
  };
  waiting.push(...o.events.map((event) => event(look)));
  look();
  return new vscode.Disposable(() => {
    isDisposed = true;
    stopWaiting();
    loaded?.dispose();
  });
}
