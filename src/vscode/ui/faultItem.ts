import * as vscode from 'vscode';
import { describeError } from '../../base/errors.ts';

/** A row in place of what could not be read. `command` tries again. */
export function faultItem(error: unknown, command: string): vscode.TreeItem {
  const text = describeError(error);
  const item = new vscode.TreeItem(text.split('\n')[0]!);
  item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground'));
  item.tooltip = text;
  item.command = { command, title: vscode.l10n.t('Try Again') };
  return item;
}
