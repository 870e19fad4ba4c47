import * as vscode from 'vscode';
import { readSetting, type RemoteProfile } from './settings.ts';

/** The remote connections that are known here. Throws `invalid` where the setting is wrong. */
export function remoteConnections(): RemoteProfile[] {
  return readSetting('connections', scope());
}

/** Writes them where they came from: a list of the workspace hides the user's own. */
export async function writeConnections(connections: readonly RemoteProfile[]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('medallion', scope());
  const isOfWorkspace =
    vscode.workspace.isTrusted && configuration.inspect('connections')?.workspaceValue !== undefined;
  await configuration.update(
    'connections',
    connections.length === 0 ? undefined : connections,
    isOfWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
  );
}

/**
 * Chooses a connection for this workspace. In a window without one, and in an untrusted one, whose settings do not count,
 * for the user.
 */
export async function chooseConnection(name: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('medallion', scope());
  const target = connectionTarget();
  const known = configuration.inspect<string>('connection');
  const beneath = target === vscode.ConfigurationTarget.Workspace ? known?.globalValue : undefined;
  const isDefault = name === 'auto' && (beneath === undefined || beneath === 'auto');
  await configuration.update('connection', isDefault ? undefined : name, target);
}

/** Whose settings say which connection is chosen. */
export function connectionTarget(): vscode.ConfigurationTarget {
  const isOfWorkspace = vscode.workspace.isTrusted && (vscode.workspace.workspaceFolders ?? []).length > 0;
  return isOfWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
}

function scope(): vscode.WorkspaceFolder | undefined {
  return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
}
