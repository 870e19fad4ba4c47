import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { SessionMemory, WarmSession } from '../../session/sessionTypes.ts';
import type { SessionAddress } from '../../stack/connection.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { sessionProperties } from './sessionProperties.ts';

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
      : vscode.l10n.t('The service "jupyter", which a session runs on, does not run: start it.'),
  );
}
