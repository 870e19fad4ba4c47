import * as vscode from 'vscode';

/** A button of a notification, which gives it back when it is chosen: `.then((chosen) => chosen?.run())`. */
export interface Remedy extends vscode.MessageItem {
  run: () => unknown;
}

/** A button that runs a command. */
export function remedy(title: string, command: string, ...args: unknown[]): Remedy {
  return { title, run: () => vscode.commands.executeCommand(command, ...args) };
}
