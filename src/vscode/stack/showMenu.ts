import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import type { Simulator } from './simulator.ts';

interface MenuItem extends vscode.QuickPickItem {
  command?: string;
}

/** What can be done with the stack now: the menu of the status bar item. */
export async function showMenu({ workbench, stack }: Parts, simulator: Simulator): Promise<void> {
  const { isRemote } = workbench;
  const item = (icon: string, label: string, command: string, description = ''): MenuItem => ({
    label: `$(${icon}) ${label}`,
    command: `medallion.${command}`,
    description,
  });
  const line = (label: string): MenuItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const { isUp, isDatabaseUp, isRunning, isBusy } = stack;
  const ownStack: MenuItem[] = isRemote
    ? []
    : [
        ...(!isUp && !isBusy ? [item('play', vscode.l10n.t('Start Stack'), 'startStack')] : []),
        ...(isRunning && !isBusy ? [item('debug-stop', vscode.l10n.t('Stop Stack'), 'stopStack')] : []),
        ...(isRunning ? [item('debug-restart', vscode.l10n.t('Restart Service…'), 'restartService')] : []),
        item('output', vscode.l10n.t('Show Logs…'), 'showLogs'),
      ];
  const items: MenuItem[] = [
    line(vscode.l10n.t('Stack')),
    ...ownStack,
    ...(isRunning ? [item('link-external', vscode.l10n.t('Open Service UI…'), 'openServiceUi')] : []),
    ...(isDatabaseUp
      ? [
          line(vscode.l10n.t('Simulator')),
          simulator.isRunning
            ? item('debug-stop', vscode.l10n.t('Stop Simulator'), 'stopSimulator')
            : item('server-process', vscode.l10n.t('Start Simulator'), 'startSimulator'),
          item('add', vscode.l10n.t('Simulate Orders…'), 'simulateOrders'),
        ]
      : []),
    line(vscode.l10n.t('Medallion')),
    item('plug', vscode.l10n.t('Switch Connection…'), 'switchConnection', workbench.name),
    item('pulse', vscode.l10n.t('Doctor'), 'doctor'),
    item('output', vscode.l10n.t('Show Output'), 'showOutput'),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('What do you want to do?'),
  });
  if (picked?.command !== undefined) await vscode.commands.executeCommand(picked.command);
}
