import type * as vscode from 'vscode';
import type { ActiveWorkbench } from './connection/activeWorkbench.ts';
import type { JobRuns } from './jobs/jobRuns.ts';
import type { ActiveSession } from './session/activeSession.ts';
import type { StackWatch } from './stack/stackWatch.ts';
import type { Commands } from './ui/commands.ts';
import type { Errors } from './ui/errors.ts';

/** What activation makes once and gives to each feature, which takes what it needs. */
export interface Parts {
  context: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  errors: Errors;
  commands: Commands;
  workbench: ActiveWorkbench;
  stack: StackWatch;
  runs: JobRuns;
  session: ActiveSession;
}
