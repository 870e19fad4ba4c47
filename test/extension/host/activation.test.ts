import { deepEqual, ok } from 'node:assert/strict';
import * as vscode from 'vscode';

describe('activation', () => {
  const extension = () => vscode.extensions.getExtension('medallion-workbench.medallion-workbench')!;

  it('happens in a folder with a stack', async () => {
    await extension().activate();
    ok(extension().isActive);
  });

  it('registers every command that package.json offers', async () => {
    await extension().activate();
    const { contributes } = extension().packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = new Set(await vscode.commands.getCommands());
    const missing = contributes.commands.map(({ command }) => command).filter((id) => !registered.has(id));
    deepEqual(missing, []);
  });
});
