import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { Pipeline } from '../../pipeline/pipelineFile.ts';
import type { Selection } from '../../pipeline/plan.ts';
import { jobProperties } from '../jobs/jobProperties.ts';
import type { JobRun } from '../jobs/jobRuns.ts';
import { unsavedFiles } from '../jobs/readScript.ts';
import type { Parts } from '../parts.ts';

/**
 * Runs the steps of a pipeline file as a run that this window follows. The file and the steps' scripts are taken as the
 * editor has them, saved or not. Throws `invalid` for a wrong file, a step that does not exist, or nothing to resume.
 */
export async function startPipeline(
  { workbench, runs }: Pick<Parts, 'workbench' | 'runs'>,
  file: vscode.Uri,
  selection: Selection = {},
  properties: Readonly<Record<string, string>> = {},
): Promise<JobRun> {
  workbench.requireTrust();
  const pipeline = await readPipeline(file);
  const [{ runPipeline }, { newRunId }, { planRun }, jobParts] = await Promise.all([
    import('../../pipeline/runPipeline.ts'),
    import('../../spark/jobFiles.ts'),
    import('../../pipeline/plan.ts'),
    workbench.jobParts(),
  ]);
  // A wrong step is an answer to who asked, not a run that failed.
  if (!selection.resume) planRun(pipeline.steps, selection);
  const runId = newRunId(pipeline.name, new Date(), randomBytes(3).toString('hex'));
  const unsaved = unsavedFiles();
  // The file's own properties stand between the settings and what is given for this run.
  const all = { ...jobProperties(file), ...pipeline.properties, ...properties };
  return runs.start(
    { runId, name: pipeline.name, kind: 'pipeline', file, args: selectionWords(selection), properties },
    async (watch) => {
      const options = { ...selection, runId, properties: all, unsaved };
      return (await runPipeline(pipeline, jobParts, options, watch)).job;
    },
  );
}

/** The pipeline of a file, as the editor has it, saved or not. Throws `invalid` with every problem of the file. */
export async function readPipeline(file: vscode.Uri): Promise<Pipeline> {
  if (file.scheme !== 'file') {
    throw new WorkbenchError(
      'unsupported',
      vscode.l10n.t(
        'A pipeline runs from a file on this machine, next to its scripts: save it to the folder first.',
      ),
    );
  }
  const { loadPipeline } = await import('../../pipeline/pipelineFile.ts');
  return loadPipeline(file.fsPath, dirtyText(file.fsPath));
}

/** What `medallion pipeline run` calls the same. */
function selectionWords({ from, only, resume }: Selection): string[] {
  if (only !== undefined) return ['--only', only];
  if (from !== undefined) return ['--from', from];
  return resume ? ['--resume'] : [];
}

function dirtyText(path: string): string | undefined {
  return vscode.workspace.textDocuments
    .find(({ uri, isDirty }) => isDirty && uri.scheme === 'file' && uri.fsPath === path)
    ?.getText();
}
