import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import { withProgress } from '../ui/progress.ts';
import { findChartFiles } from './chartFiles.ts';
import { newChartFile } from './newChartFile.ts';
import { showChart } from './showChart.ts';

/**
 * Draws a frame of the session: in a new chart of a query, which can be drawn as long as the session has the frame.
 * Throws `conflict` where no session runs, `invalid` where it has no such frame.
 */
export async function chartFrame({ workbench, session: active }: Parts, name: string): Promise<void> {
  workbench.requireTrust();
  const session = active.current();
  if (!session) throw new WorkbenchError('conflict', vscode.l10n.t('No session runs.'));
  const [{ askView, releaseRows }, { FramePreview }, { suggestChart, suggestRows }] = await Promise.all([
    import('../../session/frameRows.ts'),
    import('../../session/framePreview.ts'),
    import('../../chart/suggestChart.ts'),
  ]);
  const opened = randomUUID();
  const spec = await withProgress(vscode.l10n.t('Reading {0}', name), async (_onProgress, signal) => {
    const { sql } = await askView(session, name, { signal });
    const frame = await FramePreview.open(session, name, { opened, signal });
    const rows = await frame.rows(0, suggestRows, { signal });
    await releaseRows(session, opened);
    return { ...suggestChart({ name, columns: frame.columns }, rows), source: { sql } };
  });
  await showChart(await newChartFile(workbench, spec, name, await findChartFiles()));
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      'This chart draws the frame "{0}" of the session: it can be drawn again as long as the session has it. To keep it, write the frame as a table and chart that.',
      name,
    ),
  );
}
