import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** The walkthrough, the new project and its charts. */
export function registerStart({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
