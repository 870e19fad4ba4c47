import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { addJobCommands } from './jobCommands.ts';
import { JobList } from './jobList.ts';
import { JobLogs, logScheme } from './jobLogs.ts';
import { JobTasks } from './jobTasks.ts';
import { JobsTree } from './jobsTree.ts';
import { registerLaunch } from './launchConfigurations.ts';
import { ScriptCodeLens } from './scriptCodeLens.ts';

/** The Jobs view and its commands; tasks, launch configurations and CodeLens of scripts. */
export function registerJobsView(parts: Parts): vscode.Disposable {
  const { workbench, stack, runs, errors } = parts;
  const list = new JobList(workbench, stack, runs, errors);
  const tree = new JobsTree(list, runs, workbench);
  const view = vscode.window.createTreeView('medallion.jobs', {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  const codeLens = new ScriptCodeLens(workbench, runs);
  addJobCommands(parts, list);
  list.show(view.visible);
  const tellStart = (): void => {
    const isEmpty = stack.phase === 'starting' && list.all.length === 0;
    view.message = isEmpty ? vscode.l10n.t('Spark is starting.') : '';
  };
  return vscode.Disposable.from(
    view.onDidChangeVisibility(({ visible }) => list.show(visible)),
    stack.onDidChange(tellStart),
    list.onDidChange(tellStart),
    view,
    tree,
    list,
    codeLens,
    vscode.languages.registerCodeLensProvider({ language: 'python' }, codeLens),
    vscode.tasks.registerTaskProvider('medallion', new JobTasks(parts)),
    registerLaunch(parts),
    vscode.workspace.registerTextDocumentContentProvider(logScheme, new JobLogs(workbench)),
  );
}
