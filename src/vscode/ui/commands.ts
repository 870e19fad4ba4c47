import * as vscode from 'vscode';
import type { Errors } from './errors.ts';

/** Registers commands: whatever one of them throws is shown once, and nothing is left unhandled. */
export class Commands implements vscode.Disposable {
  readonly #errors: Errors;
  readonly #registered: vscode.Disposable[] = [];

  constructor(errors: Errors) {
    this.#errors = errors;
  }

  /** `id` without its prefix: `startStack`. Arguments come from menus, links and other extensions: check them. */
  add(id: string, run: (...args: unknown[]) => unknown): void {
    const command = `medallion.${id}`;
    this.#registered.push(
      vscode.commands.registerCommand(command, async (...args: unknown[]) => {
        try {
          return await run(...args);
        } catch (error) {
          this.#errors.show(error, command);
          return undefined;
        }
      }),
    );
  }

  dispose(): void {
    for (const one of this.#registered.splice(0)) one.dispose();
  }
}
