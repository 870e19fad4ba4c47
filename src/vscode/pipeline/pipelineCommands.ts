import * as vscode from 'vscode';
import * as v from 'valibot';
import { WorkbenchError } from '../../base/errors.ts';
import { formatDuration, plainText } from '../../base/format.ts';
import type { Pipeline } from '../../pipeline/pipelineFile.ts';
import type { PipelineRun } from '../../pipeline/history.ts';
import type { Selection } from '../../pipeline/plan.ts';
import { requireStack } from '../jobs/requireStack.ts';
import type { Parts } from '../parts.ts';
import { withProgress } from '../ui/progress.ts';
import { remedy } from '../ui/remedy.ts';
import { timeAgo } from '../ui/timeAgo.ts';
import type { PipelineFiles } from './pipelineFiles.ts';
import type { PipelineHistory } from './pipelineHistory.ts';
import type { PipelineLenses } from './pipelineLenses.ts';
import { readPipeline, startPipeline } from './startPipeline.ts';
import type { VerifyPanels } from './verifyPanel.ts';

const stepSchema = v.pipe(v.string(), v.nonEmpty());

export interface PipelineCommandParts {
  parts: Parts;
  files: PipelineFiles;
  history: PipelineHistory;
  lenses: PipelineLenses;
  panels: VerifyPanels;
}

/** Run a pipeline, or a part of it; hold its gold against the source; look at its runs. */
export function addPipelineCommands({ parts, files, history, lenses, panels }: PipelineCommandParts): void {
  const { commands, workbench, errors } = parts;

  const run = async (
    argument: unknown,
    question: string,
    select: (pipeline: Pipeline) => Promise<Selection | undefined> | Selection,
  ): Promise<void> => {
    workbench.requireTrust();
    const file = await files.choose(argument, question);
    if (!file) return;
    const pipeline = await readPipeline(file);
    const running = history.running(pipeline.name);
    if (running) {
      // The medallion lets one run at a time work on it: a second one would only wait.
      const busy = vscode.l10n.t(
        'The pipeline {0} is running: wait for its end, or cancel it.',
        pipeline.name,
      );
      const showLog = remedy(vscode.l10n.t('Show Log'), 'medallion.showJobLog', running.runId);
      errors.show(new WorkbenchError('conflict', busy), 'medallion.runPipeline', showLog);
      return;
    }
    const selection = await select(pipeline);
    if (!selection || !(await requireStack(parts))) return;
    await startPipeline(parts, file, selection);
  };

  commands.add('runPipeline', (file) => run(file, vscode.l10n.t('Run which pipeline?'), () => ({})));

  commands.add('runPipelineStep', (file, step) =>
    run(file, vscode.l10n.t('Run a step of which pipeline?'), async (pipeline) => {
      const only = await chooseStep(pipeline, step, vscode.l10n.t('Run which step?'));
      return only === undefined ? undefined : { only };
    }),
  );

  commands.add('runPipelineFrom', (file, step) =>
    run(file, vscode.l10n.t('Run which pipeline?'), async (pipeline) => {
      const from = await chooseStep(pipeline, step, vscode.l10n.t('Run from which step on?'));
      return from === undefined ? undefined : { from };
    }),
  );

  commands.add('resumePipeline', (file) =>
    run(file, vscode.l10n.t('Resume which pipeline?'), async (pipeline) => {
      // What there is to resume is looked up before a run begins: nothing to resume is an answer, not a failed run.
      if (await requireStack(parts)) {
        const [{ planRun }, { lastRun }, jobParts] = await Promise.all([
          import('../../pipeline/plan.ts'),
          import('../../pipeline/history.ts'),
          workbench.jobParts(),
        ]);
        const plan = planRun(pipeline.steps, { resume: true }, await lastRun(jobParts, pipeline.name));
        const first = plan.find((one) => one.run)?.step.name;
        return first === undefined ? undefined : { from: first };
      }
      return undefined;
    }),
  );

  commands.add('verify', async (argument) => {
    workbench.requireTrust();
    const file = await files.choose(argument, vscode.l10n.t('Verify which pipeline?'));
    if (!file || !(await requireStack(parts))) return;
    const pipeline = await readPipeline(file);
    const verification = await withProgress(
      vscode.l10n.t('Verifying {0} against its source', pipeline.name),
      async (_, signal) => {
        const [{ verifyPipeline }, { requirePostgres }, lake, connection] = await Promise.all([
          import('../../pipeline/verify.ts'),
          import('../../stack/connection.ts'),
          workbench.lake(),
          workbench.connection(),
        ]);
        return verifyPipeline(pipeline, { lake, postgres: requirePostgres(connection) }, { signal });
      },
    );
    lenses.showVerified(file, { equal: verification.equal, at: new Date() });
    panels.show(file, verification);
  });

  commands.add('showPipelineRuns', async (argument) => {
    const file = await files.choose(argument, vscode.l10n.t('The runs of which pipeline?'));
    if (!file) return;
    const { name } = await readPipeline(file);
    await history.read(name);
    const picked = await vscode.window.showQuickPick(history.records(name).map(runItem), {
      title: vscode.l10n.t('Runs of {0}', name),
      placeHolder: vscode.l10n.t('Choose a run to see its log'),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (picked) await vscode.commands.executeCommand('medallion.showJobLog', picked.runId);
  });
}

/** A step by its name, or the one that is picked; the only one is not asked for. */
async function chooseStep(pipeline: Pipeline, given: unknown, question: string): Promise<string | undefined> {
  const named = v.safeParse(stepSchema, given);
  if (named.success) return named.output;
  if (pipeline.steps.length === 1) return pipeline.steps[0]!.name;
  const picked = await vscode.window.showQuickPick(
    pipeline.steps.map(({ name, script, args, description }) => ({
      label: name,
      description: [script, ...args].join(' '),
      ...(description === undefined ? {} : { detail: description }),
    })),
    { title: question, placeHolder: vscode.l10n.t('Step') },
  );
  return picked?.label;
}

function runItem(run: PipelineRun): vscode.QuickPickItem & { runId: string } {
  const icons = {
    FINISHED: 'pass',
    RUNNING: 'sync~spin',
    KILLED: 'circle-slash',
    FAILED: 'error',
    lost: 'question',
  };
  const ago = timeAgo(new Date(run.startedAt), new Date(), vscode.env.language);
  const took = run.durationMs === undefined ? '' : ` · ${formatDuration(run.durationMs)}`;
  const failed = run.steps.find(({ error }) => error !== undefined);
  return {
    label: `$(${icons[run.state]}) ${ago}`,
    description: `${stateWord(run.state)}${took}`,
    detail: failed
      ? plainText(`${failed.name}: ${failed.error?.type ?? ''}: ${failed.error?.message ?? ''}`).slice(0, 200)
      : run.steps
          .filter(({ state }) => state !== 'SKIPPED')
          .map(({ name }) => plainText(name))
          .join(' · '),
    runId: run.runId,
  };
}

function stateWord(state: PipelineRun['state']): string {
  switch (state) {
    case 'FINISHED':
      return vscode.l10n.t('finished');
    case 'RUNNING':
      return vscode.l10n.t('running');
    case 'KILLED':
      return vscode.l10n.t('stopped');
    case 'FAILED':
      return vscode.l10n.t('failed');
    case 'lost':
      return vscode.l10n.t('lost');
  }
}
