import type * as vscode from 'vscode';
import * as v from 'valibot';
import type { RemoteProfile } from './settings.ts';

const secretsSchema = v.object({
  restKey: v.optional(v.string()),
  postgresPassword: v.optional(v.string()),
  sessionToken: v.optional(v.string()),
});
/** What a remote connection needs and no settings file may hold. */
export type ConnectionSecrets = v.InferOutput<typeof secretsSchema>;

/** Whom they are for: the same name at other addresses, as a folder's settings could have it, gets nothing. */
type Recipient = Pick<RemoteProfile, 'name' | 'sparkRest' | 'postgres' | 'session'>;

/** The session's token is kept by itself: a connection that is given a session keeps its other secrets. */
const kinds = ['cluster', 'session'] as const;

function keyOf(
  { name, sparkRest, postgres, session }: Recipient,
  kind: (typeof kinds)[number],
): string | undefined {
  if (kind === 'session') return session === undefined ? undefined : `connection.${name} session ${session}`;
  const database = postgres ? `${postgres.user}@${postgres.host}:${postgres.port}/${postgres.database}` : '';
  return `connection.${name} ${sparkRest} ${database}`;
}

export async function readSecrets(
  storage: vscode.SecretStorage,
  connection: Recipient,
): Promise<ConnectionSecrets> {
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const key = keyOf(connection, kind);
      return key === undefined ? {} : parse(await storage.get(key));
    }),
  );
  return Object.assign({}, ...found) as ConnectionSecrets;
}

export async function storeSecrets(
  storage: vscode.SecretStorage,
  connection: Recipient,
  { sessionToken, ...ofCluster }: ConnectionSecrets,
): Promise<void> {
  const kept = { cluster: ofCluster, session: { sessionToken } };
  for (const kind of kinds) {
    const key = keyOf(connection, kind);
    if (key === undefined) continue;
    if (Object.values(kept[kind]).every((secret) => !secret)) await storage.delete(key);
    else await storage.store(key, JSON.stringify(kept[kind]));
  }
}

function parse(text: string | undefined): ConnectionSecrets {
  if (text === undefined) return {};
  try {
    const parsed = v.safeParse(secretsSchema, JSON.parse(text));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}

/** Whether a change of the storage is one of a connection's secrets. */
export function isConnectionSecret({ key }: vscode.SecretStorageChangeEvent, name: string): boolean {
  return key.startsWith(`connection.${name} `);
}
