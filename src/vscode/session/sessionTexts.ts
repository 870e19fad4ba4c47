import * as vscode from 'vscode';
import type { SessionState } from '../../session/sessionTypes.ts';

/** What the session says of its start, in the editor's language; what is not known here is shown as it is. */
export function progressSentence(message: string): string {
  switch (message) {
    case 'Looking for the kernel':
      return vscode.l10n.t('Looking for the kernel');
    case 'Starting Python':
      return vscode.l10n.t('Starting Python');
    case 'Restarting Python':
      return vscode.l10n.t('Restarting Python');
    case 'Preparing the session':
      return vscode.l10n.t('Preparing the session');
    case 'Starting Spark':
      return vscode.l10n.t('Starting Spark');
    default:
      return message;
  }
}

/** A state in a word or two, without what runs. */
export function phaseWord(state: SessionState): string {
  switch (state.phase) {
    case 'none':
      return vscode.l10n.t('not started');
    case 'starting':
      return vscode.l10n.t('starting');
    case 'idle':
      return vscode.l10n.t('idle');
    case 'busy':
      return vscode.l10n.t('busy');
    case 'disconnected':
      return vscode.l10n.t('disconnected');
    case 'dead':
      return vscode.l10n.t('ended');
  }
}
