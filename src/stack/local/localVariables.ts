import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { WorkbenchError, systemErrorCode } from '../../base/errors.ts';
import type { PortWish } from '../ports.ts';
import { fileError, type StateDir } from '../stateDir.ts';
import type { VariableUse } from '../compose/interpolation.ts';

/** Variable -> value; what is not in it is not set. */
export type Variables = Readonly<Record<string, string>>;

/** Where the programs are that the services run with. */
export interface LocalRuntime {
  /** The provisioned parts: `venv`, `spark`, `hdfs`, `postgres`. */
  runtimeDir: string;
  javaHome: string;
}

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

/**
 * The variables of a Compose file for local processes, by the conventions at the head of `stack/compose.yaml`: hosts
 * are this machine, directories are in the workspace's state. What the user set comes before a convention, but not
 * before the programs and secrets that were found or made for this stack.
 */
export function localVariables(options: {
  uses: readonly VariableUse[];
  user: Variables;
  ports: Readonly<Record<string, number>>;
  state: StateDir;
  stackDir: string;
  runtime: LocalRuntime;
  node: string;
}): Record<string, string> {
  const { uses, user, ports, state, stackDir, runtime, node } = options;
  const fixed: Variables = {
    MEDALLION_HOME: stackDir,
    MEDALLION_RUNTIME: runtime.runtimeDir,
    MEDALLION_JAVA_HOME: runtime.javaHome,
    SECRETS_DIR: state.secrets,
    MEDALLION_SECRETS: state.secrets,
  };
  const byConvention = (name: string): string | undefined => {
    if (name === 'MEDALLION_NODE') return node;
    if (name === 'BIND_ADDRESS' || name.endsWith('_HOST')) return '127.0.0.1';
    if (name.endsWith('_DIR')) return join(state.data, folderName(name));
    return undefined;
  };
  const result: Record<string, string> = {};
  for (const name of new Set(uses.map((use) => use.name))) {
    const value = fixed[name] ?? ports[name]?.toString() ?? user[name] ?? byConvention(name);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/**
 * The variables of one replica. A `*_DIR` that belongs to the replica alone, as one in a container does that no volume
 * is mounted on, becomes `<DIR>/<replica>`; `isOwn` says which folders do.
 */
export function replicaVariables(
  variables: Variables,
  replica: number,
  isOwn: (folder: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const isDirectory = name.endsWith('_DIR') && name !== 'SECRETS_DIR';
      return [name, isDirectory && isOwn(value) ? join(value, String(replica)) : value];
    }),
  );
}

/** `SPARK_WORKER_DIR` -> `spark-worker`. */
function folderName(variable: string): string {
  return variable.replace(/_DIR$/, '').toLowerCase().replaceAll('_', '-');
}
