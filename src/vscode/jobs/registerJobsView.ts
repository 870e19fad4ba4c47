import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** The Jobs view and its commands. */
export function registerJobsView({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
