import * as vscode from 'vscode';

/** Something that was done once in this workspace: kept over a reload, and told to the walkthrough. */
export class Milestone {
  readonly #kept: vscode.Memento;
  readonly #key: string;
  readonly #contextKey: string;

  /** `key` is what it is kept by; `contextKey` is what `when` clauses ask. */
  constructor({ workspaceState }: vscode.ExtensionContext, key: string, contextKey: string) {
    this.#kept = workspaceState;
    this.#key = key;
    this.#contextKey = contextKey;
    if (this.isReached) this.#tell();
  }

  get isReached(): boolean {
    return this.#kept.get(this.#key) === true;
  }

  reach(): void {
    if (this.isReached) return;
    void this.#kept.update(this.#key, true);
    this.#tell();
  }

  #tell(): void {
    void vscode.commands.executeCommand('setContext', this.#contextKey, true);
  }
}
