import * as vscode from 'vscode';
import { WorkbenchError } from '../../../base/errors.ts';
import type { NewStep } from '../../../pipeline/addStep.ts';
import type { OutlineStep, PipelineOutline } from '../../../pipeline/pipelineOutline.ts';
import { readScript } from '../../jobs/readScript.ts';
import { scriptName } from '../../jobs/submitScript.ts';
import { isPipelineFile, type PipelineFiles } from '../../pipeline/pipelineFiles.ts';

/**
 * Writes a script as a step into the pipeline file that it lies beside or below, as an edit that can be undone, and shows
 * it. Throws `not-found`, `invalid`, `exists`.
 */
export async function addToPipeline(files: PipelineFiles, argument: unknown): Promise<void> {
  const script = scriptOf(argument);
  const pipeline = await pipelineOf(script, files);
  if (!pipeline) return;
  const [{ outlinePipeline }, { addStep }, { tablesOfScript }, source, document] = await Promise.all([
    import('../../../pipeline/pipelineOutline.ts'),
    import('../../../pipeline/addStep.ts'),
    import('../../../session/scriptTables.ts'),
    readScript(script),
    vscode.workspace.openTextDocument(pipeline),
  ]);
  const path = pathBelow(script, pipeline);
  const outline = outlinePipeline(document.getText());
  const name = await askName(path, outline);
  if (name === undefined) return;
  const tables = await askTables(name, tablesOfScript(source, outline.root));
  if (!tables) return;
  const step: NewStep = { name, script: path, ...tables };
  const index = await askPlace(step, outline.steps);
  if (index === undefined) return;
  // As it is now: somebody may have typed meanwhile.
  const change = addStep(document.getText(), step, index);
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(change.from), document.positionAt(change.to));
  edit.replace(pipeline, range, change.insert);
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new WorkbenchError('failed', vscode.l10n.t('{0} could not be changed.', nameOf(pipeline)));
  }
  const place = new vscode.Position(
    change.line,
    document.lineAt(change.line).firstNonWhitespaceCharacterIndex,
  );
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
}

/** Throws `not-found` for what is no script, `invalid` for one that was never saved. */
function scriptOf(argument: unknown): vscode.Uri {
  const active = vscode.window.activeTextEditor?.document;
  const script =
    argument instanceof vscode.Uri ? argument : active?.languageId === 'python' ? active.uri : undefined;
  if (!script) {
    throw new WorkbenchError(
      'not-found',
      vscode.l10n.t('Open a Python file first: it becomes a step of the pipeline.'),
    );
  }
  if (script.scheme === 'untitled' || !script.path.endsWith('.py')) {
    throw new WorkbenchError(
      'invalid',
      vscode.l10n.t('Save the script as a .py file beside the pipeline.yaml first: a step is a file.'),
    );
  }
  return script;
}

/** The one that the script lies below; one of several is asked for. Throws `not-found` and `invalid`. */
async function pipelineOf(script: vscode.Uri, files: PipelineFiles): Promise<vscode.Uri | undefined> {
  const all = await files.all();
  const fitting = all.filter((pipeline) => isBelow(script, pipeline));
  if (fitting.length === 0) {
    if (all.length === 0) return files.choose(undefined, '');
    throw new WorkbenchError(
      'invalid',
      vscode.l10n.t(
        '{0} is not in or below the folder of a pipeline file, where the scripts of its steps are: move it there first. Pipeline files are: {1}.',
        nameOf(script),
        all.map(nameOf).join(', '),
      ),
    );
  }
  if (fitting.length === 1) return fitting[0];
  const open = vscode.window.activeTextEditor?.document.uri;
  if (open && isPipelineFile(open) && isBelow(script, open)) return open;
  // The nearest first.
  const sorted = [...fitting].sort((a, b) => b.path.split('/').length - a.path.split('/').length);
  const picked = await vscode.window.showQuickPick(
    sorted.map((uri) => ({ label: nameOf(uri), uri })),
    {
      title: vscode.l10n.t('Add {0} to which pipeline?', scriptName(script)),
      placeHolder: vscode.l10n.t('Pipeline file'),
    },
  );
  return picked?.uri;
}

async function askName(path: string, { steps }: PipelineOutline): Promise<string | undefined> {
  const { proposeStepName, stepNamePattern } = await import('../../../pipeline/addStep.ts');
  const taken = steps.flatMap(({ name }) => name ?? []);
  const same = steps.find(({ script }) => script === path)?.name;
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Add {0} to Pipeline', path),
    prompt:
      same === undefined
        ? vscode.l10n.t('The name of the step')
        : vscode.l10n.t('The name of the step. The script is that of the step {0} already.', same),
    value: proposeStepName(path, taken),
    validateInput: (name) => {
      if (taken.includes(name)) return vscode.l10n.t('The pipeline has a step {0} already.', name);
      if (stepNamePattern.test(name)) return undefined;
      return vscode.l10n.t('At most 60 letters, digits, "_", "." and "-", with a letter or digit in front.');
    },
  });
}

interface TableItem extends vscode.QuickPickItem {
  list: 'reads' | 'writes';
  table: string;
}

/** Those of the found tables that the step is to declare; not asked where none was found. */
async function askTables(
  name: string,
  { reads, writes }: Pick<NewStep, 'reads' | 'writes'>,
): Promise<Pick<NewStep, 'reads' | 'writes'> | undefined> {
  if (reads.length + writes.length === 0) return { reads, writes };
  const item = (list: TableItem['list'], table: string): TableItem => ({
    label: table,
    description: list === 'reads' ? vscode.l10n.t('reads') : vscode.l10n.t('writes'),
    list,
    table,
    picked: true,
  });
  const picked = await vscode.window.showQuickPick(
    [...reads.map((table) => item('reads', table)), ...writes.map((table) => item('writes', table))],
    {
      title: vscode.l10n.t('What does {0} read and write?', name),
      placeHolder: vscode.l10n.t('Tables that the script names'),
      canPickMany: true,
      matchOnDescription: true,
    },
  );
  if (!picked) return undefined;
  const of = (list: TableItem['list']): string[] =>
    picked.filter((one) => one.list === list).map(({ table }) => table);
  return { reads: of('reads'), writes: of('writes') };
}

/** Not asked where only one place is right. */
async function askPlace(step: NewStep, steps: readonly OutlineStep[]): Promise<number | undefined> {
  const { placesOf } = await import('../../../pipeline/addStep.ts');
  const places = placesOf(step, steps);
  if (places.length === 1) return places[0];
  const label = (index: number): string => {
    if (index === 0) return vscode.l10n.t('At the beginning');
    const before = steps[index - 1]?.name ?? String(index);
    return index === steps.length
      ? vscode.l10n.t('At the end, after {0}', before)
      : vscode.l10n.t('After {0}', before);
  };
  const picked = await vscode.window.showQuickPick(
    places.map((index) => ({ label: label(index), index })),
    {
      title: vscode.l10n.t('Where does {0} stand in the file?', step.name),
      placeHolder: vscode.l10n.t('A run follows what steps read and write'),
    },
  );
  return picked?.index;
}

function folderOf({ path }: vscode.Uri): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function isBelow(script: vscode.Uri, pipeline: vscode.Uri): boolean {
  const isSameSystem = script.scheme === pipeline.scheme && script.authority === pipeline.authority;
  return isSameSystem && script.path.startsWith(folderOf(pipeline));
}

function pathBelow(script: vscode.Uri, pipeline: vscode.Uri): string {
  return script.path.slice(folderOf(pipeline).length);
}

function nameOf(uri: vscode.Uri): string {
  return vscode.workspace.asRelativePath(uri);
}
