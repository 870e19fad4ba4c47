import * as vscode from 'vscode';

export const chartFileEnding = '.chart.json';

const passedOver = '**/{node_modules,.medallion,.venv,venv}/**';
const maxFiles = 200;

/** The chart files of the window, by their paths. */
export async function findChartFiles(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(`**/*${chartFileEnding}`, passedOver, maxFiles);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `deliveriescount` for `charts/deliveriescount.chart.json`. */
export function chartName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.chart\.json$/, '');
}

/** What a menu, a link or another extension gives as the chart to open. */
export function chartUri(value: unknown): vscode.Uri | undefined {
  const uri =
    typeof value === 'string' && value.includes(':')
      ? vscode.Uri.parse(value)
      : value instanceof vscode.Uri
        ? value
        : undefined;
  return uri?.path.endsWith(chartFileEnding) ? uri : undefined;
}
