import * as vscode from 'vscode';
import { formatCount } from '../../base/format.ts';
import { walk } from '../../lake/walk.ts';
import { withProgress } from '../ui/progress.ts';
import { parsePermission, permissionText } from './permissions.ts';
import type { LakeFiles } from './upload.ts';

/** Asks for the permission of a file or folder and, for a folder, whether all that is in it gets it too. */
export async function changePermissions({ workbench, files }: LakeFiles, path: string): Promise<void> {
  const lake = await workbench.lake();
  const status = await lake.stat(path);
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Permissions of {0}', path),
    prompt: vscode.l10n.t(
      'Octal, or as ls shows it. Now {0} ({1}), of {2} and the group {3}.',
      status.permission,
      permissionText(status.permission),
      status.owner,
      status.group,
    ),
    value: status.permission,
    validateInput: (text) =>
      parsePermission(text) === undefined
        ? vscode.l10n.t('Type three octal digits such as 750, or nine letters such as rwxr-x---.')
        : undefined,
  });
  const permission = typed === undefined ? undefined : parsePermission(typed);
  if (permission === undefined) return;

  let recursive = false;
  if (status.type === 'DIRECTORY' && status.childrenNum > 0) {
    const only = { label: vscode.l10n.t('This folder only'), recursive: false };
    const all = { label: vscode.l10n.t('This folder and all that is in it'), recursive: true };
    const chosen = await vscode.window.showQuickPick([only, all], {
      title: vscode.l10n.t('{0} ({1}) for', permission, permissionText(permission)),
    });
    if (!chosen) return;
    recursive = chosen.recursive;
  }
  await withProgress(vscode.l10n.t('Changing permissions'), async (onProgress, signal) => {
    await lake.setPermission(path, permission, { signal });
    if (!recursive) return;
    let done = 0;
    for await (const entry of walk(lake, path, { signal })) {
      await lake.setPermission(entry.path, permission, { signal });
      onProgress({ message: entry.name, done: ++done, unit: 'entries' });
    }
    const text = vscode.l10n.t('{0} for {1} entries below {2}', permission, formatCount(done), path);
    vscode.window.setStatusBarMessage(text, 5_000);
  });
  files.tell([{ path, kind: 'changed' }]);
}
