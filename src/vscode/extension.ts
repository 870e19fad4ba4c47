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
import { ActiveSession } from './session/activeSession.ts';
import { registerSession } from './session/registerSession.ts';
import { openRunStore } from './session/results/openRunStore.ts';
import { registerStack } from './stack/registerStack.ts';
import { StackWatch } from './stack/stackWatch.ts';
import { registerStart } from './start/registerStart.ts';
import { Commands } from './ui/commands.ts';
import { Errors } from './ui/errors.ts';

let open: ActiveSession | undefined;

/** Wires the features to the editor. What is heavy (HDFS, Spark, Docker, charts) is loaded at its first use. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Medallion', { log: true });
  const errors = new Errors(log);
  const commands = new Commands(errors);
  const workbench = new ActiveWorkbench(context, log);
  const stack = new StackWatch(workbench, errors);
  const runs = new JobRuns(context, workbench, errors);
  const store = openRunStore(context, errors);
  const session = new ActiveSession({ workbench, stack, errors, log }, store);
  open = session;
  const parts: Parts = { context, log, errors, commands, workbench, stack, runs, session };
  commands.add('showOutput', () => log.show());
  context.subscriptions.push(
    registerStack(parts),
    registerFiles(parts),
    registerLake(parts),
    registerJobs(parts),
    registerJobsView(parts),
    registerPipeline(parts),
    registerSession(parts, store),
    registerConnections(parts),
    registerStart(parts),
    // Disposed of in this order: what others lean on goes last.
    commands,
    session,
    runs,
    stack,
    workbench,
    log,
  );
}

/** The editor waits for it: what the kernel has sent until now is kept, so that the next window goes on from there. */
export async function deactivate(): Promise<void> {
  await open?.close();
}
