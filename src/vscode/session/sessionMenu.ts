import * as vscode from 'vscode';
import type { ActiveSession } from './activeSession.ts';

interface MenuItem extends vscode.QuickPickItem {
  command: string;
}

/** What can be done with the session now: the menu of its status bar item. */
export async function showSessionMenu(session: ActiveSession): Promise<void> {
  const { state, facts } = session;
  const item = (icon: string, label: string, command: string, description = ''): MenuItem => ({
    label: `$(${icon}) ${label}`,
    command: `medallion.${command}`,
    description,
  });
  const isLive = session.current() !== undefined;
  const hasKernel = isLive || state.phase === 'disconnected';
  const items: MenuItem[] = [
    ...(hasKernel ? [] : [item('play', vscode.l10n.t('Start Session'), 'session.start')]),
    ...(isLive && facts?.sparkError !== undefined
      ? [item('play', vscode.l10n.t('Start Spark Again'), 'session.start')]
      : []),
    ...(state.phase === 'busy'
      ? [item('debug-pause', vscode.l10n.t('Interrupt'), 'session.interrupt', session.titleOf(state.runId))]
      : []),
    ...(hasKernel ? [item('debug-restart', vscode.l10n.t('Restart…'), 'session.restart')] : []),
    ...(isLive && facts?.ui !== undefined
      ? [item('link-external', vscode.l10n.t('Open Spark UI'), 'session.openUi')]
      : []),
    item('list-flat', vscode.l10n.t('Show Results'), 'session.showResults'),
    item('symbol-variable', vscode.l10n.t('Show Variables'), 'session.focus'),
    ...(hasKernel ? [item('debug-stop', vscode.l10n.t('Stop Session'), 'session.stop')] : []),
    item('notebook', vscode.l10n.t('Open in Jupyter…'), 'session.openInJupyter'),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('What do you want to do with the session?'),
  });
  if (picked) await vscode.commands.executeCommand(picked.command);
}
