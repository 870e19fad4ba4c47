import * as vscode from 'vscode';
import { formatBytes, formatDuration, plainText } from '../../base/format.ts';
import {
  replicaName,
  type ServiceStats,
  type ServiceState,
  type ServiceStatus,
  type StackEvent,
} from '../../stack/engine.ts';
import { isWell } from './stackPhase.ts';
import { contextWords, worst, type ReplicaRow, type ServiceRow } from './serviceRows.ts';

const { None, Collapsed } = vscode.TreeItemCollapsibleState;

/** What each replica uses, by its name. */
export type Usage = ReadonlyMap<string, ServiceStats>;

export function serviceItem(row: ServiceRow, step: StackEvent | undefined, usage: Usage): vscode.TreeItem {
  const { service, replicas } = row;
  const shown = worst(replicas);
  const item = new vscode.TreeItem(plainText(service), replicas.length > 1 ? Collapsed : None);
  item.id = service;
  item.contextValue = contextWords(row);
  item.iconPath = stepIcon(step) ?? stateIcon(shown);
  item.description = joined(
    `${stepText(step) ?? countedState(replicas, shown)} ${portsText(replicas)}`.trim(),
    usageText(usagesOf(row, usage)),
  );
  item.accessibilityInformation = { label: `${service}, ${item.description}` };
  return item;
}

export function replicaItem({ status }: ReplicaRow, usage: Usage): vscode.TreeItem {
  const name = replicaName(status.service, status.replica);
  const item = new vscode.TreeItem(plainText(name), None);
  item.id = name;
  item.contextValue = ';replica;';
  item.iconPath = stateIcon(status);
  const used = usage.get(name);
  item.description = joined(
    `${stateText(status)} ${portsText([status])}`.trim(),
    usageText(used ? [used] : []),
  );
  item.accessibilityInformation = { label: `${name}, ${item.description}` };
  return item;
}

/** Everything that is known of the replicas. Their texts are shown as they are, never as Markdown. */
export function tooltipOf(replicas: readonly ServiceStatus[], now: Date): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  const line = (text: string): void => void markdown.appendText(text).appendMarkdown('  \n');
  for (const [index, status] of replicas.entries()) {
    if (index > 0) markdown.appendMarkdown('\n\n---\n\n');
    const { service, replica, pid, container, since, ports, profiles, message } = status;
    markdown.appendMarkdown('**');
    markdown.appendText(replicaName(service, replica, replicas.length));
    markdown.appendMarkdown('**  \n');
    line(stateText(status, false));
    if (message !== undefined) line(plainText(message.split('\n')[0] ?? ''));
    if (since) line(vscode.l10n.t('For {0}', formatDuration(Math.max(0, now.getTime() - since.getTime()))));
    if (pid !== undefined) line(vscode.l10n.t('Process {0}', pid));
    if (container !== undefined) line(vscode.l10n.t('Container {0}', container.slice(0, 12)));
    if (ports.length > 0 && (pid !== undefined || container !== undefined)) {
      line(vscode.l10n.t('Ports {0}', ports.join(', ')));
    }
    if (profiles.length > 0) line(vscode.l10n.t('Profile {0}', profiles.join(', ')));
  }
  return markdown;
}

/** "healthy", "unhealthy: connection refused", "exited with code 1". */
export function stateText({ state, exitCode, message, profiles }: ServiceStatus, withWhy = true): string {
  const why = withWhy && message !== undefined ? plainText(message.split('\n')[0]!.trim()) : '';
  switch (state) {
    case 'healthy':
      return vscode.l10n.t('healthy');
    case 'running':
      return vscode.l10n.t('running');
    case 'starting':
      return why === '' ? vscode.l10n.t('starting') : vscode.l10n.t('starting: {0}', why);
    case 'unhealthy':
      return why === '' ? vscode.l10n.t('unhealthy') : vscode.l10n.t('unhealthy: {0}', why);
    case 'exited':
      if (exitCode !== undefined) return vscode.l10n.t('exited with code {0}', exitCode);
      return why === '' ? vscode.l10n.t('exited') : vscode.l10n.t('exited: {0}', why);
    case 'created':
      return vscode.l10n.t('not started');
    case 'stopped':
      return profiles.length > 0
        ? vscode.l10n.t('profile "{0}"', profiles.map(plainText).join(', '))
        : vscode.l10n.t('stopped');
  }
}

/** "starting 1/2": how many are further than the one that is shown; without a count where all are alike. */
function countedState(replicas: readonly ServiceStatus[], shown: ServiceStatus): string {
  const text = stateText(shown);
  if (replicas.length === 1) return text;
  return `${text} ${replicas.filter(isWell).length}/${replicas.length}`;
}

function stepText(step: StackEvent | undefined): string | undefined {
  switch (step?.step) {
    case 'waiting':
      return step.detail === undefined
        ? vscode.l10n.t('waiting')
        : vscode.l10n.t('waiting {0}', plainText(step.detail));
    case 'stopping':
      return vscode.l10n.t('stopping');
    default:
      return undefined;
  }
}

function stepIcon(step: StackEvent | undefined): vscode.ThemeIcon | undefined {
  if (step?.step === 'waiting') return new vscode.ThemeIcon('ellipsis');
  return step?.step === 'stopping' ? new vscode.ThemeIcon('loading~spin') : undefined;
}

const icons: Readonly<Record<ServiceState, readonly [name: string, color?: string]>> = {
  healthy: ['pass-filled', 'testing.iconPassed'],
  running: ['circle-filled', 'testing.iconPassed'],
  starting: ['loading~spin'],
  unhealthy: ['warning', 'problemsWarningIcon.foreground'],
  exited: ['error', 'problemsErrorIcon.foreground'],
  created: ['circle-outline'],
  stopped: ['circle-outline'],
};

export function stateIcon(status: ServiceStatus): vscode.ThemeIcon {
  const done = status.state === 'exited' && isWell(status);
  const [name, color] = done ? (['pass'] as const) : icons[status.state];
  return new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
}

function portsText(replicas: readonly ServiceStatus[]): string {
  // Ports of what does not run are only meant.
  const ports = replicas
    .filter(({ pid, container }) => pid !== undefined || container !== undefined)
    .flatMap((status) => status.ports);
  return [...new Set(ports)].map((port) => `:${port}`).join(' ');
}

/** "12 %, 412 MB" of all replicas together; 100 % is one core, as in `docker stats`. */
function usageText(samples: readonly ServiceStats[]): string {
  if (samples.length === 0) return '';
  const cores = samples.reduce((sum, { cpuCores }) => sum + cpuCores, 0);
  const bytes = samples.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  return vscode.l10n.t('{0} %, {1}', Math.round(100 * cores), formatBytes(bytes));
}

function usagesOf({ service, replicas }: ServiceRow, usage: Usage): ServiceStats[] {
  return replicas.flatMap(({ replica }) => usage.get(replicaName(service, replica)) ?? []);
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
