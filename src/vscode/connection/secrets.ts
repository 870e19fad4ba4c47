import type * as vscode from 'vscode';
import * as v from 'valibot';

const secretsSchema = v.object({ restKey: v.optional(v.string()), postgresPassword: v.optional(v.string()) });
/** What a remote connection needs and no settings file may hold. */
export type ConnectionSecrets = v.InferOutput<typeof secretsSchema>;

const keyOf = (connection: string): string => `connection.${connection}`;

export async function readSecrets(
  storage: vscode.SecretStorage,
  connection: string,
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
  connection: string,
  secrets: ConnectionSecrets,
): Promise<void> {
  if (Object.values(secrets).every((secret) => !secret)) await storage.delete(keyOf(connection));
  else await storage.store(keyOf(connection), JSON.stringify(secrets));
}

/** Whether a change of the storage is one of a connection's secrets. */
export function isConnectionSecret({ key }: vscode.SecretStorageChangeEvent, connection: string): boolean {
  return key === keyOf(connection);
}
