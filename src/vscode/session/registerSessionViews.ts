import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import type { PlacedRuns } from './cells/placedRuns.ts';
import { registerNotebooks } from './notebooks/registerNotebooks.ts';
import { addSessionCommands } from './sessionCommands.ts';
import { SessionLimits } from './sessionLimits.ts';
import { SessionNotices } from './sessionNotices.ts';
import { SessionStatusBar } from './sessionStatusBar.ts';
import { VariablesTree } from './variablesTree.ts';

/** The Session view, its commands, the status bar item, limits, notebooks; finds the kernel of an earlier window. */
export function registerSessionViews(parts: Parts, placed: PlacedRuns): vscode.Disposable {
  const { session } = parts;
  const tree = new VariablesTree(session);
  addSessionCommands(parts, tree, placed);
  const disposable = vscode.Disposable.from(
    tree,
    new SessionStatusBar(session),
    new SessionLimits(session, parts),
    new SessionNotices(session),
    registerNotebooks(parts),
  );
  // After activation: whoever listens is there by then.
  queueMicrotask(() => void session.attach());
  return disposable;
}
