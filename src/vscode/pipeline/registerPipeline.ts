import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** Pipeline files: language features, runs, lineage, verification. */
export function registerPipeline({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
