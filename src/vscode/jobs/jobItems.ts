import * as vscode from 'vscode';
import { describeError } from '../../base/errors.ts';
import { formatCount, formatDuration, plainText } from '../../base/format.ts';
import type { StageState } from '../../spark/sparkCluster.ts';
import { timeAgo } from '../ui/timeAgo.ts';
import type { FailureRow, JobsRow } from './jobRows.ts';
import { contextWords, type RunFacts, type ShownState } from './runFacts.ts';
import type { StepFacts } from './stepFacts.ts';

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
const separator = ' · ';

export function runItem(run: RunFacts, hasHistory: boolean, now = new Date()): vscode.TreeItem {
  const item = new vscode.TreeItem(
    plainText(run.name),
    run.isFollowed && run.kind === 'pipeline' ? Expanded : Collapsed,
  );
  item.id = run.runId;
  item.iconPath = stateIcon(run.state);
  item.description = runText(run, now);
  item.contextValue = contextWords(run, hasHistory);
  item.accessibilityInformation = {
    label: [item.label as string, stateWord(run.state), item.description].join(', '),
  };
  return item;
}

/** What the row says after the name: where it is, how it ended, how long it took. */
function runText(run: RunFacts, now: Date): string {
  const kind = run.kind === 'pipeline' ? vscode.l10n.t('pipeline') : undefined;
  if (run.state === 'RUNNING') {
    const sinceMs = Math.max(0, now.getTime() - run.startedAt.getTime());
    const busy = run.stages !== undefined && run.stages.active.length > 0;
    const said = busy ? stagesText(run.stages!) : run.phase === 'running' ? undefined : run.message;
    return text(kind, run.step && plainText(run.step), said, formatClock(sinceMs));
  }
  const took = run.durationMs === undefined ? undefined : formatDuration(run.durationMs);
  const endedAt = new Date(run.startedAt.getTime() + (run.durationMs ?? 0));
  return text(kind, howItEnded(run), took, timeAgo(endedAt, now, vscode.env.language));
}

function howItEnded({ state, failure, exitCode, message }: RunFacts): string | undefined {
  switch (state) {
    case 'FINISHED':
    case 'RUNNING':
      return undefined;
    case 'KILLED':
      return vscode.l10n.t('stopped');
    case 'LOST':
      return vscode.l10n.t('lost: the cluster does not know it any more');
    case 'FAILED':
    case 'ERROR':
    case 'UNSENT':
      if (failure) return failureText(failure);
      if (exitCode !== undefined) return vscode.l10n.t('exit code {0}', exitCode);
      return message === undefined ? vscode.l10n.t('failed') : plainText(message);
  }
}

/** "AnalysisException · line 14". */
function failureText({ type, line }: { type: string; line?: number | undefined }): string {
  return text(shortType(type), line === undefined ? undefined : vscode.l10n.t('line {0}', line));
}

/** A Python type without its module. */
function shortType(type: string): string {
  return plainText(type.split('.').at(-1) ?? type);
}

function stagesText({ active, tasks, tasksDone }: NonNullable<RunFacts['stages']>): string {
  const ids = active.map(({ id }) => id).join(', ');
  return vscode.l10n.t('stage {0}, {1} of {2} tasks', ids, formatCount(tasksDone), formatCount(tasks));
}

/** A duration that ticks: `0:14`, `1:02:05`. */
function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function stateWord(state: ShownState): string {
  switch (state) {
    case 'RUNNING':
      return vscode.l10n.t('running');
    case 'FINISHED':
      return vscode.l10n.t('finished');
    case 'KILLED':
      return vscode.l10n.t('stopped');
    case 'LOST':
      return vscode.l10n.t('lost');
    case 'FAILED':
      return vscode.l10n.t('failed');
    case 'ERROR':
      return vscode.l10n.t('failed on the cluster');
    case 'UNSENT':
      return vscode.l10n.t('not submitted');
  }
}

function stateIcon(state: ShownState | StepFacts['state']): vscode.ThemeIcon {
  const icon = (id: string, color?: string): vscode.ThemeIcon =>
    new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
  switch (state) {
    case 'RUNNING':
      return icon('sync~spin');
    case 'FINISHED':
      return icon('pass', 'testing.iconPassed');
    case 'FAILED':
    case 'ERROR':
    case 'UNSENT':
      return icon('error', 'testing.iconFailed');
    case 'KILLED':
      return icon('circle-slash', 'testing.iconSkipped');
    case 'SKIPPED':
      return icon('debug-step-over', 'testing.iconSkipped');
    case 'PENDING':
      return icon('circle-large-outline', 'testing.iconUnset');
    case 'LOST':
      return icon('question', 'list.warningForeground');
  }
}

/** The rest of what is known; text from outside is never Markdown. */
export function runTooltip(run: RunFacts): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  const line = (name: string, value: string | undefined): void => {
    if (value === undefined || value === '') return;
    tooltip.appendMarkdown(`**${name}:** `).appendText(value).appendMarkdown('  \n');
  };
  const started = run.startedAt.toLocaleString(vscode.env.language);
  line(vscode.l10n.t('State'), stateWord(run.state));
  line(vscode.l10n.t('Started'), started);
  if (run.durationMs !== undefined) line(vscode.l10n.t('Took'), formatDuration(run.durationMs));
  line(vscode.l10n.t('Run'), run.runId);
  line(vscode.l10n.t('Application'), run.applicationId);
  line(vscode.l10n.t('Script'), run.script);
  if (run.kind === 'job') line(vscode.l10n.t('Arguments'), run.args.join(' '));
  if (run.failure) line(shortType(run.failure.type), firstLine(run.failure.message));
  line(vscode.l10n.t('Message'), run.message);
  return tooltip;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!.slice(0, 500);
}

/** A row below a run, or one of the list's own. */
export function rowItem(row: Exclude<JobsRow, { type: 'run' }>, run: RunFacts | undefined): vscode.TreeItem {
  switch (row.type) {
    case 'failure':
      return failureItem(row);
    case 'message': {
      const item = leaf(plainText(row.text), 'info', `${row.runId}/message`);
      item.tooltip = plainText(row.text);
      return item;
    }
    case 'step':
      return stepItem(row.runId, row.step, run);
    case 'stages': {
      const item = leaf(vscode.l10n.t('Stages'), 'layers', `${row.runId}/stages`);
      item.collapsibleState = Collapsed;
      return item;
    }
    case 'stage':
      return stageItem(row.runId, row.stage);
    case 'log': {
      const isOut = row.stream === 'stdout';
      const label = isOut ? vscode.l10n.t('Output') : vscode.l10n.t('Spark Log');
      const item = leaf(label, isOut ? 'output' : 'list-flat', `${row.runId}/${row.stream}`);
      item.command = {
        command: 'medallion.showJobLog',
        title: vscode.l10n.t('Show'),
        arguments: [row.runId, row.stream],
      };
      return item;
    }
    case 'link':
      return linkItem(row.runId, row.page);
    case 'problem':
    case 'error': {
      const item = leaf(
        describeError(row.error),
        'warning',
        row.type === 'problem' ? `${row.runId}/problem` : 'error',
      );
      item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
      item.tooltip = new vscode.MarkdownString().appendText(describeError(row.error));
      item.command = { command: 'medallion.refreshJobs', title: vscode.l10n.t('Try Again') };
      return item;
    }
    case 'more': {
      const item = leaf(vscode.l10n.t('Load More'), 'ellipsis', 'more');
      item.command = { command: 'medallion.loadMoreJobs', title: vscode.l10n.t('Load More') };
      return item;
    }
  }
}

function failureItem({ runId, failure, path }: FailureRow): vscode.TreeItem {
  const item = leaf(
    failureText(failure),
    path.length === 0 ? 'bug' : 'arrow-small-right',
    `${runId}/failure/${path.join('.')}`,
  );
  item.description = plainText(firstLine(failure.message));
  item.tooltip = new vscode.MarkdownString().appendText(
    `${failure.type}: ${failure.message.slice(0, 2_000)}`,
  );
  if (failure.causes.length > 0) item.collapsibleState = Collapsed;
  if (failure.file !== undefined) {
    item.command = {
      command: 'medallion.goToFailure',
      title: vscode.l10n.t('Go to Failing Line'),
      arguments: [runId, path],
    };
  }
  return item;
}

function stepItem(runId: string, step: StepFacts, run: RunFacts | undefined): vscode.TreeItem {
  const item = leaf(plainText(step.name), '', `${runId}/step/${step.name}`);
  // Its driver was gone before it could write down the end.
  const state = step.state === 'RUNNING' && run?.state !== 'RUNNING' ? 'KILLED' : step.state;
  item.iconPath = stateIcon(state);
  item.description = stepText({ ...step, state }, run);
  item.accessibilityInformation = {
    label: [step.name, stepWord(state), item.description].join(', '),
  };
  item.tooltip = new vscode.MarkdownString().appendText(
    [`${step.name}: ${stepWord(state)}`, step.script, item.description, step.error?.message.slice(0, 2_000)]
      .filter((part) => part)
      .join('\n'),
  );
  return item;
}

function stepText(step: StepFacts, run: RunFacts | undefined): string {
  const took = step.durationMs === undefined ? undefined : formatDuration(step.durationMs);
  switch (step.state) {
    case 'RUNNING':
      if (run?.state !== 'RUNNING') return '';
      return run.step === step.name && run.stages?.active.length
        ? stagesText(run.stages)
        : stepWord('RUNNING');
    case 'FAILED':
      return text(step.error && failureText(step.error), took);
    case 'FINISHED':
      return text(rowsText(step), took);
    case 'PENDING':
    case 'KILLED':
    case 'SKIPPED':
      return stepWord(step.state);
  }
}

/** "1,000 → 980 rows": read and written. */
function rowsText({ rowsIn, rowsOut }: StepFacts): string | undefined {
  if (rowsIn === undefined && rowsOut === undefined) return undefined;
  if (rowsIn === undefined) return vscode.l10n.t('{0} rows out', formatCount(rowsOut!));
  if (rowsOut === undefined) return vscode.l10n.t('{0} rows in', formatCount(rowsIn));
  return vscode.l10n.t('{0} → {1} rows', formatCount(rowsIn), formatCount(rowsOut));
}

function stepWord(state: StepFacts['state']): string {
  switch (state) {
    case 'PENDING':
      return vscode.l10n.t('waiting');
    case 'SKIPPED':
      return vscode.l10n.t('not part of this run');
    default:
      return stateWord(state);
  }
}

function stageItem(runId: string, stage: StageState): vscode.TreeItem {
  const { stageId, status, numTasks, numCompleteTasks, numActiveTasks, numFailedTasks } = stage;
  const item = leaf(vscode.l10n.t('Stage {0}', stageId), '', `${runId}/stage/${stageId}`);
  const isActive = status === 'ACTIVE';
  item.iconPath = stateIcon(
    isActive
      ? 'RUNNING'
      : status === 'COMPLETE'
        ? 'FINISHED'
        : status === 'FAILED'
          ? 'FAILED'
          : status === 'SKIPPED'
            ? 'SKIPPED'
            : 'PENDING',
  );
  const done =
    isActive || status === 'FAILED'
      ? vscode.l10n.t('{0} of {1} tasks', formatCount(numCompleteTasks), formatCount(numTasks))
      : numTasks === 1
        ? vscode.l10n.t('1 task')
        : vscode.l10n.t('{0} tasks', formatCount(numTasks));
  const failed = numFailedTasks > 0 ? vscode.l10n.t('{0} failed', formatCount(numFailedTasks)) : undefined;
  const active = isActive ? vscode.l10n.t('{0} running', formatCount(numActiveTasks)) : undefined;
  item.description = text(callText(stage.name), done, active, failed);
  item.tooltip = new vscode.MarkdownString().appendText(
    [stage.name, text(status.toLowerCase(), done, active, failed), stage.failureReason?.slice(0, 2_000)]
      .filter((part) => part)
      .join('\n'),
  );
  return item;
}

/** "collect at gold.py:79": Spark names a stage after the call that made it, with the whole path. */
function callText(name: string): string {
  return plainText(name.replace(/ at .*[/\\]([^/\\]+)$/, ' at $1'));
}

function linkItem(runId: string, page: 'driver' | 'history'): vscode.TreeItem {
  const isDriver = page === 'driver';
  const label = isDriver ? vscode.l10n.t('Driver UI') : vscode.l10n.t('History Server');
  const item = leaf(label, 'link-external', `${runId}/${page}`);
  item.command = {
    command: isDriver ? 'medallion.openDriverUi' : 'medallion.openHistoryUi',
    title: vscode.l10n.t('Open'),
    arguments: [runId],
  };
  return item;
}

function leaf(label: string, icon: string, id: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label, None);
  item.id = id;
  if (icon !== '') item.iconPath = new vscode.ThemeIcon(icon);
  item.contextValue = ';part;';
  return item;
}

function text(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(separator);
}
