import * as vscode from 'vscode';
import type { JobRun } from '../jobs/jobRuns.ts';
import type { Parts } from '../parts.ts';
import { frameName } from '../tables/frameFiles.ts';
import { TableEditors } from '../tables/tableEditors.ts';
import { LakeDrag } from './lakeDrag.ts';
import { isLakeEntry, tablePathOf } from './lakeEntry.ts';
import type { EntryRow, LakeRow } from './lakeRows.ts';
import { LakeTree } from './lakeTree.ts';
import { LakeUpkeep } from './lakeUpkeep.ts';
import { pickTable } from './pickTable.ts';

/** The Lake view, its commands and tables. */
export function registerLake(parts: Parts): vscode.Disposable {
  const { workbench, stack, errors, runs, commands } = parts;
  const tree = new LakeTree(workbench, stack, errors);
  const tables = new TableEditors(parts);
  const drag = new LakeDrag(workbench, tree, errors);
  const view = vscode.window.createTreeView<LakeRow>('medallion.lake', {
    treeDataProvider: tree,
    dragAndDropController: drag,
    showCollapseAll: true,
    canSelectMany: true,
  });
  const upkeep = new LakeUpkeep(parts, view, tree);

  commands.add('refreshLake', (what: unknown) => {
    if (what instanceof vscode.Uri && what.scheme === 'hdfs') tree.refresh(what.path);
    else tree.refresh();
  });
  commands.add('loadMore', async (row: unknown) => {
    if (isRow(row) && row.row === 'more') await tree.more(row.folder);
  });
  commands.add('filterEntries', (row: unknown) =>
    isRow(row) && row.row === 'entry' ? findInFolder(tree, row) : undefined,
  );
  commands.add('openTable', async (what: unknown) => {
    const path = tablePathOf(what) ?? (await pickTable(workbench, vscode.l10n.t('Which table is opened?')));
    if (path !== undefined) await tables.show(path);
  });
  commands.add('showTableHistory', async (what: unknown) => {
    const path =
      tablePathOf(what) ??
      (await pickTable(workbench, vscode.l10n.t('The history of which table?'), 'delta'));
    if (path !== undefined) await tables.show(path, 'history');
  });
  commands.add('session.openFrame', (what: unknown) => tables.showFrame(frameName(what)));
  const ended = new Set<string>();
  const changed = (run: JobRun): void => {
    // Each step of a pipeline writes tables.
    const steps = run.events.filter(({ event }) => event === 'step-end').length;
    const isOver = run.result !== undefined || run.error !== undefined;
    const state = `${run.runId} ${steps} ${isOver}`;
    if ((steps === 0 && !isOver) || ended.has(state)) return;
    ended.add(state);
    upkeep.spoil();
    if (isOver) tables.noteRun();
  };
  return vscode.Disposable.from(view, upkeep, tables, tree, runs.onDidChange(changed));
}

async function findInFolder(tree: LakeTree, row: EntryRow): Promise<void> {
  const prefix = await vscode.window.showInputBox({
    title: vscode.l10n.t('Find in {0}', row.path),
    prompt: vscode.l10n.t('How the names begin; upper and lower case differ. Empty shows all.'),
    value: tree.prefixOf(row),
    validateInput: (text) =>
      text.includes('/') ? vscode.l10n.t('A name has no slash: open the folder that is meant.') : undefined,
  });
  if (prefix !== undefined) tree.find(row, prefix);
}

function isRow(value: unknown): value is LakeRow {
  if (typeof value !== 'object' || value === null || !('row' in value)) return false;
  if (value.row === 'entry') return isLakeEntry(value);
  return value.row === 'more' && 'folder' in value && isLakeEntry(value.folder);
}
