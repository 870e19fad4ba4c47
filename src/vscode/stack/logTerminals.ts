import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { LogTerminal } from './logTerminal.ts';
import { pickService } from './pickService.ts';

/** One terminal for the log of each service. */
export class LogTerminals implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #open = new Map<string, vscode.Terminal>();
  readonly #listening: vscode.Disposable;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#listening = vscode.window.onDidCloseTerminal((closed) => {
      for (const [service, terminal] of this.#open) {
        if (terminal === closed) this.#open.delete(service);
      }
    });
  }

  /** Shows the log of the service that `argument` names, or of one that the user picks. */
  async show(argument: unknown): Promise<void> {
    const { workbench } = this.#parts;
    const picked = await pickService(this.#parts, argument, {
      placeHolder: vscode.l10n.t('Whose log?'),
      isMeant: () => true,
      none: vscode.l10n.t('There is no stack yet: start it first.'),
      all: vscode.l10n.t('All services'),
    });
    if (!picked) return;
    const { service } = picked;
    let terminal = this.#open.get(service);
    if (!terminal) {
      terminal = vscode.window.createTerminal({
        name: service === '' ? vscode.l10n.t('Stack log') : vscode.l10n.t('{0} log', service),
        iconPath: new vscode.ThemeIcon('output'),
        pty: new LogTerminal(() => workbench.engine(), service === '' ? undefined : service),
      });
      this.#open.set(service, terminal);
    }
    terminal.show(true);
  }

  dispose(): void {
    this.#listening.dispose();
    for (const terminal of this.#open.values()) terminal.dispose();
  }
}
