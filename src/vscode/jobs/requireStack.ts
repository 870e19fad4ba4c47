import * as vscode from 'vscode';
import { cancelled } from '../../base/cancellation.ts';
import type { Parts } from '../parts.ts';
import type { StackWatch } from '../stack/stackWatch.ts';
import { withProgress } from '../ui/progress.ts';

/**
 * Makes sure that there is something to submit to: waits while the stack starts, and offers to start one that does not
 * run, with `question`. False when the user would rather not. Throws `denied` in an untrusted folder.
 */
export async function requireStack(
  { workbench, stack }: Pick<Parts, 'workbench' | 'stack'>,
  question = vscode.l10n.t('Jobs run on Spark, which does not run. Start the stack first?'),
): Promise<boolean> {
  workbench.requireTrust();
  if (workbench.isRemote) return true;
  // Told by events only while a view is open: what is not known to be well is asked for.
  if (stack.phase !== 'up') await stack.refresh();
  if (isDown(stack)) {
    const start = vscode.l10n.t('Start Stack');
    const chosen = await vscode.window.showInformationMessage(question, start);
    if (chosen !== start) return false;
    await vscode.commands.executeCommand('medallion.startStack');
    if (isDown(stack)) await stack.refresh();
  }
  if (stack.phase === 'starting') await whileStarting({ stack });
  // Where something of it is not well, the attempt says better what is wrong.
  return !isDown(stack);
}

function isDown({ phase }: StackWatch): boolean {
  return phase === 'stopped' || phase === 'stopping';
}

async function whileStarting({ stack }: Pick<Parts, 'stack'>): Promise<void> {
  const held = stack.hold();
  try {
    await withProgress(vscode.l10n.t('Waiting for the stack'), (_, signal) => {
      return new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          listening.dispose();
          reject(cancelled(signal));
        };
        const listening = stack.onDidChange(() => {
          if (stack.phase === 'starting') return;
          listening.dispose();
          signal.removeEventListener('abort', stop);
          resolve();
        });
        signal.addEventListener('abort', stop, { once: true });
      });
    });
  } finally {
    held.dispose();
  }
}
