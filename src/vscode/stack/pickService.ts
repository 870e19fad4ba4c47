import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import { stateIcon, stateText } from './serviceItems.ts';
import { serviceOf, serviceRows, worst, type ServiceRow } from './serviceRows.ts';

interface ServicePick extends vscode.QuickPickItem {
  service?: string;
}

/**
 * The service that a command is about: that of the row, else one that the user picks among those that `isMeant`; for
 * `all` there is a first pick of that name, which gives an empty name. Undefined where nothing was picked.
 */
export async function pickService(
  { stack, workbench }: Pick<Parts, 'stack' | 'workbench'>,
  argument: unknown,
  question: { placeHolder: string; isMeant: (row: ServiceRow) => boolean; none: string; all?: string },
): Promise<{ service: string; replica?: number | undefined } | undefined> {
  const given = serviceOf(argument);
  if (given) return given;
  if (stack.status === undefined) await stack.refresh();
  // Before the first start nothing is watched, but the services are known.
  const status = stack.status ?? (await (await workbench.engine()).status());
  const rows = serviceRows(status).filter(question.isMeant);
  if (rows.length === 0) throw new WorkbenchError('not-found', question.none);
  const picks = rows.map(({ service, replicas }): ServicePick => {
    const shown = worst(replicas);
    return { label: service, description: stateText(shown), iconPath: stateIcon(shown), service };
  });
  if (question.all !== undefined) picks.unshift({ label: question.all, service: '' });
  const picked = await vscode.window.showQuickPick(picks, { placeHolder: question.placeHolder });
  return picked?.service === undefined ? undefined : { service: picked.service };
}
