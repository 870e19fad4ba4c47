import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** Switching and adding connections. */
export function registerConnections({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
