import * as vscode from 'vscode';
import { formatBytes, plainText } from '../../base/format.ts';
import type { ActiveSession } from './activeSession.ts';
import { memoryPercent } from './memoryUse.ts';
import { phaseWord } from './sessionTexts.ts';

/** Longer titles of runs are cut: the bar is for all. */
const maxTitle = 40;

/** "Session: idle", and a click away what can be done with it; hidden where there is none. */
export class SessionStatusBar implements vscode.Disposable {
  readonly #session: ActiveSession;
  readonly #item: vscode.StatusBarItem;
  readonly #listening: { dispose(): unknown }[];

  constructor(session: ActiveSession) {
    this.#session = session;
    this.#item = vscode.window.createStatusBarItem('medallion.session', vscode.StatusBarAlignment.Left, 9);
    this.#item.name = vscode.l10n.t('Medallion Session');
    this.#item.command = 'medallion.session.showMenu';
    const draw = (): void => this.#draw();
    this.#listening = [this.#item, session.onDidChangeState(draw), session.onDidChangeFacts(draw)];
    this.#draw();
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }

  #draw(): void {
    const { state, facts } = this.#session;
    if (state.phase === 'none') return this.#item.hide();
    const hasSpark = facts?.sparkError === undefined;
    const text = this.#text(hasSpark);
    const isWrong = state.phase === 'dead' || (state.phase === 'idle' && !hasSpark);
    this.#item.text = `$(${this.#icon(isWrong)}) ${vscode.l10n.t('Session: {0}', text)}`;
    this.#item.backgroundColor = isWrong
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.tooltip = this.#tooltip();
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Medallion session: {0}', text),
      role: 'button',
    };
    this.#item.show();
  }

  #icon(isWrong: boolean): string {
    if (isWrong) return 'warning';
    switch (this.#session.state.phase) {
      case 'starting':
      case 'busy':
        return 'loading~spin';
      case 'disconnected':
        return 'debug-disconnect';
      default:
        return 'circle-filled';
    }
  }

  #text(hasSpark: boolean): string {
    const { state } = this.#session;
    switch (state.phase) {
      case 'busy':
        return cut(this.#session.titleOf(state.runId) ?? phaseWord(state));
      case 'idle':
        return hasSpark ? phaseWord(state) : vscode.l10n.t('no Spark');
      default:
        return phaseWord(state);
    }
  }

  #tooltip(): vscode.MarkdownString {
    const { state, facts } = this.#session;
    const tooltip = new vscode.MarkdownString();
    const line = (name: string, value: string | undefined): void => {
      if (value === undefined || value === '') return;
      tooltip.appendMarkdown(`**${name}:** `).appendText(value).appendMarkdown('  \n');
    };
    if ('reason' in state) tooltip.appendText(state.reason).appendMarkdown('  \n');
    if ('message' in state) tooltip.appendText(state.message).appendMarkdown('  \n');
    if (state.phase === 'busy')
      line(vscode.l10n.t('Runs'), this.#session.titleOf(state.runId) ?? vscode.l10n.t('another client'));
    line(vscode.l10n.t('Spark'), facts?.sparkError ?? facts?.applicationId);
    const { memory } = facts ?? {};
    if (memory) {
      const percent = memoryPercent(memory);
      const used = formatBytes(memory.rssBytes);
      line(
        vscode.l10n.t('Memory'),
        percent === undefined ? used : vscode.l10n.t('{0}, {1} %', used, Math.round(percent)),
      );
    }
    if (facts?.ui !== undefined) {
      // The command knows the address: what the cluster says never becomes a link.
      tooltip.isTrusted = { enabledCommands: ['medallion.session.openUi'] };
      tooltip.appendMarkdown(`[${vscode.l10n.t('Open Spark UI')}](command:medallion.session.openUi)`);
    }
    return tooltip;
  }
}

function cut(title: string): string {
  const plain = plainText(title);
  return plain.length > maxTitle ? `${plain.slice(0, maxTitle - 1)}…` : plain;
}
