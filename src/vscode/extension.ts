import * as vscode from 'vscode';
import { ActiveWorkbench } from './connection/activeWorkbench.ts';
import { registerConnections } from './connection/registerConnections.ts';
import { JobRuns } from './jobs/jobRuns.ts';
import { registerJobs } from './jobs/registerJobs.ts';
import { registerJobsView } from './jobs/registerJobsView.ts';
import { registerFiles } from './lake/registerFiles.ts';
import { registerLake } from './lake/registerLake.ts';
import type { Parts } from './parts.ts';
import { registerPipeline } from './pipeline/registerPipeline.ts';
import { registerStack } from './stack/registerStack.ts';
import { StackWatch } from './stack/stackWatch.ts';
import { registerStart } from './start/registerStart.ts';
import { Commands } from './ui/commands.ts';
import { Errors } from './ui/errors.ts';

/** Wires the features to the editor. What is heavy (HDFS, Spark, Docker, charts) is loaded at its first use. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Medallion', { log: true });
  const errors = new Errors(log);
  const commands = new Commands(errors);
  const workbench = new ActiveWorkbench(context, log);
  const stack = new StackWatch(workbench, errors);
  const runs = new JobRuns(context, workbench, errors);
  const parts: Parts = { context, log, errors, commands, workbench, stack, runs };
  commands.add('showOutput', () => log.show());
  context.subscriptions.push(
    registerStack(parts),
    registerFiles(parts),
    registerLake(parts),
    registerJobs(parts),
    registerJobsView(parts),
    registerPipeline(parts),
    registerConnections(parts),
    registerStart(parts),
    // Disposed of in this order: what others lean on goes last.
    commands,
    runs,
    stack,
    workbench,
    log,
  );
}
