import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import { askArguments } from './askArguments.ts';
import { FailureDiagnostics } from './failureDiagnostics.ts';
import { rememberArguments, rememberedArguments } from './rememberedArguments.ts';
import { RunReporter } from './runReporter.ts';
import { scriptName, submitScript } from './submitScript.ts';
import { TracebackLinks } from './tracebackLinks.ts';

/** Submitting scripts, and telling how runs go: progress, terminals, diagnostics, a notification for a failure. */
export function registerJobs(parts: Parts): vscode.Disposable {
  const { context, commands, runs, stack } = parts;
  commands.add('submit', async (...chosen) => {
    for (const file of scripts(chosen)) await submit(parts, file);
  });
  commands.add('submitWithArguments', async (...chosen) => {
    const [file] = scripts(chosen);
    if (!file) return;
    parts.workbench.requireTrust();
    const given = await askArguments(scriptName(file), rememberedArguments(context, file));
    if (!given) return;
    await rememberArguments(context, file, given);
    await submit(parts, file);
  });
  const diagnostics = new FailureDiagnostics();
  let wasUp = stack.phase === 'up';
  return vscode.Disposable.from(
    diagnostics,
    new RunReporter(parts, diagnostics),
    vscode.window.registerTerminalLinkProvider(new TracebackLinks()),
    stack.onDidChange(() => {
      const isUp = stack.phase === 'up';
      // Runs of an earlier window go on being looked for once there is a cluster again.
      if (isUp && !wasUp) runs.restore();
      wasUp = isUp;
    }),
  );
}

async function submit(parts: Parts, file: vscode.Uri): Promise<void> {
  const run = await submitScript(parts, { file, ...rememberedArguments(parts.context, file) });
  if (run) parts.runs.terminals.open(run);
}

/** The files that a menu was opened on, a link's, or the one in the editor. Throws `not-found`. */
function scripts([first, all]: readonly unknown[]): vscode.Uri[] {
  if (Array.isArray(all) && all.length > 1) {
    return all.filter((one): one is vscode.Uri => one instanceof vscode.Uri && one.path.endsWith('.py'));
  }
  if (first instanceof vscode.Uri) return [first];
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId === 'python') return [editor.document.uri];
  throw new WorkbenchError('not-found', vscode.l10n.t('Open a Python file first: it is what is submitted.'));
}
