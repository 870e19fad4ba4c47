import * as vscode from 'vscode';
import { WorkbenchError, describeError } from '../../base/errors.ts';
import type { ChartChanges, ChartModel } from '../../chart/chartModel.ts';
import type { ThemeName } from '../../chart/chartTheme.ts';
import type { FromChartPage } from './chartProtocol.ts';

/** What is shown: a model and, where that was asked for, what it was before. */
export interface DrawnChart {
  model: ChartModel;
  changes: ChartChanges | undefined;
}

const fileKinds = { png: 'PNG', svg: 'SVG', csv: 'CSV' } as const;

/** Asks where to, and writes the picture or the table there. Throws `failed` if it cannot be written. */
export async function saveChart(
  { model, changes }: DrawnChart,
  chart: vscode.Uri,
  name: string,
  { format, data }: Pick<Extract<FromChartPage, { kind: 'save' }>, 'format' | 'data'>,
): Promise<void> {
  const content = await contentOf({ model, changes }, format, data);
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(chart, '..', `${name}.${format}`),
    filters: { [fileKinds[format]]: [format] },
    title: vscode.l10n.t('Save Chart'),
  });
  if (!target) return;
  try {
    await vscode.workspace.fs.writeFile(target, content);
  } catch (cause) {
    throw new WorkbenchError(
      'failed',
      vscode.l10n.t('{0} could not be written: {1}.', target.fsPath, describeError(cause)),
      { cause },
    );
  }
}

/** Puts the chart's table on the clipboard. */
export async function copyChart({ model, changes }: DrawnChart, format: 'markdown' | 'csv'): Promise<void> {
  const { csvOf, markdownOf } = await import('../../chart/tableText.ts');
  await vscode.env.clipboard.writeText(format === 'csv' ? csvOf(model, changes) : markdownOf(model, changes));
}

async function contentOf(
  { model, changes }: DrawnChart,
  format: keyof typeof fileKinds,
  data: string | undefined,
): Promise<Uint8Array> {
  switch (format) {
    case 'png':
      // Drawn by the page, which alone has a canvas.
      return Buffer.from(data ?? '', 'base64');
    case 'svg': {
      const { renderSvg } = await import('../../chart/svg.ts');
      return Buffer.from(renderSvg(model, { theme: themeName(vscode.window.activeColorTheme.kind) }));
    }
    case 'csv': {
      const { csvOf } = await import('../../chart/tableText.ts');
      return Buffer.from(csvOf(model, changes));
    }
  }
}

function themeName(kind: vscode.ColorThemeKind): ThemeName {
  switch (kind) {
    case vscode.ColorThemeKind.Light:
      return 'light';
    case vscode.ColorThemeKind.HighContrast:
      return 'highContrast';
    case vscode.ColorThemeKind.HighContrastLight:
      return 'highContrastLight';
    default:
      return 'dark';
  }
}
