import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { jobProperties } from './jobProperties.ts';
import type { JobRun } from './jobRuns.ts';
import { readScript, unsavedFiles } from './readScript.ts';
import { requireStack } from './requireStack.ts';
import { scriptPath } from './scriptPath.ts';

export interface Submission {
  /** The script: saved, dirty, untitled, or on the lake. */
  file: vscode.Uri;
  args: readonly string[];
  /** Spark properties; they win over the settings. */
  properties: Readonly<Record<string, string>>;
  /** Of the application; default: the script's name. */
  name?: string | undefined;
}

/**
 * Submits a script as it is in the editor now, with the modules beside it that it imports; undefined when there is no
 * stack and the user wants none. Throws before there is a run: for a script that is not there, wrong settings, no trust.
 */
export async function submitScript(
  parts: Pick<Parts, 'workbench' | 'stack' | 'runs'>,
  { file, args, properties, name = scriptName(file) }: Submission,
): Promise<JobRun | undefined> {
  const { workbench, runs } = parts;
  workbench.requireTrust();
  const path = scriptPath(file);
  const source = await readScript(file);
  const unsaved = unsavedFiles();
  const allProperties = { ...jobProperties(file.scheme === 'file' ? file : workbench.folder), ...properties };
  if (!(await requireStack(parts))) return undefined;
  const { newRunId } = await import('../../spark/jobFiles.ts');
  const runId = newRunId(name, new Date(), randomBytes(3).toString('hex'));
  return runs.start({ runId, name, kind: 'job', file, args, properties }, async (watch) => {
    const [{ runJob }, { libraryFor }, jobParts] = await Promise.all([
      import('../../spark/runJob.ts'),
      import('../../pipeline/library.ts'),
      workbench.jobParts(),
    ]);
    return runJob(
      {
        runId,
        name,
        script: { path, source },
        unsaved,
        args: [...args],
        properties: allProperties,
        modules: await libraryFor(source),
      },
      jobParts,
      watch,
    );
  });
}

/** What people call a script: its file name. */
export function scriptName(file: vscode.Uri): string {
  return file.path.split('/').at(-1) ?? file.path;
}
