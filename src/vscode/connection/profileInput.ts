import type { RemoteProfile } from './settings.ts';

/** Names that mean the folder's own stack, or its authority in `hdfs:` URIs. */
const reserved = ['auto', 'docker', 'local', 'stack'];

/** Why a connection cannot have this name. Small letters, for URIs make no difference between them and capitals. */
export function nameFault(
  name: string,
  taken: readonly string[],
): 'shape' | 'reserved' | 'taken' | undefined {
  if (reserved.includes(name.toLowerCase())) return 'reserved';
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) return 'shape';
  return taken.some((one) => one.toLowerCase() === name) ? 'taken' : undefined;
}

/** An `http:` or `https:` address without a password in it, which would end up in a settings file. */
export function isHttpUrl(text: string): boolean {
  const url = parse(text);
  return url !== undefined && /^https?:$/.test(url.protocol) && !url.username && !url.password;
}

/** Whether something follows the path, as a token may: that would end up in a settings file. */
export function hasQuery(text: string): boolean {
  const url = parse(text);
  return url !== undefined && (url.search !== '' || url.hash !== '');
}

/** `http://master.example:8080` for the same host as another address; empty where that is none. */
export function sameHost(address: string | undefined, scheme: string, port: number): string {
  const host = parse(address ?? '')?.hostname;
  return host ? `${scheme}://${host}:${port}` : '';
}

export type PostgresProfile = NonNullable<RemoteProfile['postgres']>;

/** `user@host:5432/database`; undefined for anything else, and where a password is in it. */
export function parsePostgres(text: string): PostgresProfile | undefined {
  const url = parse(/^postgres(ql)?:\/\//.test(text) ? text : `postgres://${text}`);
  const database = url?.pathname.slice(1);
  if (!url?.hostname || !url.username || url.password || !database || database.includes('/'))
    return undefined;
  // A host in brackets is an IPv6 address, which is connected to without them.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: url.port ? Number(url.port) : 5432,
    database: decodeURIComponent(database),
    user: decodeURIComponent(url.username),
  };
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
