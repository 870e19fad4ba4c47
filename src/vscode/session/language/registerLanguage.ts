import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { loadOnce } from '../../ui/loadOnce.ts';
import { SourceSql } from './sourceSql.ts';

const languages = ['python', 'sql'];
const sqlCommands = ['runSql', 'runSqlStatement', 'runSqlStatementAndAdvance'] as const;

/** SQL files on the session, and what lake and session know for completion and hover in SQL and Python. */
export function registerLanguage(parts: Parts): vscode.Disposable {
  const sourceSql = new SourceSql();
  for (const name of sqlCommands) {
    parts.commands.add(`session.${name}`, async (uri, offset) =>
      (await import('./sqlCommands.ts'))[name](parts, uri, offset),
    );
  }
  const providers = loadOnce(
    {
      events: [vscode.workspace.onDidOpenTextDocument],
      isWanted: () => vscode.workspace.textDocuments.some(({ languageId }) => languages.includes(languageId)),
      load: async () => (await import('./languageProviders.ts')).languageProviders(parts, sourceSql),
    },
    parts.errors,
  );
  return vscode.Disposable.from(sourceSql, providers);
}
