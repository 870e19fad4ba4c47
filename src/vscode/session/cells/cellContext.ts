import * as vscode from 'vscode';
import { cellsOf } from './cellsOf.ts';

/** While somebody types. */
const calmMs = 150;

/** `medallion.hasCells`: whether the script in the active editor has cells. Keys and menus ask for it. */
export class CellContext implements vscode.Disposable {
  readonly #listening: vscode.Disposable;
  #soon: NodeJS.Timeout | undefined;
  #told = false;

  constructor() {
    this.#listening = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(() => this.#tell()),
      vscode.workspace.onDidOpenTextDocument((document) => this.#changed(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#changed(document)),
    );
    this.#tell();
  }

  dispose(): void {
    clearTimeout(this.#soon);
    this.#listening.dispose();
  }

  #changed(document: vscode.TextDocument): void {
    if (document !== vscode.window.activeTextEditor?.document) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#tell(), calmMs);
  }

  #tell(): void {
    const document = vscode.window.activeTextEditor?.document;
    const hasCells = document !== undefined && cellsOf(document).length > 0;
    if (hasCells === this.#told) return;
    this.#told = hasCells;
    void vscode.commands.executeCommand('setContext', 'medallion.hasCells', hasCells);
  }
}
