import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { Milestone } from '../ui/milestone.ts';
import { LakeTables } from './lakeTables.ts';
import { LineageView } from './lineageView.ts';
import { addPipelineCommands } from './pipelineCommands.ts';
import { PipelineDiagnostics } from './pipelineDiagnostics.ts';
import { PipelineFiles, isPipelineFile } from './pipelineFiles.ts';
import { PipelineHistory } from './pipelineHistory.ts';
import { PipelineLanguage } from './pipelineLanguage.ts';
import { PipelineLenses } from './pipelineLenses.ts';
import { VerifyPanels } from './verifyPanel.ts';

const ranKey = 'medallion.pipelineRan';

/** Pipeline files: language features, runs, lineage, verification. */
export function registerPipeline(parts: Parts): vscode.Disposable {
  const { commands, workbench, runs } = parts;
  const files = new PipelineFiles();
  const tables = new LakeTables(parts);
  const isShown = (): boolean =>
    lineage.isVisible ||
    vscode.window.visibleTextEditors.some(({ document }) => isPipelineFile(document.uri));
  const history = new PipelineHistory(parts, isShown);
  const lenses = new PipelineLenses(workbench, history);
  const lineage = new LineageView(parts, files, history);
  const panels = new VerifyPanels();
  addPipelineCommands({ parts, files, history, lenses, panels });
  commands.add('showLineage', async (argument) => {
    const file = await files.choose(argument, vscode.l10n.t('The lineage of which pipeline?'));
    if (file) await lineage.show(file);
  });
  return vscode.Disposable.from(
    files,
    history,
    lenses,
    lineage,
    panels,
    new PipelineDiagnostics(),
    new PipelineLanguage(tables).register(),
    tellRan(parts),
    workbench.onDidChange(() => tables.forget()),
    runs.onDidChange(() => tables.forget()),
  );
}

/** The walkthrough's step is done once a pipeline has finished well, also after a reload. */
function tellRan({ context, runs }: Parts): vscode.Disposable {
  const ran = new Milestone(context, ranKey, ranKey);
  return runs.onDidChange(({ kind, result }) => {
    if (kind === 'pipeline' && result?.state === 'FINISHED') ran.reach();
  });
}
