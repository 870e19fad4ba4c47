import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { KnownVariables } from './knownVariables.ts';
import { LakeCatalog } from './lakeCatalog.ts';
import { PythonLanguage } from './pythonLanguage.ts';
import type { SourceSql } from './sourceSql.ts';
import { SqlCodeLens } from './sqlCodeLens.ts';
import { SqlLanguage } from './sqlLanguage.ts';

/** Completion, hover and lenses; loaded with the first document that they are for. */
export function languageProviders(parts: Parts, sourceSql: SourceSql): vscode.Disposable {
  const { workbench, session } = parts;
  const catalog = new LakeCatalog(parts);
  const variables = new KnownVariables(session);
  const sql = new SqlLanguage(catalog, sourceSql);
  return vscode.Disposable.from(
    catalog,
    variables,
    sql.register(),
    new PythonLanguage(catalog, variables, sql).register(),
    new SqlCodeLens(workbench, sourceSql),
  );
}
