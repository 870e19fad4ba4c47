import * as vscode from 'vscode';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { requireServer } from './openSession.ts';

const jupyterExtension = 'ms-toolsai.jupyter';

/**
 * Hands the session's server to the Jupyter extension, or to whatever else speaks to one: its address and its token, one
 * after the other, over the clipboard. The token never becomes a part of an address, which histories and logs keep.
 */
export async function openInJupyter(workbench: ActiveWorkbench): Promise<void> {
  workbench.requireTrust();
  const { url, token } = await requireServer(workbench);
  const address = url.href;
  const copyToken = vscode.l10n.t('Copy Token');
  const copyAddress = vscode.l10n.t('Copy Address');
  const findExtension = vscode.l10n.t('Find the Jupyter Extension');
  const isThere = vscode.extensions.getExtension(jupyterExtension) !== undefined;
  await vscode.env.clipboard.writeText(address);
  let message = vscode.l10n.t(
    'The address of the Jupyter server, {0}, is in the clipboard. In a notebook choose Select Kernel, Existing Jupyter Server…, and paste it; then copy the token, and paste it where a password is asked for.',
    address,
  );
  let buttons = [copyToken, ...(isThere ? [] : [findExtension])];
  for (;;) {
    const chosen = await vscode.window.showInformationMessage(message, ...buttons);
    if (chosen === copyToken) {
      await vscode.env.clipboard.writeText(token);
      message = vscode.l10n.t(
        'The token is in the clipboard: paste it where the Jupyter extension asks for a password. Among the kernels that run there is that of the session.',
      );
      buttons = [copyAddress];
    } else if (chosen === copyAddress) {
      await vscode.env.clipboard.writeText(address);
      message = vscode.l10n.t('The address of the Jupyter server, {0}, is in the clipboard.', address);
      buttons = [copyToken];
    } else {
      if (chosen === findExtension)
        await vscode.commands.executeCommand('workbench.extensions.search', `@id:${jupyterExtension}`);
      return;
    }
  }
}
