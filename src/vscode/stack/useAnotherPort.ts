import * as vscode from 'vscode';
import { nextFreePort } from '../../stack/nextFreePort.ts';
import type { Parts } from '../parts.ts';

/** Sets the variable to the next free port, in the folder's settings, and starts again. */
export async function useAnotherPort(
  { workbench, errors }: Parts,
  { port, variable }: { port: number; variable: string },
  again: () => unknown,
): Promise<void> {
  try {
    const free = await nextFreePort(port + 1);
    const settings = vscode.workspace.getConfiguration('medallion', workbench.folder);
    const { workspaceFolderValue = {} } = settings.inspect<Record<string, string>>('stack.variables') ?? {};
    await settings.update(
      'stack.variables',
      { ...workspaceFolderValue, [variable]: String(free) },
      vscode.ConfigurationTarget.WorkspaceFolder,
    );
    await again();
  } catch (error) {
    errors.show(error, 'medallion.startStack');
  }
}
