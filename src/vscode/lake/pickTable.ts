import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { LakeTable } from '../../lake/layers.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { signalOf } from '../ui/cancellation.ts';

/** Asks for a table of the layers; gives its path, or undefined if none was chosen. Throws `not-found` where there is none. */
export async function pickTable(
  workbench: ActiveWorkbench,
  question: string,
  format?: LakeTable['format'],
): Promise<string | undefined> {
  const source = new vscode.CancellationTokenSource();
  const cancel = signalOf(source.token);
  try {
    const picked = await vscode.window.showQuickPick(
      tables(workbench, format, cancel.signal),
      { placeHolder: question, matchOnDescription: true },
      source.token,
    );
    return picked?.path;
  } finally {
    source.cancel();
    cancel.dispose();
    source.dispose();
  }
}

async function tables(
  workbench: ActiveWorkbench,
  format: LakeTable['format'] | undefined,
  signal: AbortSignal,
): Promise<(vscode.QuickPickItem & { path: string })[]> {
  const { listTables } = await import('../../lake/layers.ts');
  const found = await listTables(await workbench.lake(), workbench.lakeRoot, { signal });
  const items = found
    .filter((table) => format === undefined || table.format === format)
    .map((table) => ({
      label: `$(table) ${table.name}`,
      description: table.layer,
      path: table.path,
    }));
  if (items.length > 0) return items;
  throw new WorkbenchError(
    'not-found',
    vscode.l10n.t('There is no table below {0} yet: run a pipeline that writes some.', workbench.lakeRoot),
  );
}
