import * as vscode from 'vscode';
import * as v from 'valibot';

/** Of the whole editor, for the window that made the project is not the one that opens it. */
const key = 'projectOpening';
const schema = v.object({ folder: v.string(), at: v.number() });
/** A folder that is opened later was opened by somebody else. */
const validMs = 5 * 60_000;

/** To be called before a new project's folder is opened: the window that has it goes on with the walkthrough. */
export async function announceArrival(state: vscode.Memento, folder: vscode.Uri): Promise<void> {
  await state.update(key, { folder: folder.toString(), at: Date.now() });
}

/** Goes on in the folder of a new project: its pipeline, and the walkthrough's next step. */
export async function arrive(context: vscode.ExtensionContext): Promise<void> {
  const parsed = v.safeParse(schema, context.globalState.get(key));
  if (!parsed.success) return;
  const { folder, at } = parsed.output;
  const here = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.toString() === folder);
  const isLate = Date.now() - at > validMs;
  if (here || isLate) await context.globalState.update(key, undefined);
  if (!here || isLate) return;
  // Two tabs: as previews the second one would replace the first.
  await vscode.window.showTextDocument(vscode.Uri.joinPath(here.uri, 'pipeline.yaml'), { preview: false });
  await vscode.commands.executeCommand('setContext', 'medallion.projectMade', true);
  await openWalkthrough(context, 'stack');
}

/** Opens the walkthrough as a tab, at a step of it; what was done before it was opened is ticked off. */
export async function openWalkthrough(
  { extension }: vscode.ExtensionContext,
  step = 'project',
): Promise<void> {
  const category = `${extension.id}#gold`;
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', { category, step }, false);
  // The editor looks at the conditions of steps when a context of theirs changes.
  for (const isOpen of [false, true])
    await vscode.commands.executeCommand('setContext', 'medallion.walkthroughOpened', isOpen);
}
