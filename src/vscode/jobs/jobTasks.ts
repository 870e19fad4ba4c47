import * as vscode from 'vscode';
import * as v from 'valibot';
import { WorkbenchError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import type { JobRun } from './jobRuns.ts';
import { scriptUri } from './launchConfigurations.ts';
import { submitScript } from './submitScript.ts';
import { TaskTerminal } from './taskTerminal.ts';

const wordsSchema = v.optional(v.record(v.string(), v.string()), {});
const definitionSchema = v.variant('task', [
  v.object({
    type: v.literal('medallion'),
    task: v.literal('submit'),
    script: v.pipe(v.string(), v.nonEmpty()),
    args: v.optional(v.array(v.string()), []),
    properties: wordsSchema,
  }),
  v.object({
    type: v.literal('medallion'),
    task: v.literal('pipeline'),
    file: v.optional(v.string(), 'pipeline.yaml'),
    from: v.optional(v.string()),
    only: v.optional(v.string()),
    properties: wordsSchema,
  }),
]);
type Definition = v.InferOutput<typeof definitionSchema>;

/** More pipelines than a person picks from a list. */
const maxPipelines = 20;

/** Tasks of type `medallion`: each pipeline of the workspace and the open script, and what `tasks.json` describes. */
export class JobTasks implements vscode.TaskProvider {
  readonly #parts: Pick<Parts, 'workbench' | 'stack' | 'runs'>;

  constructor(parts: Pick<Parts, 'workbench' | 'stack' | 'runs'>) {
    this.#parts = parts;
  }

  async provideTasks(token: vscode.CancellationToken): Promise<vscode.Task[]> {
    if (!this.#parts.workbench.isUsable) return [];
    const files = await vscode.workspace.findFiles(
      '**/{pipeline.yaml,*.pipeline.yaml}',
      '**/{node_modules,.venv,.git}/**',
      maxPipelines,
      token,
    );
    const tasks = files.flatMap((uri) => {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      if (!folder) return [];
      const file = vscode.workspace.asRelativePath(uri, false);
      const definition = { type: 'medallion', task: 'pipeline', file } as const;
      return this.#task(definition, folder, vscode.l10n.t('run {0}', file));
    });
    const open = vscode.window.activeTextEditor?.document;
    const folder = open && vscode.workspace.getWorkspaceFolder(open.uri);
    if (open?.languageId === 'python' && folder) {
      const script = vscode.workspace.asRelativePath(open.uri, false);
      const definition = { type: 'medallion', task: 'submit', script } as const;
      tasks.push(this.#task(definition, folder, vscode.l10n.t('submit {0}', script)));
    }
    return tasks;
  }

  /** A task of `tasks.json`: VS Code asks for its execution. */
  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const { definition, scope, name } = task;
    if (definition.type !== 'medallion') return undefined;
    // The same definition has to be given back; what is wrong in it is told when it runs.
    return this.#task(definition, scope ?? vscode.TaskScope.Workspace, name);
  }

  #task(
    definition: vscode.TaskDefinition,
    scope: vscode.WorkspaceFolder | vscode.TaskScope,
    name: string,
  ): vscode.Task {
    const folder = typeof scope === 'object' ? scope : this.#parts.workbench.folder;
    // Given again when it runs, with its variables replaced.
    const execution = new vscode.CustomExecution((resolved) =>
      Promise.resolve(new TaskTerminal(() => this.#begin(resolved, folder))),
    );
    const taskScope = scope === vscode.TaskScope.Global ? vscode.TaskScope.Workspace : scope;
    const task = new vscode.Task(definition, taskScope, name, 'medallion', execution, '$medallion');
    task.group = vscode.TaskGroup.Build;
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
    return task;
  }

  async #begin(
    given: vscode.TaskDefinition,
    folder: vscode.WorkspaceFolder | undefined,
  ): Promise<JobRun | undefined> {
    const definition = readDefinition(given);
    this.#parts.workbench.requireTrust();
    if (definition.task === 'submit') {
      const { script, args, properties } = definition;
      return await submitScript(this.#parts, { file: scriptUri(script, folder), args, properties });
    }
    const { file, from, only, properties } = definition;
    const [{ requireStack }, { startPipeline }] = await Promise.all([
      import('./requireStack.ts'),
      import('../pipeline/startPipeline.ts'),
    ]);
    if (!(await requireStack(this.#parts))) return undefined;
    const selection = { ...(from === undefined ? {} : { from }), ...(only === undefined ? {} : { only }) };
    return await startPipeline(this.#parts, scriptUri(file, folder), selection, properties);
  }
}

/** Throws `invalid` for what `tasks.json` has wrong. */
function readDefinition(given: vscode.TaskDefinition): Definition {
  const parsed = v.safeParse(definitionSchema, given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new WorkbenchError(
    'invalid',
    vscode.l10n.t('The task is wrong: {0}: {1}', v.getDotPath(issue) ?? 'task', issue.message),
  );
}
