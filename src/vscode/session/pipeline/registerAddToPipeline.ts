import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { PipelineFiles } from '../../pipeline/pipelineFiles.ts';

/** A script that was tried out becomes a step of a pipeline. */
export function registerAddToPipeline({ commands }: Parts): vscode.Disposable {
  const files = new PipelineFiles();
  commands.add('session.addToPipeline', async (argument) => {
    const { addToPipeline } = await import('./addToPipeline.ts');
    return addToPipeline(files, argument);
  });
  return vscode.Disposable.from(files);
}
