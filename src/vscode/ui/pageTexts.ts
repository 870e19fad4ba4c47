import * as vscode from 'vscode';

/** The translated texts of the editor's language for a page's own `l10n.t`, as JSON; empty in English. */
export function pageTexts(): string {
  return JSON.stringify(vscode.l10n.bundle ?? {});
}
