import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { ResultsView } from '../results/resultsView.ts';
import { RunStages } from '../results/runStages.ts';
import type { RunStore } from '../results/runStore.ts';
import { CellCodeLens } from './cellCodeLens.ts';
import { addCellCommands } from './cellCommands.ts';
import { CellContext } from './cellContext.ts';
import { CellDecorations } from './cellDecorations.ts';
import { CellDiagnostics } from './cellDiagnostics.ts';
import { CellRunner } from './cellRunner.ts';
import { PlacedRuns } from './placedRuns.ts';

/** Cells in scripts, and what they give: run in the session, shown beside the code and on its lines. */
export function registerCells(parts: Parts, store: RunStore): vscode.Disposable {
  const { commands, workbench } = parts;
  const runner = new CellRunner(parts);
  const placed = new PlacedRuns(store);
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
    vscode.languages.registerCodeLensProvider({ language: 'python' }, lenses),
    lenses,
    stages,
    placed,
  );
}

function isInSight(uri: string | undefined): boolean {
  return vscode.window.visibleTextEditors.some(({ document }) => document.uri.toString() === uri);
}
