import { join } from 'node:path';
import type { VariableUse } from '../compose/interpolation.ts';
import type { StateDir } from '../stateDir.ts';
import type { Variables } from '../userVariables.ts';

/** Where the programs are that the services run with. */
export interface LocalRuntime {
  /** The provisioned parts: `venv`, `spark`, `hdfs`, `postgres`. */
  runtimeDir: string;
  javaHome: string;
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
