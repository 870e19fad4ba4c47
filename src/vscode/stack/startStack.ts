import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { WorkbenchError, isWorkbenchError } from '../../base/errors.ts';
import type { UpOptions } from '../../stack/engine.ts';
import type { StackConnection } from '../connection/activeWorkbench.ts';
import { readSetting } from '../connection/settings.ts';
import type { Parts } from '../parts.ts';
import { remedy, type Remedy } from '../ui/remedy.ts';
import { runStep, type Step } from './runStep.ts';
import { useAnotherPort } from './useAnotherPort.ts';

/** Starts the stack, or some services and what they need; true once it is up. A failure is shown here. */
export async function startStack(parts: Parts, services?: readonly string[]): Promise<boolean> {
  const { stack, errors } = parts;
  // Checks folder and trust before anything is shown.
  await parts.workbench.workbench();
  if (!(await leaveOtherEngine(parts))) return false;
  let failedService: string | undefined;
  try {
    await stack.during('starting', (onEvent) =>
      runStep(startTitle(services), { log: parts.log, onEvent }, async (step) => {
        try {
          await bringUp(parts, services, step);
        } finally {
          failedService = step.progress.failed;
        }
      }),
    );
    return true;
  } catch (error) {
    errors.show(shortened(error), 'medallion.startStack', remedyFor(error, parts, services, failedService));
    return false;
  }
}

async function bringUp(
  { workbench, stack, log }: Parts,
  services: readonly string[] | undefined,
  { signal, onEvent, onProgress }: Step,
): Promise<void> {
  const { folder } = workbench;
  const bench = await workbench.workbench();
  const dir = folder?.uri.fsPath ?? '';
  const composeFiles = readSetting('stack.composeFiles', folder);
  const envFiles = readSetting('stack.envFiles', folder);
  const projectName = readSetting('stack.projectName', folder);
  const engine = await bench.engineToStart(workbench.name as StackConnection, {
    files: composeFiles.map((path) => (path === 'default' ? bench.composeFile : resolve(dir, path))),
    envFiles: envFiles.map((path) => resolve(dir, path)),
    projectName: projectName === '' ? undefined : projectName,
    signal,
    onProgress,
  });
  const options: UpOptions = {
    services,
    profiles: readSetting('stack.profiles', folder),
    scale: readSetting('stack.scale', folder),
    signal,
    onEvent,
  };
  log.info(`Starting the stack on the ${engine.name} engine.`);
  await bench.noteEngine(engine.name);
  stack.watchAnew();
  await engine.up(options);
}

/** Stops what runs on the engine that the connection does not name; false if the user does not want that. */
async function leaveOtherEngine(parts: Parts): Promise<boolean> {
  const { workbench, stack } = parts;
  if (workbench.name === 'auto') return true;
  await stack.refresh();
  const before = stack.engineName;
  if (before === undefined || before === workbench.name || !stack.isRunning) return true;
  const stop = vscode.l10n.t('Stop and Start');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t("This folder's stack runs on the {0} engine. Stop it there first?", before),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Its data stays on the {0} engine; the {1} engine has data of its own.',
        before,
        workbench.name,
      ),
    },
    stop,
  );
  if (chosen !== stop) return false;
  await stopStack(parts);
  return true;
}

/** Stops all services; their data stays. */
export async function stopStack({ workbench, stack, log }: Parts): Promise<void> {
  const engine = await workbench.engine();
  await stack.during('stopping', (onEvent) =>
    runStep(vscode.l10n.t('Stopping the stack'), { log, onEvent }, (step) =>
      engine.down({ signal: step.signal, onEvent: step.onEvent }),
    ),
  );
}

function startTitle(services: readonly string[] | undefined): string {
  return services ? vscode.l10n.t('Starting {0}', services.join(', ')) : vscode.l10n.t('Starting the stack');
}

/** The sentence without the log's end, which the output has. */
function shortened(error: unknown): unknown {
  if (!isWorkbenchError(error)) return error;
  const sentence = error.message.split('\n')[0]!.replace(/ Its log ends with:$/, '');
  if (sentence === error.message) return error;
  return new WorkbenchError(error.code, sentence, { ...error.details, cause: error.cause });
}

/** The one thing that mends a failed start, where there is one. */
function remedyFor(
  error: unknown,
  parts: Parts,
  services: readonly string[] | undefined,
  failedService: string | undefined,
): Remedy | undefined {
  if (!isWorkbenchError(error)) return undefined;
  const { port, variable } = error.details;
  const again = (): unknown => startStack(parts, services);
  if (port !== undefined && variable !== undefined) {
    return {
      title: vscode.l10n.t('Use Another Port'),
      run: () => useAnotherPort(parts, { port, variable }, again),
    };
  }
  const ownFiles = readSetting('stack.composeFiles', parts.workbench.folder).length > 0;
  // Ports that nobody fixed are chosen anew at each start.
  if (port !== undefined && !ownFiles) return { title: vscode.l10n.t('Use Another Port'), run: again };
  if (failedService !== undefined && ['failed', 'timeout'].includes(error.code)) {
    return remedy(vscode.l10n.t('Show Logs'), 'medallion.showLogs', failedService);
  }
  return undefined;
}
