import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { ChartSpec } from '../../chart/chartSpec.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { chartFileEnding } from './chartFiles.ts';

/**
 * Writes a chart file beside the others (`files`), called `name` or, where that is taken, `name-2`. Throws `not-found`
 * without a folder for it.
 */
export async function newChartFile(
  workbench: ActiveWorkbench,
  spec: ChartSpec,
  name: string,
  files: readonly vscode.Uri[],
): Promise<vscode.Uri> {
  const uri = await freeName(chartFolder(workbench, files), name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(`${JSON.stringify(spec, undefined, 2)}\n`));
  return uri;
}

function chartFolder({ folder }: ActiveWorkbench, files: readonly vscode.Uri[]): vscode.Uri {
  const [beside] = files;
  if (beside) return vscode.Uri.joinPath(beside, '..');
  const root = folder ?? vscode.workspace.workspaceFolders?.[0];
  if (root) return vscode.Uri.joinPath(root.uri, 'charts');
  throw new WorkbenchError('not-found', vscode.l10n.t('Open a folder first: the chart is a file in it.'));
}

async function freeName(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  for (let n = 1; ; n++) {
    const uri = vscode.Uri.joinPath(folder, `${name}${n === 1 ? '' : `-${n}`}${chartFileEnding}`);
    const isThere = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (!isThere) return uri;
  }
}
