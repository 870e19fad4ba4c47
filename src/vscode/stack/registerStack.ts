import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** The Stack view, its commands, the status bar item and the simulator. */
export function registerStack({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
