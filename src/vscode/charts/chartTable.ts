import * as vscode from 'vscode';
import { baseName, isWithin, pathBelow } from '../../lake/hdfsPath.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { pickTable } from '../lake/pickTable.ts';
import { readChartFile } from './chartData.ts';
import { findChartFiles } from './chartFiles.ts';
import { newChartFile } from './newChartFile.ts';
import { showChart } from './showChart.ts';

const readTimeoutMs = 30_000;

/**
 * Draws a table: in a chart file that there is for it, or in a new one that fits its columns. Without `path` it asks
 * which table. Throws `not-found` without a folder for the file.
 */
export async function chartTable(workbench: ActiveWorkbench, path?: string): Promise<void> {
  workbench.requireTrust();
  const table = path ?? (await pickTable(workbench, vscode.l10n.t('Which table is drawn?')));
  if (table === undefined) return;
  const name = nameOf(workbench, table);
  const files = await findChartFiles();
  const drawn = await chartsOf(files, [name, table]);
  const chosen = drawn.length === 0 ? 'new' : await pickChart(drawn, name);
  if (chosen === undefined) return;
  await showChart(chosen === 'new' ? await newChart(workbench, table, name, files) : chosen);
}

/** As chart files name it: `gold/orders` below the lake's root, else the whole path. */
function nameOf({ lakeRoot }: ActiveWorkbench, table: string): string {
  return table !== lakeRoot && isWithin(table, lakeRoot) ? pathBelow(table, lakeRoot) : table;
}

async function chartsOf(files: readonly vscode.Uri[], names: readonly string[]): Promise<vscode.Uri[]> {
  const specs = await Promise.all(files.map((uri) => readChartFile(uri).catch(() => undefined)));
  return files.filter((_, i) => {
    const source = specs[i]?.source;
    return source !== undefined && 'table' in source && names.includes(source.table);
  });
}

async function pickChart(
  drawn: readonly vscode.Uri[],
  name: string,
): Promise<vscode.Uri | 'new' | undefined> {
  const items: (vscode.QuickPickItem & { chosen: vscode.Uri | 'new' })[] = drawn.map((uri) => ({
    label: vscode.workspace.asRelativePath(uri),
    iconPath: new vscode.ThemeIcon('graph'),
    chosen: uri,
  }));
  items.push({
    label: vscode.l10n.t('New Chart'),
    description: vscode.l10n.t('as fits the columns'),
    iconPath: new vscode.ThemeIcon('add'),
    chosen: 'new',
  });
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Chart {0}', name),
    placeHolder: vscode.l10n.t('This table has charts already'),
  });
  return picked?.chosen;
}

/** Writes a chart file beside the others. */
async function newChart(
  workbench: ActiveWorkbench,
  table: string,
  name: string,
  files: readonly vscode.Uri[],
): Promise<vscode.Uri> {
  const [{ openTable }, { suggestChart, suggestRows }] = await Promise.all([
    import('../../lake/table.ts'),
    import('../../chart/suggestChart.ts'),
  ]);
  const signal = AbortSignal.timeout(readTimeoutMs);
  const { columns, rows } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Reading {0}', name) },
    async () => {
      const opened = await openTable(await workbench.lake(), table, { signal });
      return { columns: opened.columns, rows: await opened.head(suggestRows, { signal }) };
    },
  );
  const spec = suggestChart({ name, columns }, rows);
  return newChartFile(workbench, spec, baseName(table), files);
}
