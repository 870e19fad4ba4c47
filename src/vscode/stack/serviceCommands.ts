import * as vscode from 'vscode';
import { isRunning, type Engine } from '../../stack/engine.ts';
import type { Parts } from '../parts.ts';
import { pickService } from './pickService.ts';
import { runStep, type Step } from './runStep.ts';
import type { ServiceRow } from './serviceRows.ts';
import { startStack } from './startStack.ts';

export const runs = ({ replicas }: ServiceRow): boolean => replicas.some(isRunning);

export async function startService(parts: Parts, argument: unknown): Promise<void> {
  const picked = await pickService(parts, argument, {
    placeHolder: vscode.l10n.t('Which service is to start, with what it depends on?'),
    isMeant: (row) => !runs(row),
    none: vscode.l10n.t('All services run.'),
  });
  if (picked) await startStack(parts, [picked.service]);
}

export async function stopService(parts: Parts, argument: unknown): Promise<void> {
  const picked = await pickService(parts, argument, {
    placeHolder: vscode.l10n.t('Which service is to stop?'),
    isMeant: runs,
    none: vscode.l10n.t('No service runs.'),
  });
  if (!picked) return;
  const { service } = picked;
  await operate(parts, vscode.l10n.t('Stopping {0}', service), (engine, { signal, onEvent }) =>
    engine.down({ services: [service], signal, onEvent }),
  );
}

export async function restartService(parts: Parts, argument: unknown): Promise<void> {
  const picked = await pickService(parts, argument, {
    placeHolder: vscode.l10n.t('Which service is to stop and start?'),
    isMeant: runs,
    none: vscode.l10n.t('No service runs.'),
  });
  if (!picked) return;
  const { service } = picked;
  await operate(parts, vscode.l10n.t('Restarting {0}', service), (engine, { signal, onEvent }) =>
    engine.restart(service, { signal, onEvent }),
  );
}

async function operate(
  { workbench, stack, log }: Parts,
  title: string,
  work: (engine: Engine, step: Step) => Promise<void>,
): Promise<void> {
  const engine = await workbench.engine();
  await stack.operate((onEvent) => runStep(title, { log, onEvent }, (step) => work(engine, step)));
}

/** Asks, with the names of the volumes, then stops the stack and removes its data. */
export async function removeStackData({ workbench, stack, log }: Parts): Promise<void> {
  const engine = await workbench.engine();
  const names = await engine.volumes();
  if (names.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('This stack has no data to remove.'));
    return;
  }
  const remove = vscode.l10n.t('Remove Data');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Stop the stack and remove all of its data?'),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Volumes of the {0} engine: {1}. The lake, the database and the history are lost for good.',
        engine.name,
        names.join(', '),
      ),
    },
    remove,
  );
  if (chosen !== remove) return;
  await stack.during('stopping', (onEvent) =>
    runStep(vscode.l10n.t('Removing the data of the stack'), { log, onEvent }, (step) =>
      engine.down({ volumes: true, signal: step.signal, onEvent: step.onEvent }),
    ),
  );
}
