import { posix, win32 } from 'node:path';
import * as vscode from 'vscode';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import type { JobRuns } from './jobRuns.ts';
import { fileOfPath, scriptPath } from './scriptPath.ts';

/** Finds the files that runs name. Paths in a record are another's word: only files of the workspace are opened by them. */
export class RunFiles {
  readonly #workbench: ActiveWorkbench;
  readonly #runs: JobRuns;

  constructor(workbench: ActiveWorkbench, runs: JobRuns) {
    this.#workbench = workbench;
    this.#runs = runs;
  }

  /**
   * A file of a run's traceback, or its script: as this window knows it, else in the workspace, else the copy of the
   * script that travelled with the run. Undefined where there is none of these.
   */
  async find(runId: string, path: string): Promise<vscode.Uri | undefined> {
    const own = this.#runs.find(runId)?.file;
    if (own && path === scriptPath(own) && (await isThere(own))) return own;
    const local = fileOfPath(path, own) ?? vscode.Uri.file(path);
    if (vscode.workspace.getWorkspaceFolder(local) && (await isThere(local))) return local;
    const copy = vscode.Uri.from({
      scheme: 'hdfs',
      authority: this.#workbench.authority,
      path: `/jobs/${runId}/${nameOf(path)}`,
    });
    return (await isThere(copy)) ? copy : undefined;
  }

  /** The file of a pipeline's run: `script` is beside it. */
  async findPipeline(runId: string, script: string, name: string): Promise<vscode.Uri | undefined> {
    const own = this.#runs.find(runId)?.file;
    if (own) return own;
    const folder = vscode.Uri.joinPath(vscode.Uri.file(script), '..');
    if (!vscode.workspace.getWorkspaceFolder(folder)) return undefined;
    const pattern = new vscode.RelativePattern(folder, '{pipeline.yaml,*.pipeline.yaml}');
    const files = await vscode.workspace.findFiles(pattern, undefined, 50);
    if (files.length <= 1) return files[0];
    for (const file of files) {
      const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8');
      if (/^name:\s*["']?([^"'\s#]+)/m.exec(text)?.[1] === name) return file;
    }
    return undefined;
  }
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  if (vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString()))
    return true;
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** The last part of a POSIX or Windows path. */
function nameOf(path: string): string {
  return posix.basename(win32.basename(path));
}
