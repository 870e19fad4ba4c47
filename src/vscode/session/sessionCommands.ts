import * as vscode from 'vscode';
import * as v from 'valibot';
import { WorkbenchError } from '../../base/errors.ts';
import { plainText } from '../../base/format.ts';
import type { Parts } from '../parts.ts';
import type { PlacedRuns } from './cells/placedRuns.ts';
import type { VariablesTree } from './variablesTree.ts';

/** The kernel is asked once the cell that runs has ended. */
const dropTimeoutMs = 30_000;
const variableSchema = v.union([
  v.string(),
  v.pipe(
    v.object({ type: v.literal('variable'), name: v.string() }),
    v.transform(({ name }) => name),
  ),
]);

/** The commands of the session and of its variables. */
export function addSessionCommands(parts: Parts, tree: VariablesTree, placed: PlacedRuns): void {
  const { commands, workbench, session } = parts;
  commands.add('session.start', () => session.start());
  commands.add('session.interrupt', () => session.interrupt());
  commands.add('session.restart', async () => {
    if (await mayEnd(parts, vscode.l10n.t('Restart'))) await session.restart();
  });
  commands.add('session.restartAndRunAbove', async (runId) => {
    const { planRunAbove } = await import('./runAbove.ts');
    // Before the variables are gone: there may be no cell.
    const runAbove = await planRunAbove({ session, placed }, runId);
    if (!(await mayEnd(parts, vscode.l10n.t('Restart')))) return;
    await session.restart();
    await runAbove();
  });
  commands.add('session.stop', async () => {
    if (await mayEnd(parts, vscode.l10n.t('Stop'))) await session.stop();
  });
  commands.add('session.openUi', async () => {
    const ui = session.facts?.ui;
    if (ui === undefined || !URL.canParse(ui) || !/^https?:$/.test(new URL(ui).protocol))
      throw new WorkbenchError('not-found', vscode.l10n.t('The session has no page of Spark’s.'));
    await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(ui)));
  });
  commands.add('session.openInJupyter', async () =>
    (await import('./openInJupyter.ts')).openInJupyter(workbench),
  );
  commands.add('session.showMenu', async () => (await import('./sessionMenu.ts')).showSessionMenu(session));
  commands.add('session.refreshVariables', () => tree.refresh());
  commands.add('session.copyVariableName', (argument) =>
    vscode.env.clipboard.writeText(variableOf(argument)),
  );
  commands.add('session.dropVariable', (argument) => dropVariable(parts, tree, variableOf(argument)));
}

/** Whether the person lets go of the variables; not asked where there are none any more. */
async function mayEnd({ session }: Parts, button: string): Promise<boolean> {
  if (!session.current() && session.state.phase !== 'disconnected') return true;
  const { state } = session;
  const title = state.phase === 'busy' ? session.titleOf(state.runId) : undefined;
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('End the kernel of the session?'),
    {
      modal: true,
      detail: [
        state.phase === 'busy'
          ? vscode.l10n.t('{0} still runs, and is stopped.', title ?? vscode.l10n.t('A cell'))
          : '',
        vscode.l10n.t('All variables are gone then. Tables of the lake stay.'),
      ]
        .filter((part) => part !== '')
        .join(' '),
    },
    button,
  );
  return chosen === button;
}

async function dropVariable({ session }: Parts, tree: VariablesTree, name: string): Promise<void> {
  const kernel = session.current();
  if (!kernel) throw new WorkbenchError('conflict', vscode.l10n.t('No session runs.'));
  const drop = vscode.l10n.t('Drop');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Drop the variable {0}?', plainText(name)),
    { modal: true, detail: vscode.l10n.t('It is deleted in the kernel. Tables of the lake stay.') },
    drop,
  );
  if (chosen !== drop) return;
  await vscode.window.withProgress({ location: { viewId: 'medallion.session' } }, () =>
    kernel.ask('drop', { name }, { timeoutMs: dropTimeoutMs }),
  );
  tree.refresh();
}

/** The variable that a row or a link names. */
function variableOf(argument: unknown): string {
  const given = v.safeParse(variableSchema, argument);
  if (given.success) return given.output;
  throw new WorkbenchError('invalid', vscode.l10n.t('This row is not there any more: refresh.'));
}
