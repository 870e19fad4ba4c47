import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { SessionMemory, WarmSession } from '../../session/sessionTypes.ts';
import type { SessionAddress } from '../../stack/connection.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import type { Parts } from '../parts.ts';
import { fallenServices, sessionService } from './neededServices.ts';
import { sessionProperties } from './sessionProperties.ts';

/**
 * Starts what a session runs on and has ended, so that to start or restart the session mends it all. Throws `cancelled`
 * where one did not start, which has been shown.
 */
export async function startFallen({ workbench, stack }: Pick<Parts, 'workbench' | 'stack'>): Promise<void> {
  if (workbench.isRemote) return;
  // Nobody may be watching.
  await stack.refresh();
  for (const service of fallenServices(stack.status)) {
    // One before it may need it, and has taken it along.
    if (!fallenServices(stack.status).includes(service)) continue;
    await vscode.commands.executeCommand('medallion.startService', service);
    await stack.refresh();
    if (fallenServices(stack.status).includes(service)) throw new WorkbenchError('cancelled', 'Cancelled.');
  }
}

/** The session of the open folder on its connection, which starts nothing and reaches nobody yet. */
export async function openSession(
  workbench: ActiveWorkbench,
  memory: SessionMemory | undefined,
): Promise<WarmSession> {
  const bench = await workbench.workbench();
  return bench.session({
    lakeRoot: workbench.lakeRoot,
    properties: sessionProperties(workbench.folder),
    memory,
  });
}

/** Where the session's server is. Throws `not-found` with what to do where the connection has none. */
export async function requireServer(workbench: ActiveWorkbench): Promise<SessionAddress> {
  const { session } = await workbench.connection();
  if (session) return session;
  throw new WorkbenchError(
    'not-found',
    workbench.isRemote
      ? vscode.l10n.t(
          'The connection "{0}" names no Jupyter server, which a session runs on: give it a "session" in the setting medallion.connections, and its token with Set Connection Secrets.',
          workbench.name,
        )
      : vscode.l10n.t('The service "{0}", which a session runs on, does not run: start it.', sessionService),
  );
}
