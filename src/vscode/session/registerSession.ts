import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { PlacedRuns } from './cells/placedRuns.ts';
import { registerCells } from './cells/registerCells.ts';
import { registerLanguage } from './language/registerLanguage.ts';
import { registerAddToPipeline } from './pipeline/registerAddToPipeline.ts';
import { registerSessionViews } from './registerSessionViews.ts';
import type { RunStore } from './results/runStore.ts';

/** The warm session: cells, results, notebooks, SQL, and the view of its variables. */
export function registerSession(parts: Parts, store: RunStore): vscode.Disposable {
  const placed = new PlacedRuns(store);
  return vscode.Disposable.from(
    registerCells(parts, store, placed),
    registerLanguage(parts),
    registerAddToPipeline(parts),
    registerSessionViews(parts, placed),
    placed,
  );
}
