import * as vscode from 'vscode';
import { formatCount, plainText } from '../../base/format.ts';
import type { Parts } from '../parts.ts';
import { stateText } from './serviceItems.ts';
import { serviceRows, worst } from './serviceRows.ts';
import type { Simulator } from './simulator.ts';
import { isWell } from './stackPhase.ts';

/** "Medallion: docker · 2 jobs": the state of the stack, and a click away what can be done with it. */
export class StatusBar implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #simulator: Simulator;
  readonly #item: vscode.StatusBarItem;
  readonly #listening: { dispose(): unknown }[];

  constructor(parts: Parts, simulator: Simulator) {
    this.#parts = parts;
    this.#simulator = simulator;
    this.#item = vscode.window.createStatusBarItem('medallion.stack', vscode.StatusBarAlignment.Left, 10);
    this.#item.name = 'Medallion';
    this.#item.command = 'medallion.showMenu';
    const draw = (): void => this.#draw();
    this.#listening = [
      this.#item,
      parts.stack.onDidChange(draw),
      parts.runs.onDidChange(draw),
      parts.workbench.onDidChange(draw),
      simulator.onDidChange(draw),
    ];
    this.#draw();
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }

  #draw(): void {
    const { workbench } = this.#parts;
    if (!workbench.isUsable) return this.#item.hide();
    const [icon, state] = this.#state();
    const jobs = this.#parts.runs.running.length;
    const { isRunning: simulates, rate } = this.#simulator;
    const parts = [
      plainText(state),
      jobs === 0 ? '' : jobs === 1 ? vscode.l10n.t('1 job') : vscode.l10n.t('{0} jobs', jobs),
      simulates ? vscode.l10n.t('{0} events/s', rate) : '',
    ].filter((part) => part !== '');
    this.#item.text = `$(${icon}) Medallion: ${parts.join(' · ')}`;
    this.#item.tooltip = this.#tooltip();
    this.#item.accessibilityInformation = { label: `Medallion: ${parts.join(', ')}`, role: 'button' };
    this.#item.show();
  }

  #state(): [icon: string, text: string] {
    const { workbench, stack } = this.#parts;
    if (workbench.isRemote) return ['layers', workbench.name];
    const name = stack.engineName ?? '';
    const rows = serviceRows(stack.status ?? []).filter(({ replicas }) => replicas[0]?.profiles.length === 0);
    switch (stack.phase) {
      case 'starting': {
        const well = rows.filter(({ replicas }) => replicas.every(isWell)).length;
        if (rows.length === 0) return ['loading~spin', vscode.l10n.t('starting')];
        return ['loading~spin', vscode.l10n.t('starting {0}/{1}', well, rows.length)];
      }
      case 'stopping':
        return ['loading~spin', vscode.l10n.t('stopping')];
      case 'stopped':
        return ['layers', vscode.l10n.t('stopped')];
      case 'partly':
        return ['layers', vscode.l10n.t('{0}, partly', name)];
      case 'unhealthy': {
        const bad = rows.map(({ replicas }) => worst(replicas)).find((status) => !isWell(status));
        return ['warning', bad ? `${name}: ${bad.service} ${stateText(bad, false)}` : name];
      }
      case 'up':
        return ['layers', name];
      case 'unknown':
        return stack.error === undefined ? ['layers', '…'] : ['error', vscode.l10n.t('not reached')];
    }
  }

  #tooltip(): vscode.MarkdownString {
    const { stack } = this.#parts;
    const markdown = new vscode.MarkdownString();
    for (const { service, replicas } of serviceRows(stack.status ?? [])) {
      markdown.appendText(`${service}: ${stateText(worst(replicas))}`).appendMarkdown('  \n');
    }
    if (stack.error instanceof Error) markdown.appendText(stack.error.message).appendMarkdown('  \n');
    const { isRunning: simulates, events } = this.#simulator;
    if (simulates) markdown.appendText(vscode.l10n.t('Simulator: {0} events so far', formatCount(events)));
    return markdown;
  }
}
