import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import { chartName, chartUri, findChartFiles } from './chartFiles.ts';
import { showChart } from './showChart.ts';

/** Opens the chart that is meant: the given one, the one in the editor, the only one, or the one that is picked. */
export async function openChart(given: unknown): Promise<void> {
  const uri =
    chartUri(given) ?? chartUri(vscode.window.activeTextEditor?.document.uri) ?? (await pickChart());
  if (uri) await showChart(uri);
}

/** The chart file that is meant, as text. */
export async function openChartText(given: unknown): Promise<void> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = chartUri(given) ?? (input instanceof vscode.TabInputCustom ? chartUri(input.uri) : undefined);
  if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
}

async function pickChart(): Promise<vscode.Uri | undefined> {
  const found = await findChartFiles();
  const [first] = found;
  if (!first) {
    throw new WorkbenchError(
      'not-found',
      vscode.l10n.t(
        'There is no chart file (*.chart.json) in this window. Medallion: New Project… makes some.',
      ),
    );
  }
  if (found.length === 1) return first;
  const items = found.map((uri) => {
    const path = vscode.workspace.asRelativePath(uri);
    return {
      label: chartName(path),
      description: path.slice(0, Math.max(0, path.lastIndexOf('/'))),
      iconPath: new vscode.ThemeIcon('graph'),
      uri,
    };
  });
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Open Chart'),
    placeHolder: vscode.l10n.t('Chart files of this window'),
    matchOnDescription: true,
  });
  return picked?.uri;
}
