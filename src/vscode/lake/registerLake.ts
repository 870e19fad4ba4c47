import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** The Lake view, its commands and tables. */
export function registerLake({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
