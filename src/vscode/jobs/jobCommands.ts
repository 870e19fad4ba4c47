import * as vscode from 'vscode';
import * as v from 'valibot';
import { WorkbenchError } from '../../base/errors.ts';
import { plainText } from '../../base/format.ts';
import type { Parts } from '../parts.ts';
import { withProgress } from '../ui/progress.ts';
import { findLine } from './failureText.ts';
import { stateWord } from './jobItems.ts';
import type { JobList } from './jobList.ts';
import type { JobRun } from './jobRuns.ts';
import { logUri } from './jobLogs.ts';
import { failureAt } from './jobsTree.ts';
import type { RunFacts } from './runFacts.ts';
import { RunFiles } from './runFiles.ts';
import { rememberedArguments } from './rememberedArguments.ts';
import { selectionOf } from './selectionOf.ts';
import { submitScript } from './submitScript.ts';
import { showLine } from './tracebackLinks.ts';

const argumentSchema = v.union([
  v.pipe(v.string(), v.regex(/^\d{8}T\d{6}-/)),
  v.pipe(
    v.object({ runId: v.string() }),
    v.transform(({ runId }) => runId),
  ),
]);
const pathSchema = v.fallback(v.array(v.number()), []);
const streamSchema = v.optional(v.picklist(['stdout', 'stderr']));

/** What can be done with one run: by its row, its id, or picked from a list. */
export function addJobCommands(parts: Parts, list: JobList): void {
  const { context, commands, workbench, runs } = parts;
  const files = new RunFiles(workbench, runs);

  const runOf = async (
    argument: unknown,
    question: string,
    wanted: (run: RunFacts) => boolean = () => true,
  ): Promise<RunFacts | undefined> => {
    const given = v.safeParse(argumentSchema, argument);
    if (!given.success) {
      await list.ready();
      return await pickRun(list.all.filter(wanted), question);
    }
    // Named by a link or another extension before the view was ever open.
    if (!list.find(given.output)) await list.refresh();
    const run = list.find(given.output);
    if (run) return run;
    throw new WorkbenchError(
      'not-found',
      vscode.l10n.t('There is no run {0} any more.', plainText(given.output)),
    );
  };

  commands.add('refreshJobs', () => list.refreshNow());
  commands.add('loadMoreJobs', () => list.loadMore());

  commands.add('cancelJob', async (argument) => {
    const run = await runOf(argument, vscode.l10n.t('Cancel which job?'), ({ state }) => state === 'RUNNING');
    if (!run) return;
    const own = runs.find(run.runId);
    if (own && run.isFollowed) return own.cancel();
    await withProgress(
      vscode.l10n.t('Stopping {0} on the cluster', plainText(run.name)),
      async (_, signal) => {
        const [{ killJob }, jobParts] = await Promise.all([
          import('../../spark/runRecords.ts'),
          workbench.jobParts(),
        ]);
        await killJob(run.runId, jobParts, { signal });
      },
      vscode.ProgressLocation.Window,
    );
    await list.refreshNow();
  });

  commands.add('showJobLog', async (argument, stream) => {
    const run = await runOf(argument, vscode.l10n.t('Show the log of which run?'));
    if (!run) return;
    const wanted = v.parse(streamSchema, stream);
    if (run.state === 'RUNNING' && wanted !== 'stderr') {
      runs.terminals.show(
        runs.find(run.runId) ?? attach(parts, run, await files.find(run.runId, run.script ?? '')),
      );
      return;
    }
    const uri = logUri(workbench.authority, run.runId, wanted ?? 'stdout');
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, 'log').then(undefined, () => undefined);
    await vscode.window.showTextDocument(document, { preview: true });
  });

  commands.add('goToFailure', async (argument, path) => {
    const run = await runOf(
      argument,
      vscode.l10n.t('Go to the failing line of which run?'),
      ({ failure }) => !!failure,
    );
    const failure = run?.failure && failureAt(run.failure, v.parse(pathSchema, path));
    if (!failure) return;
    if (failure.file === undefined) {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('The failure names no line of yours: its log says more.'),
      );
    }
    const { file, line } = failure;
    await open(
      run.runId,
      file,
      line,
      failure.frames.findLast((at) => at.file === file && at.line === line)?.code,
    );
  });

  commands.add('openJobScript', async (argument) => {
    const run = await runOf(
      argument,
      vscode.l10n.t('Open the script of which run?'),
      ({ script }) => !!script,
    );
    if (run?.script === undefined) return;
    if (run.kind === 'job') return await open(run.runId, run.script);
    const file = await files.findPipeline(run.runId, run.script, run.name);
    if (!file) throw notInWorkspace(run.script);
    await vscode.window.showTextDocument(file);
  });

  commands.add('openDriverUi', async (argument) => {
    const run = await runOf(
      argument,
      vscode.l10n.t('Open the driver UI of which run?'),
      ({ state, applicationId }) => state === 'RUNNING' && !!applicationId,
    );
    if (run) await openPage(run, false);
  });

  commands.add('openHistoryUi', async (argument) => {
    const run = await runOf(
      argument,
      vscode.l10n.t('Open which run?'),
      ({ applicationId }) => !!applicationId,
    );
    // The history server shows an application while it runs, too.
    if (run) await openPage(run, true);
  });

  commands.add('rerunJob', async (argument) => {
    const run = await runOf(argument, vscode.l10n.t('Run which job again?'), ({ script }) => !!script);
    if (!run) return;
    if (run.script === undefined) {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('The record of this run does not name its script.'),
      );
    }
    if (run.kind === 'pipeline') {
      const file = await files.findPipeline(run.runId, run.script, run.name);
      if (!file) throw notInWorkspace(run.script);
      const { startPipeline } = await import('../pipeline/startPipeline.ts');
      const own = runs.find(run.runId);
      await startPipeline(parts, file, selectionOf(run.args), own?.properties);
      return;
    }
    const file = await files.find(run.runId, run.script);
    if (!file) throw notInWorkspace(run.script);
    const properties = runs.find(run.runId)?.properties ?? rememberedArguments(context, file).properties;
    const again = await submitScript(parts, { file, name: run.name, args: run.args, properties });
    if (again) runs.terminals.open(again);
  });

  async function open(runId: string, path: string, line = 1, code?: string): Promise<void> {
    const uri = await files.find(runId, path);
    if (!uri) throw notInWorkspace(path);
    const document = await vscode.workspace.openTextDocument(uri);
    // It may have been edited since.
    await showLine(uri, findLine(document.getText().split(/\r?\n/), line, code) + 1);
  }

  async function openPage({ applicationId }: RunFacts, ended: boolean): Promise<void> {
    if (applicationId === undefined) {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('Spark has not given this run an application yet.'),
      );
    }
    const url = (await workbench.spark()).applicationUrl(applicationId, ended);
    // Under Remote SSH, WSL and code-server the page is behind a forwarded port.
    await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(url, true)));
  }
}

function notInWorkspace(path: string): WorkbenchError {
  return new WorkbenchError(
    'not-found',
    vscode.l10n.t('{0} is not in this workspace, and the lake has no copy of it.', plainText(path)),
  );
}

/** Follows a run that was started elsewhere from here on, too. */
function attach({ runs, workbench }: Parts, run: RunFacts, file: vscode.Uri | undefined): JobRun {
  const { runId, name, kind, args } = run;
  return runs.start({ runId, name, kind, file, args, properties: {} }, async (watch) => {
    const [{ attachJob }, jobParts] = await Promise.all([
      import('../../spark/runJob.ts'),
      workbench.jobParts(),
    ]);
    return attachJob(runId, jobParts, watch);
  });
}

async function pickRun(runs: readonly RunFacts[], question: string): Promise<RunFacts | undefined> {
  if (runs.length === 0) throw new WorkbenchError('not-found', vscode.l10n.t('There is no such run now.'));
  if (runs.length === 1) return runs[0];
  const items = runs.map((run) => ({
    label: plainText(run.name),
    description: stateWord(run.state),
    detail: `${run.startedAt.toLocaleString(vscode.env.language)}, ${run.runId}`,
    run,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: question, matchOnDetail: true }))?.run;
}
