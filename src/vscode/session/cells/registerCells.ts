import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { remedy } from '../../ui/remedy.ts';
import { CellProgress } from '../notebooks/cellProgress.ts';
import { ResultsView } from '../results/resultsView.ts';
import { RunStages } from '../results/runStages.ts';
import type { RunStore } from '../results/runStore.ts';
import { CellCodeLens } from './cellCodeLens.ts';
import { addCellCommands } from './cellCommands.ts';
import { CellContext } from './cellContext.ts';
import { CellDecorations } from './cellDecorations.ts';
import { CellDiagnostics } from './cellDiagnostics.ts';
import { CellRunner } from './cellRunner.ts';
import type { PlacedRuns } from './placedRuns.ts';

/** Cells in scripts, and what they give: run in the session, shown beside the code and on its lines. */
export function registerCells(parts: Parts, store: RunStore, placed: PlacedRuns): vscode.Disposable {
  const { commands, workbench } = parts;
  const runner = new CellRunner(parts);
  const stages = new RunStages(parts, store, (run) => results.isVisible || isInSight(run.place?.uri));
  const results: ResultsView = new ResultsView(parts, { store, placed, stages, runner });
  const lenses = new CellCodeLens(workbench);
  addCellCommands(commands, runner);
  commands.add('session.showResults', () => results.show(undefined, { focus: true }));
  return vscode.Disposable.from(
    results,
    new CellContext(),
    new CellDecorations(placed, stages),
    new CellDiagnostics(placed),
    new CellProgress(store, stages),
    vscode.languages.registerCodeLensProvider({ language: 'python' }, lenses),
    lenses,
    stages,
    stages.onDidStarve(({ title }) => tellStarved(title)),
  );
}

/** Others have the cores, the workers are gone, or a master that came back has miscounted what it gave. */
function tellStarved(title: string): void {
  const text = vscode.l10n.t(
    'Spark runs no task of "{0}": the session has no executor. It goes on once workers and cores are there; if they are, restart the session.',
    title,
  );
  void vscode.window
    .showWarningMessage(
      text,
      remedy(vscode.l10n.t('Show Stack'), 'medallion.stack.focus'),
      remedy(vscode.l10n.t('Restart…'), 'medallion.session.restart'),
    )
    .then((chosen) => chosen?.run());
}

function isInSight(uri: string | undefined): boolean {
  const cells = vscode.window.visibleNotebookEditors.flatMap(({ notebook }) => notebook.getCells());
  return [...vscode.window.visibleTextEditors, ...cells].some(
    ({ document }) => document.uri.toString() === uri,
  );
}
