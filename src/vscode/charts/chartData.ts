import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import { formatCount } from '../../base/format.ts';
import type { ChartSpec } from '../../chart/chartFile.ts';
import type { ChartRow } from '../../chart/chartModel.ts';
import { joinPath } from '../../lake/hdfsPath.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';

/** More than a picture can show, and as much as the editor reads without delay. */
const maxRows = 200_000;
const readTimeoutMs = 60_000;

/** A chart file and the rows of its table. */
export interface ChartData {
  spec: ChartSpec;
  rows: readonly ChartRow[];
}

/** Reads a chart file, as it is in the editor where it is open there. Throws `not-found`, `invalid` or `unsupported`. */
export async function readChartFile(uri: vscode.Uri): Promise<ChartSpec> {
  const name = vscode.workspace.asRelativePath(uri);
  const { parseChart } = await import('../../chart/chartFile.ts');
  return parseChart(await readText(uri, name), name);
}

async function readText(uri: vscode.Uri, name: string): Promise<string> {
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (cause) {
    throw new WorkbenchError('not-found', vscode.l10n.t('The chart file {0} cannot be read.', name), {
      cause,
    });
  }
}

/** Reads a chart file and the columns that it draws. Throws `denied` in an untrusted window. */
export async function readChart(
  workbench: ActiveWorkbench,
  uri: vscode.Uri,
  signal: AbortSignal,
): Promise<ChartData> {
  // The file names the table that is read.
  workbench.requireTrust();
  const spec = await readChartFile(uri);
  const timeout = AbortSignal.timeout(readTimeoutMs);
  const options = { signal: AbortSignal.any([signal, timeout]) };
  try {
    const { openTable } = await import('../../lake/table.ts');
    const table = await openTable(await workbench.lake(), tablePath(workbench, spec.source.table), options);
    if ((table.rows ?? 0) > maxRows) {
      throw new WorkbenchError(
        'invalid',
        vscode.l10n.t(
          '{0} has {1} rows: draw a table that sums them up.',
          spec.source.table,
          formatCount(table.rows ?? 0),
        ),
      );
    }
    const columns = [spec.x.field, spec.y.field, spec.color?.field].filter((name) => name !== undefined);
    const rows = await table.head(maxRows, { ...options, columns: [...new Set(columns)] });
    return { spec, rows };
  } catch (error) {
    if (!timeout.aborted || signal.aborted) throw error;
    throw new WorkbenchError(
      'timeout',
      vscode.l10n.t('{0} could not be read within {1} s.', spec.source.table, readTimeoutMs / 1000),
      { cause: error },
    );
  }
}

/** `gold/orders` lies below the lake's root. */
function tablePath(workbench: ActiveWorkbench, table: string): string {
  return table.startsWith('/') ? table : joinPath(workbench.lakeRoot, table);
}
