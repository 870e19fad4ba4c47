import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { Connection } from '../../stack/connection.ts';
import type { Parts } from '../parts.ts';
import { endpointsOf } from './endpoints.ts';
import { pickService } from './pickService.ts';
import { runs } from './serviceCommands.ts';
import { hasUi } from './serviceRows.ts';

/** Opens the web page of a service, through the editor's own tunnel where there is one. */
export async function openServiceUi(parts: Parts, argument: unknown): Promise<void> {
  const { workbench } = parts;
  const url = workbench.isRemote ? await remoteUi(parts, argument) : await serviceUi(parts, argument);
  if (url) await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(url.href)));
}

async function serviceUi(parts: Parts, argument: unknown): Promise<URL | undefined> {
  const { workbench } = parts;
  const picked = await pickService(parts, argument, {
    placeHolder: vscode.l10n.t('Which page?'),
    isMeant: (row) => hasUi(row.service) && runs(row),
    none: vscode.l10n.t('No service with a page of its own runs.'),
  });
  if (!picked) return undefined;
  const { service } = picked;
  const connection = await workbench.connection();
  if (service === 'spark-worker') return workerUi(parts, connection);
  const url = uiOf(connection, service);
  if (!url) {
    throw new WorkbenchError('not-found', vscode.l10n.t('{0} has no page of its own.', service));
  }
  if (service === 'jupyter' && connection.session) offerToken(connection.session.token);
  return url;
}

function uiOf({ lake, spark, session }: Connection, service: string): URL | undefined {
  switch (service) {
    case 'namenode':
      return lake.url;
    case 'spark-master':
      return spark.ui;
    case 'spark-history':
      return spark.history;
    case 'jupyter':
      return session?.url;
    default:
      return undefined;
  }
}

/** A worker's page is served by the master: its own address may be inside the stack only. */
async function workerUi({ workbench }: Parts, { spark }: Connection): Promise<URL | undefined> {
  const { workers } = await (await workbench.spark()).state();
  const picks = workers
    .filter(({ state }) => state === 'ALIVE')
    .map(({ id, host, cores, coresFree }) => ({
      label: id,
      description: vscode.l10n.t('{0}: {1} of {2} cores free', host, coresFree, cores),
      id,
    }));
  if (picks.length === 0) {
    throw new WorkbenchError('not-found', vscode.l10n.t('No worker has reported to the Spark master.'));
  }
  const placeHolder = vscode.l10n.t('Which worker?');
  const picked = picks.length === 1 ? picks[0] : await vscode.window.showQuickPick(picks, { placeHolder });
  return picked && new URL(`proxy/${encodeURIComponent(picked.id)}/`, withSlash(spark.ui));
}

function withSlash(url: URL): URL {
  return url.pathname.endsWith('/') ? url : new URL(`${url.href}/`);
}

/** The token never becomes a part of an address, which histories and logs keep. */
function offerToken(token: string): void {
  void vscode.window
    .showInformationMessage(vscode.l10n.t('Jupyter asks for a token: copy it, and paste it on its page.'), {
      title: vscode.l10n.t('Copy Token'),
      run: () => vscode.env.clipboard.writeText(token),
    })
    .then((chosen) => chosen?.run());
}

async function remoteUi({ workbench }: Parts, argument: unknown): Promise<URL | undefined> {
  const pages = endpointsOf(await workbench.connection()).filter(({ ui }) => ui !== undefined);
  const label =
    typeof argument === 'object' && argument !== null && 'label' in argument ? argument.label : undefined;
  const given = pages.find((page) => page.label === label);
  if (given) return given.ui;
  const picks = pages.map((page) => ({ label: page.label, description: page.address, ui: page.ui }));
  return (await vscode.window.showQuickPick(picks, { placeHolder: vscode.l10n.t('Which page?') }))?.ui;
}
