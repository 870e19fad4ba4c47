import * as vscode from 'vscode';
import type { ActiveWorkbench } from '../../connection/activeWorkbench.ts';
import { onSettingChange, readSetting } from '../../connection/settings.ts';
import { cellsOf } from './cellsOf.ts';

/** "Run Cell | Run Above | Run Below" at each `# %%` of a script. */
export class CellCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(workbench: ActiveWorkbench) {
    this.#workbench = workbench;
    const anew = (): void => this.#changed.fire();
    this.#listening = vscode.Disposable.from(
      this.#changed,
      workbench.onDidChange(anew),
      onSettingChange(anew, 'codeLens.enabled'),
    );
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!this.#workbench.isUsable || !readSetting('codeLens.enabled', document.uri)) return [];
    const runnable = cellsOf(document).filter(({ code }) => code !== '');
    return runnable.flatMap(({ line }, i) => {
      const at = new vscode.Range(line, 0, line, 0);
      const lens = (title: string, command: string): vscode.CodeLens => {
        const call = { title, command: `medallion.session.${command}`, arguments: [document.uri, line] };
        return new vscode.CodeLens(at, call);
      };
      return [
        lens(`$(play) ${vscode.l10n.t('Run Cell')}`, 'runCell'),
        ...(i > 0 ? [lens(vscode.l10n.t('Run Above'), 'runAbove')] : []),
        ...(i < runnable.length - 1 ? [lens(vscode.l10n.t('Run Below'), 'runBelow')] : []),
      ];
    });
  }

  dispose(): void {
    this.#listening.dispose();
  }
}
