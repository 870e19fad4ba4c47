import * as vscode from 'vscode';
import { sqlStatements } from '../../../session/sqlText.ts';
import type { ActiveWorkbench } from '../../connection/activeWorkbench.ts';
import { onSettingChange, readSetting } from '../../connection/settings.ts';
import { isNotebookCell } from '../notebooks/isNotebookCell.ts';
import type { SourceSql } from './sourceSql.ts';

/** A file of data is no script. */
const maxChars = 1_000_000;

/** "Run Statement | Run File" above the statements of an SQL file. */
export class SqlCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #sourceSql: SourceSql;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(workbench: ActiveWorkbench, sourceSql: SourceSql) {
    this.#workbench = workbench;
    this.#sourceSql = sourceSql;
    const anew = (): void => this.#changed.fire();
    this.#listening = vscode.Disposable.from(
      this.#changed,
      workbench.onDidChange(anew),
      sourceSql.onDidChange(anew),
      onSettingChange(anew, 'codeLens.enabled'),
      vscode.languages.registerCodeLensProvider({ language: 'sql' }, this),
    );
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const { uri } = document;
    if (!this.#workbench.isUsable || !readSetting('codeLens.enabled', uri)) return [];
    if (isNotebookCell(document)) return [];
    if (await this.#sourceSql.has(uri)) return [];
    const text = document.getText();
    if (text.length > maxChars) return [];
    return sqlStatements(text).flatMap(({ line, from }) => {
      const range = new vscode.Range(line, 0, line, 0);
      const lens = (title: string, command: string, ...args: unknown[]): vscode.CodeLens =>
        new vscode.CodeLens(range, { title, command: `medallion.session.${command}`, arguments: args });
      return [
        lens(`$(play) ${vscode.l10n.t('Run Statement')}`, 'runSqlStatement', uri, from),
        lens(`$(run-all) ${vscode.l10n.t('Run File')}`, 'runSql', uri),
      ];
    });
  }

  dispose(): void {
    this.#listening.dispose();
  }
}
