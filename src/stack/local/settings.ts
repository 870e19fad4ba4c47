import { join } from 'node:path';
import * as v from 'valibot';
import { readJson, writeAtomically } from '../stateDir.ts';

const settingsSchema = v.object({
  version: v.literal(1),
  /** All variables of the Compose file, as the last `up` set them. */
  variables: v.record(v.string(), v.string()),
  /** The ports among them that were chosen here, to be chosen again. */
  ports: v.record(v.string(), v.number()),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

/**
 * What the last `up` ran with. Every other command reads it, so that another shell, with other variables set, sees the
 * stack as it is. Undefined where there was none, or where the file is damaged: it is made anew by the next `up`.
 */
export async function readSettings(folder: string): Promise<Settings | undefined> {
  const found = await readJson(join(folder, 'settings.json'));
  if (found === undefined || found === 'damaged') return undefined;
  const checked = v.safeParse(settingsSchema, found.value);
  return checked.success ? checked.output : undefined;
}

export async function writeSettings(folder: string, settings: Settings): Promise<void> {
  await writeAtomically(join(folder, 'settings.json'), JSON.stringify(settings, null, 1));
}
