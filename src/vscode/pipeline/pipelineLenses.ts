import * as vscode from 'vscode';
import { formatCount, formatDuration, plainText } from '../../base/format.ts';
import type { PipelineOutline } from '../../pipeline/pipelineOutline.ts';
import type { StageProgress } from '../../spark/job.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { onSettingChange, readSetting } from '../connection/settings.ts';
import { timeAgo } from '../ui/timeAgo.ts';
import { pipelineGlob } from './pipelineFiles.ts';
import type { PipelineHistory } from './pipelineHistory.ts';
import type { CourseRun, StepResult } from './pipelineRuns.ts';

/** How a verification of this window ended. */
export interface Verified {
  equal: boolean;
  at: Date;
}

/** "2 min. ago" is told anew this often. */
const agePauseMs = 60_000;

/** Above a pipeline and each of its steps: run it, and how the last run went or goes. */
export class PipelineLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #history: PipelineHistory;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: { dispose(): unknown }[];
  readonly #verified = new Map<string, Verified>();
  readonly #clock: NodeJS.Timeout;

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(workbench: ActiveWorkbench, history: PipelineHistory) {
    this.#workbench = workbench;
    this.#history = history;
    const anew = (): void => this.#changed.fire();
    this.#listening = [
      this.#changed,
      workbench.onDidChange(() => {
        this.#verified.clear();
        anew();
      }),
      history.onDidChange(anew),
      onSettingChange(anew, 'codeLens.enabled'),
      vscode.languages.registerCodeLensProvider({ pattern: pipelineGlob }, this),
    ];
    // VS Code asks only for documents that are shown.
    this.#clock = setInterval(anew, agePauseMs);
  }

  showVerified(file: vscode.Uri, verified: Verified): void {
    this.#verified.set(file.toString(), verified);
    this.#changed.fire();
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const { uri } = document;
    if (!this.#workbench.isUsable || !readSetting('codeLens.enabled', uri)) return [];
    const { outlinePipeline } = await import('../../pipeline/pipelineOutline.ts');
    const outline = outlinePipeline(document.getText());
    if (outline.steps.length === 0) return [];
    const lenses: vscode.CodeLens[] = [];
    const add = (line: number, title: string, command: string, ...args: unknown[]): void => {
      const range = new vscode.Range(line, 0, line, 0);
      lenses.push(new vscode.CodeLens(range, { title, command: `medallion.${command}`, arguments: args }));
    };
    const { latest, steps } =
      outline.name === undefined
        ? { latest: undefined, steps: undefined }
        : this.#history.course(outline.name);
    const isRunning = latest?.state === 'RUNNING';
    this.#top(uri, outline, latest, add);
    for (const step of outline.steps) {
      if (step.name === undefined) continue;
      if (!isRunning) {
        add(step.line, `$(play) ${vscode.l10n.t('Run step')}`, 'runPipelineStep', uri, step.name);
        add(step.line, `$(run-below) ${vscode.l10n.t('Run from here')}`, 'runPipelineFrom', uri, step.name);
      }
      const result = steps?.get(step.name);
      if (!result) continue;
      const [title, command, ...args] = resultLens(result, latest?.own?.stages);
      add(step.line, title, command, ...args);
    }
    if (outline.verifyLine !== undefined) {
      add(outline.verifyLine, `$(pass) ${vscode.l10n.t('Verify gold against source')}`, 'verify', uri);
      const verified = this.#verified.get(uri.toString());
      if (verified) add(outline.verifyLine, verifiedText(verified), 'verify', uri);
    }
    return lenses;
  }

  dispose(): void {
    clearInterval(this.#clock);
    for (const one of this.#listening) one.dispose();
  }

  #top(
    uri: vscode.Uri,
    outline: PipelineOutline,
    latest: CourseRun | undefined,
    add: (line: number, title: string, command: string, ...args: unknown[]) => void,
  ): void {
    const line = outline.nameLine ?? 0;
    if (latest?.state === 'RUNNING') {
      add(line, `$(sync~spin) ${runningText(latest)}`, 'showJobLog', latest.runId);
      add(line, `$(debug-stop) ${vscode.l10n.t('Cancel')}`, 'cancelJob', latest.runId);
    } else {
      add(line, `$(run-all) ${vscode.l10n.t('Run pipeline')}`, 'runPipeline', uri);
      if (latest && latest.state !== 'FINISHED') {
        const text =
          latest.step === undefined
            ? vscode.l10n.t('Resume')
            : vscode.l10n.t('Resume at {0}', plainText(latest.step));
        add(line, `$(debug-continue) ${text}`, 'resumePipeline', uri);
      }
      if (latest) add(line, lastRunText(latest), 'showPipelineRuns', uri);
    }
    add(line, `$(type-hierarchy) ${vscode.l10n.t('Lineage')}`, 'showLineage', uri);
  }
}

/** "silver · stage 3 · 120 of 200 tasks". */
export function runningText({ step, own }: CourseRun): string {
  const at = step === undefined ? undefined : plainText(step);
  const stage = stageText(own?.stages);
  const waits =
    stage === undefined && (at === undefined || own?.state?.phase !== 'running')
      ? own?.state?.message
      : undefined;
  const words = [at, stage ?? waits].filter((word) => word !== undefined);
  return words.length === 0 ? vscode.l10n.t('Running') : words.join(' · ');
}

function stageText(stages: StageProgress | undefined): string | undefined {
  const stage = stages?.active[0];
  if (!stages || !stage) return undefined;
  return vscode.l10n.t(
    'stage {0} · {1} of {2} tasks',
    stage.id,
    formatCount(stages.tasksDone),
    formatCount(stages.tasks),
  );
}

function lastRunText({ state, startedAt, durationMs }: CourseRun): string {
  const ago = timeAgo(startedAt, new Date(), vscode.env.language);
  const took = durationMs === undefined ? '' : formatDuration(durationMs);
  if (state === 'FINISHED') return `$(pass) ${vscode.l10n.t('last run {0} in {1}', ago, took)}`;
  if (state === 'KILLED') return `$(circle-slash) ${vscode.l10n.t('last run stopped {0}', ago)}`;
  if (state === 'lost') return `$(question) ${vscode.l10n.t('last run lost {0}', ago)}`;
  return `$(error) ${vscode.l10n.t('last run failed {0}', ago)}`;
}

/** How a step went, in a few words. */
export function resultText({ state, rowsIn, rowsOut, durationMs, error }: StepResult): string {
  const took = durationMs === undefined ? '' : formatDuration(durationMs);
  switch (state) {
    case 'FINISHED': {
      const rows = rowsOut ?? rowsIn;
      return rows === undefined
        ? vscode.l10n.t('finished in {0}', took)
        : vscode.l10n.t('{0} rows in {1}', formatCount(rows), took);
    }
    case 'FAILED': {
      const file = error?.file?.split(/[/\\]/).at(-1);
      const where = file === undefined || error?.line === undefined ? '' : ` · ${file}:${error.line}`;
      return plainText(`${error?.type ?? vscode.l10n.t('failed')}${where}`);
    }
    case 'RUNNING':
      return vscode.l10n.t('running');
    case 'PENDING':
      return vscode.l10n.t('waiting');
    default:
      return vscode.l10n.t('stopped');
  }
}

function resultLens(
  result: StepResult,
  stages: StageProgress | undefined,
): [title: string, command: string, ...args: unknown[]] {
  const text = resultText(result);
  switch (result.state) {
    case 'FINISHED':
      return [`$(pass) ${text}`, 'showJobLog', result.runId];
    case 'FAILED':
      return [`$(error) ${text}`, 'goToFailure', result.runId];
    case 'RUNNING': {
      const stage = stageText(stages);
      return [`$(sync~spin) ${stage ?? text}`, 'showJobLog', result.runId];
    }
    case 'PENDING':
      return [`$(clock) ${text}`, 'showJobLog', result.runId];
    default:
      return [`$(circle-slash) ${text}`, 'showJobLog', result.runId];
  }
}

function verifiedText({ equal, at }: Verified): string {
  const ago = timeAgo(at, new Date(), vscode.env.language);
  return equal
    ? `$(check) ${vscode.l10n.t('equal to the source, {0}', ago)}`
    : `$(error) ${vscode.l10n.t('differs from the source, {0}', ago)}`;
}
