import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { WorkbenchError } from '../../base/errors.ts';
import { normalizeProjectName } from '../compose/load.ts';
import type { PortWish } from '../ports.ts';

/** Variable -> value; what is not in it is not set. */
export type Variables = Readonly<Record<string, string>>;

/** The ports that `stack/compose.yaml` asks for: every variable whose name ends with `_PORT`. */
export function portWishes(
  uses: readonly { name: string; fallback?: string | undefined }[],
  user: Variables,
  kept: Readonly<Record<string, number>>,
): PortWish[] {
  const wishes = new Map<string, PortWish>();
  for (const { name, fallback } of uses) {
    if (!name.endsWith('_PORT') || (wishes.get(name)?.preferred ?? 0) > 0) continue;
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
 * The variables of `stack/compose.yaml` for containers, by the conventions at its head: hosts and directories keep
 * their defaults. What the user set comes before a default, but not before what was chosen for this workspace.
 */
export function stackVariables(options: {
  uses: readonly { name: string }[];
  user: Variables;
  ports: Readonly<Record<string, number>>;
  projectName: string;
  secretsDir: string;
  /** The services' user, so that they may read the secrets. */
  uid: number;
}): Record<string, string> {
  const { uses, user, ports, projectName, secretsDir, uid } = options;
  const fixed: Variables = {
    COMPOSE_PROJECT_NAME: projectName,
    MEDALLION_SECRETS: secretsDir,
    MEDALLION_UID: String(uid),
  };
  const result: Record<string, string> = {};
  for (const name of new Set(['COMPOSE_PROJECT_NAME', ...uses.map((use) => use.name)])) {
    const value = fixed[name] ?? ports[name]?.toString() ?? user[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** A name that no other workspace's stack has: "medallion-shop-3f2a". */
export function projectNameOf(workspaceDir: string): string {
  const digest = createHash('sha256').update(workspaceDir).digest('hex').slice(0, 4);
  const folder = normalizeProjectName(basename(workspaceDir)).slice(0, 30);
  return ['medallion', folder, digest].filter((part) => part !== '').join('-');
}

/** Variables as a file for `docker compose --env-file`. */
export function envFileText(variables: Variables): string {
  const lines = Object.entries(variables)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${quoted(value)}\n`);
  return `# For \`docker compose --env-file\`; written by \`medallion up\`.\n${lines.join('')}`;
}

function quoted(value: string): string {
  if (/^[\w./:@+,-]*$/.test(value)) return value;
  if (!/['\n\\]/.test(value)) return `'${value}'`;
  return `"${value.replace(/[\\"$]/g, (character) => `\\${character}`).replaceAll('\n', String.raw`\n`)}"`;
}
