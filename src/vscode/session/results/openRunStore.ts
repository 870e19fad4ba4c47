import * as vscode from 'vscode';
import type { Errors } from '../../ui/errors.ts';
import { RunLog } from './runLog.ts';
import { RunStore } from './runStore.ts';

/** The runs of the open folder, kept in the extension's own storage; a window without a folder keeps none. */
export function openRunStore({ storageUri }: vscode.ExtensionContext, errors: Errors): RunStore {
  const note = (error: unknown): void => errors.note(error, 'session');
  const folder = storageUri && vscode.Uri.joinPath(storageUri, 'session');
  return new RunStore({
    log: folder?.scheme === 'file' ? new RunLog(folder.fsPath, note) : undefined,
    foreignTitle: vscode.l10n.t('Another client'),
    note,
  });
}
