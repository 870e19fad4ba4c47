import * as vscode from 'vscode';

export const chartViewType = 'medallion.chart';

/** Shows a chart file as a picture, also where it is open as text. */
export async function showChart(
  uri: vscode.Uri,
  { column, preserveFocus }: { column?: vscode.ViewColumn; preserveFocus?: boolean } = {},
): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, chartViewType, {
    viewColumn: column ?? vscode.ViewColumn.Active,
    preserveFocus: preserveFocus ?? false,
    preview: false,
  });
}
