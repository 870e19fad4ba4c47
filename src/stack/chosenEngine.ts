import { join } from 'node:path';
import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import { isRunning, type Engine } from './engine.ts';
import { readJson, writeAtomically, type StateDir } from './stateDir.ts';

export const engineNames = ['docker', 'local'] as const;
export type EngineName = (typeof engineNames)[number];

const choiceSchema = v.object({ version: v.literal(1), engine: v.picklist(engineNames) });

/** The engine of the last `up` in this workspace; undefined before the first one. */
export async function lastEngine(state: StateDir): Promise<EngineName | undefined> {
  const found = await readJson(choicePath(state));
  if (found === undefined || found === 'damaged') return undefined;
  const checked = v.safeParse(choiceSchema, found.value);
  return checked.success ? checked.output.engine : undefined;
}

/** Notes which engine is to be asked from now on. To be called before its `up`, so that a broken one can be undone. */
export async function noteEngine(state: StateDir, engine: EngineName): Promise<void> {
  await state.make();
  await writeAtomically(choicePath(state), JSON.stringify({ version: 1, engine }));
}

function choicePath(state: StateDir): string {
  return join(state.path, 'engine.json');
}

/** Throws `conflict` if the workspace's stack runs on `other`, while `wanted` is to start it. */
export async function requireNotRunning(
  other: Engine,
  wanted: EngineName,
  signal?: AbortSignal,
): Promise<void> {
  const running = await runningServices(other, signal);
  if (running.length === 0) return;
  throw new WorkbenchError(
    'conflict',
    `The stack of this workspace runs on the ${other.name} engine (${running.join(', ')}). Stop it first with ` +
      `\`medallion down\`, which keeps its data, then run \`medallion up --engine ${wanted}\`.`,
  );
}

async function runningServices(engine: Engine, signal: AbortSignal | undefined): Promise<string[]> {
  try {
    const services = await engine.status(signal ? { signal } : {});
    return [...new Set(services.filter(isRunning).map(({ service }) => service))];
  } catch (error) {
    // Containers of an engine that does not answer do not run either.
    if (isWorkbenchError(error, 'unreachable', 'not-found')) return [];
    throw error;
  }
}
