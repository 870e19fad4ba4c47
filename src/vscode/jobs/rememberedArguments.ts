import * as v from 'valibot';
import type * as vscode from 'vscode';

const argumentsSchema = v.object({ args: v.array(v.string()), properties: v.record(v.string(), v.string()) });
/** What a script is submitted with, beside the settings. */
export type SubmitArguments = v.InferOutput<typeof argumentsSchema>;

const key = 'jobs.arguments';
/** The scripts whose arguments are remembered: those last used. */
const maxScripts = 200;

/** What a script was last submitted with in this workspace. */
export function rememberedArguments(
  { workspaceState }: Pick<vscode.ExtensionContext, 'workspaceState'>,
  script: vscode.Uri,
): SubmitArguments {
  const found = entries(workspaceState).find(([uri]) => uri === script.toString());
  return found?.[1] ?? { args: [], properties: {} };
}

export async function rememberArguments(
  { workspaceState }: Pick<vscode.ExtensionContext, 'workspaceState'>,
  script: vscode.Uri,
  given: SubmitArguments,
): Promise<void> {
  const others = entries(workspaceState).filter(([uri]) => uri !== script.toString());
  const isEmpty = given.args.length === 0 && Object.keys(given.properties).length === 0;
  const all = isEmpty ? others : [[script.toString(), given], ...others].slice(0, maxScripts);
  await workspaceState.update(key, all);
}

function entries(memento: vscode.Memento): [string, SubmitArguments][] {
  const parsed = v.safeParse(v.array(v.tuple([v.string(), argumentsSchema])), memento.get(key));
  return parsed.success ? parsed.output : [];
}
