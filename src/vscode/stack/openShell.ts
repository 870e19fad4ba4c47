import * as vscode from 'vscode';
import { isRunning, replicaName } from '../../stack/engine.ts';
import type { Parts } from '../parts.ts';
import { pickService } from './pickService.ts';
import { runs } from './serviceCommands.ts';
import { ShellTerminal } from './shellTerminal.ts';

/** A shell in a service's container; with the local engine one of this machine, with the service's variables. */
export async function openShell(parts: Parts, argument: unknown): Promise<void> {
  const { workbench, stack } = parts;
  const picked = await pickService(parts, argument, {
    placeHolder: vscode.l10n.t('In which service?'),
    isMeant: runs,
    none: vscode.l10n.t('No service runs.'),
  });
  if (!picked) return;
  const { service } = picked;
  const running = (stack.status ?? []).filter((one) => one.service === service && isRunning(one));
  const replica =
    picked.replica ??
    (await pickReplica(
      running.map((one) => one.replica),
      service,
    ));
  if (replica === undefined) return;
  const engine = await workbench.engine();
  const name = replicaName(service, replica, running.length);
  const iconPath = new vscode.ThemeIcon('terminal');
  if (engine.name === 'docker') {
    const pty = new ShellTerminal(engine, service, replica);
    vscode.window.createTerminal({ name, iconPath, pty }).show();
    return;
  }
  const shell = await engine.shell(service, replica, { columns: 80, rows: 24 });
  if (shell.kind !== 'local') return;
  const { environment: env, folder: cwd } = shell;
  // What the variables hold is of this start: after a reload a shell would go on with old ones.
  vscode.window.createTerminal({ name, iconPath, env, cwd, isTransient: true }).show();
}

async function pickReplica(replicas: readonly number[], service: string): Promise<number | undefined> {
  if (replicas.length < 2) return replicas[0] ?? 1;
  const picks = replicas.map((replica) => ({ label: replicaName(service, replica), replica }));
  const placeHolder = vscode.l10n.t('In which one?');
  return (await vscode.window.showQuickPick(picks, { placeHolder }))?.replica;
}
