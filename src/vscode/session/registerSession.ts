import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { registerCells } from './cells/registerCells.ts';
import { registerLanguage } from './language/registerLanguage.ts';
import { registerAddToPipeline } from './pipeline/registerAddToPipeline.ts';
import { registerSessionViews } from './registerSessionViews.ts';
import type { RunStore } from './results/runStore.ts';

/** The warm session: cells, results, notebooks, SQL, and the view of its variables. */
export function registerSession(parts: Parts, store: RunStore): vscode.Disposable {
  return vscode.Disposable.from(
    registerCells(parts, store),
    registerLanguage(parts),
    registerAddToPipeline(parts),
    registerSessionViews(parts),
  );
}
