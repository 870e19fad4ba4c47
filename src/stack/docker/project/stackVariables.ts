import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { normalizeProjectName } from '../../compose/load.ts';
import type { Variables } from '../../userVariables.ts';

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
