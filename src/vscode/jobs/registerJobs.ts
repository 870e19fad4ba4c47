import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** Submitting scripts: commands, output, diagnostics, tasks, launch configurations, CodeLens. */
export function registerJobs({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
