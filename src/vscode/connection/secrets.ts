import type * as vscode from 'vscode';
import * as v from 'valibot';
import type { RemoteProfile } from './settings.ts';

const secretsSchema = v.object({ restKey: v.optional(v.string()), postgresPassword: v.optional(v.string()) });
/** What a remote connection needs and no settings file may hold. */
export type ConnectionSecrets = v.InferOutput<typeof secretsSchema>;

/** Whom they are for: the same name at other addresses, as a folder's settings could have it, gets nothing. */
type Recipient = Pick<RemoteProfile, 'name' | 'sparkRest' | 'postgres'>;

function keyOf({ name, sparkRest, postgres }: Recipient): string {
  const database = postgres ? `${postgres.user}@${postgres.host}:${postgres.port}/${postgres.database}` : '';
  return `connection.${name} ${sparkRest} ${database}`;
}

export async function readSecrets(
  storage: vscode.SecretStorage,
  connection: Recipient,
): Promise<ConnectionSecrets> {
  const text = await storage.get(keyOf(connection));
  if (text === undefined) return {};
  try {
    const parsed = v.safeParse(secretsSchema, JSON.parse(text));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}

export async function storeSecrets(
  storage: vscode.SecretStorage,
  connection: Recipient,
  secrets: ConnectionSecrets,
): Promise<void> {
  if (Object.values(secrets).every((secret) => !secret)) await storage.delete(keyOf(connection));
  else await storage.store(keyOf(connection), JSON.stringify(secrets));
}

/** Whether a change of the storage is one of a connection's secrets. */
export function isConnectionSecret({ key }: vscode.SecretStorageChangeEvent, name: string): boolean {
  return key.startsWith(`connection.${name} `);
}
