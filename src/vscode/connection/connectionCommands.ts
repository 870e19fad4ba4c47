import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import { stackConnections, type StackConnection } from './activeWorkbench.ts';
import { addConnection } from './addConnection.ts';
import { chooseConnection, connectionTarget, remoteConnections, writeConnections } from './connectionList.ts';
import { readSecrets, storeSecrets, type ConnectionSecrets } from './secrets.ts';

type SecretRow = vscode.QuickPickItem & { secret: keyof ConnectionSecrets | undefined };
type Row = vscode.QuickPickItem & { name?: string; run?: () => Promise<void> };

/** Asks which connection this window works with, and says what becomes of a stack that runs. */
export async function switchConnection(parts: Parts): Promise<void> {
  const { workbench } = parts;
  const remotes = remoteConnections();
  const row = (name: string, label: string, icon: string, detail: string): Row => ({
    ...{ name, label, detail, iconPath: new vscode.ThemeIcon(icon) },
    description: name === workbench.name ? vscode.l10n.t('current') : '',
  });
  const separator = (label: string): Row => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const rows: Row[] = [
    separator(vscode.l10n.t("this folder's stack")),
    ...stackConnections.map((name) => row(name, ...stackTexts(name))),
    separator(vscode.l10n.t('remote clusters')),
    ...remotes.map(({ name, webHdfs }) => row(name, name, 'cloud', webHdfs)),
    {
      label: vscode.l10n.t('Add Connection…'),
      iconPath: new vscode.ThemeIcon('add'),
      run: async () => {
        const added = await addConnection(parts.context.secrets);
        if (added !== undefined) await choose(parts, added);
      },
    },
  ];
  const picked = await vscode.window.showQuickPick(rows, {
    title: vscode.l10n.t('Switch Connection'),
    placeHolder:
      connectionTarget() === vscode.ConfigurationTarget.Workspace
        ? vscode.l10n.t('Sets medallion.connection in the settings of this workspace')
        : vscode.l10n.t('Sets medallion.connection in your settings'),
    matchOnDetail: true,
  });
  if (picked?.run) await picked.run();
  else if (picked?.name !== undefined) await choose(parts, picked.name);
}

function stackTexts(name: StackConnection): [label: string, icon: string, detail: string] {
  switch (name) {
    case 'auto':
      return [
        vscode.l10n.t('Automatic'),
        'layers',
        vscode.l10n.t('In Docker where an engine answers, else as processes'),
      ];
    case 'docker':
      return [vscode.l10n.t('Docker'), 'package', vscode.l10n.t('In containers')];
    case 'local':
      return [vscode.l10n.t('Local'), 'vm', vscode.l10n.t('As processes of this machine')];
  }
}

async function choose({ workbench, stack }: Parts, name: string): Promise<void> {
  const before = workbench.name;
  const running = !workbench.isRemote && stack.isRunning ? stack.engineName : undefined;
  if (name === before) return;
  await chooseConnection(name);
  if (running === undefined || name === 'auto' || name === running) return;
  const stop = vscode.l10n.t('Stop Stack');
  const goBack = vscode.l10n.t('Switch Back');
  const isStack = (stackConnections as readonly string[]).includes(name);
  const chosen = isStack
    ? await vscode.window.showInformationMessage(
        vscode.l10n.t(
          "This folder's stack runs on the {0} engine and is what you see until you stop it. The next start is on {1}, with data of its own.",
          running,
          name,
        ),
        stop,
        goBack,
      )
    : await vscode.window.showInformationMessage(
        vscode.l10n.t(
          'The views show {0} now. The stack of this folder goes on running ({1} engine): switch back to stop it.',
          name,
          running,
        ),
        goBack,
      );
  if (chosen === stop) await vscode.commands.executeCommand('medallion.stopStack');
  if (chosen === goBack) await chooseConnection(before);
}

/** Adds a cluster and offers to switch to it. */
export async function addAndOffer(parts: Parts): Promise<void> {
  const added = await addConnection(parts.context.secrets);
  if (added === undefined) return;
  const switchTo = vscode.l10n.t('Switch to It');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('The connection "{0}" was added.', added),
    switchTo,
  );
  if (chosen === switchTo) await choose(parts, added);
}

/** Asks for a connection's key or password, or forgets them. */
export async function setConnectionSecrets({ context, workbench }: Parts): Promise<void> {
  const name = workbench.isRemote
    ? workbench.name
    : await pickRemote(vscode.l10n.t('Set Connection Secrets'));
  if (name === undefined) return;
  const profile = remoteConnections().find((one) => one.name === name);
  if (!profile) {
    throw new WorkbenchError(
      'not-found',
      vscode.l10n.t('There is no connection "{0}" in the setting medallion.connections.', name),
    );
  }
  const title = vscode.l10n.t('Secrets of {0}', name);
  const known = await readSecrets(context.secrets, profile);
  const isKept = (secret: string | undefined): string =>
    secret ? vscode.l10n.t('kept') : vscode.l10n.t('not set');
  const row = (label: string, secret: keyof ConnectionSecrets): SecretRow => ({
    ...{ label, secret },
    description: isKept(known[secret]),
  });
  const rows: SecretRow[] = [
    row(vscode.l10n.t('Key of Spark REST'), 'restKey'),
    row(vscode.l10n.t('Password of PostgreSQL'), 'postgresPassword'),
    ...(profile.session === undefined ? [] : [row(vscode.l10n.t('Token of Jupyter'), 'sessionToken')]),
    {
      label: profile.session === undefined ? vscode.l10n.t('Forget Both') : vscode.l10n.t('Forget All'),
      secret: undefined,
    },
  ];
  const picked = await vscode.window.showQuickPick(rows, { title });
  if (!picked) return;
  if (picked.secret === undefined) {
    await storeSecrets(context.secrets, profile, {});
    return;
  }
  const secret = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('{0}. Empty: it is forgotten.', picked.label),
    password: true,
    ignoreFocusOut: true,
  });
  if (secret === undefined) return;
  await storeSecrets(context.secrets, profile, { ...known, [picked.secret]: secret || undefined });
}

/** Forgets a cluster's addresses and secrets; the cluster stays as it is. */
export async function removeConnection({ context, workbench }: Parts): Promise<void> {
  const name = await pickRemote(vscode.l10n.t('Remove Connection'));
  if (name === undefined) return;
  const remove = vscode.l10n.t('Remove');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the connection "{0}"?', name),
    {
      modal: true,
      detail: vscode.l10n.t('Its addresses and secrets are forgotten. The cluster stays as it is.'),
    },
    remove,
  );
  if (chosen !== remove) return;
  if (workbench.name === name) await chooseConnection('auto');
  const profile = remoteConnections().find((one) => one.name === name);
  await writeConnections(remoteConnections().filter((one) => one.name !== name));
  if (profile) await storeSecrets(context.secrets, profile, {});
}

async function pickRemote(title: string): Promise<string | undefined> {
  const remotes = remoteConnections();
  if (remotes.length === 0) {
    const add = vscode.l10n.t('Add Connection…');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('There is no remote connection.'),
      add,
    );
    if (chosen === add) await vscode.commands.executeCommand('medallion.addConnection');
    return undefined;
  }
  const rows = remotes.map(({ name, webHdfs }) => ({ label: name, description: webHdfs }));
  return (await vscode.window.showQuickPick(rows, { title }))?.label;
}
