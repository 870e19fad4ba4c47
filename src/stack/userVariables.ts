import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { WorkbenchError, systemErrorCode } from '../base/errors.ts';
import type { VariableUse } from './compose/interpolation.ts';
import type { PortWish } from './ports.ts';
import { fileError } from './stateDir.ts';

/** Variable -> value; what is not in it is not set. */
export type Variables = Readonly<Record<string, string>>;

/** What the user set: the environment, and below it the workspace's `.env`. */
export async function userVariables(
  workspace: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const path = join(workspace, '.env');
  let fromFile: Record<string, string | undefined> = {};
  try {
    fromFile = parseEnv(await readFile(path, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileError(error, path);
  }
  const all = Object.entries({ ...fromFile, ...environment });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The ports that a Compose file asks for: every variable whose name ends with `_PORT`. */
export function portWishes(
  uses: readonly VariableUse[],
  user: Variables,
  kept: Readonly<Record<string, number>>,
): PortWish[] {
  const wishes = new Map<string, PortWish>();
  for (const { name, fallback } of uses) {
    if (!name.endsWith('_PORT')) continue;
    const known = wishes.get(name);
    if (known && known.preferred > 0) continue;
    const set = user[name];
    wishes.set(name, {
      name,
      preferred: /^\d+$/.test(fallback ?? '') ? Number(fallback) : 0,
      kept: kept[name],
      explicit: set ? portNumber(name, set) : undefined,
    });
  }
  return [...wishes.values()];
}

function portNumber(name: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port;
  throw new WorkbenchError('invalid', `${name} is set to "${text}", which is not a port from 1 to 65535.`);
}
