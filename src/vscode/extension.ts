import * as vscode from 'vscode';
import { Workbench } from '../workbench.ts';

/** Activation wires the workbench to the editor; the commands, trees and panels join in here as they come. */
export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('Medallion', { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand('medallion.showStackStatus', () => showStackStatus(context, output)),
  );
}

/** Writes one line a service to the output channel, and shows it. */
async function showStackStatus(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder?.uri.scheme !== 'file') {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Open a folder first: the stack belongs to a folder.'),
    );
    return;
  }
  const workbench = new Workbench({
    workspaceDir: folder.uri.fsPath,
    installDir: context.extensionPath,
    env: process.env,
    log: output,
  });
  try {
    const engine = await workbench.engine();
    for (const service of await engine.status())
      output.info(`${service.service}-${service.replica}: ${service.state}`);
    output.show();
  } catch (error) {
    output.error(error instanceof Error ? error : String(error));
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  } finally {
    await workbench.close();
  }
}
