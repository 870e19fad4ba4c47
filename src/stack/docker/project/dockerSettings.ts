import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { readJson, writeAtomically } from '../../stateDir.ts';
import { envFileText } from './stackVariables.ts';

const settingsSchema = v.object({
  version: v.literal(1),
  projectName: v.string(),
  /** The Compose files that the user named, absolute; absent for our own one. */
  files: v.optional(v.array(v.string())),
  envFiles: v.optional(v.array(v.string())),
  /** Where this was written: a copied folder is another stack, a moved one is the same. */
  workspace: v.string(),
  /** All variables of `stack/compose.yaml`, as the last `up` set them; none for files without it. */
  variables: v.record(v.string(), v.string()),
  /** The ports among them, to be chosen again. */
  ports: v.record(v.string(), v.number()),
});

export type DockerSettings = v.InferOutput<typeof settingsSchema>;

/**
 * What the last `up` ran with, so that another shell, with other variables set, sees the stack as it
 * is. Undefined where there was none, where the file is damaged, and in a copy of a workspace that is still there.
 */
export async function readDockerSettings(
  folder: string,
  workspace: string,
): Promise<DockerSettings | undefined> {
  const found = await readJson(join(folder, 'settings.json'));
  if (found === undefined || found === 'damaged') return undefined;
  const checked = v.safeParse(settingsSchema, found.value);
  if (!checked.success) return undefined;
  const settings = checked.output;
  if (settings.workspace === workspace) return settings;
  const isThere = await realpath(settings.workspace).then(
    () => true,
    () => false,
  );
  return isThere ? undefined : settings;
}

/** Writes them for us, and as `compose.env` for the Compose CLI. */
export async function writeDockerSettings(folder: string, settings: DockerSettings): Promise<void> {
  await writeAtomically(join(folder, 'settings.json'), JSON.stringify(settings, null, 1));
  await writeAtomically(
    join(folder, 'compose.env'),
    envFileText({ ...settings.variables, COMPOSE_PROJECT_NAME: settings.projectName }),
  );
}
