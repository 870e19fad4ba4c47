import type * as vscode from 'vscode';

/** Names the frame of a custom editor's page for screen readers: it has none until a title is set that is another one. */
export function nameFrame(panel: vscode.WebviewPanel, name: string): void {
  panel.title = '';
  panel.title = name;
}
