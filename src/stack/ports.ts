import { execFile } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WorkbenchError, systemErrorCode } from '../base/errors.ts';
import { FileLock } from './fileLock.ts';
import type { Processes } from './processes.ts';

export interface PortOwner {
  pid: number;
  /** Program and arguments, shortened. */
  command: string;
}

export interface PortWish {
  /** The variable: `NAMENODE_PORT`. */
  name: string;
  /** The default; 0 for any. */
  preferred: number;
  /** What this workspace had last. */
  kept?: number | undefined;
  /** What the user set: this one or none. */
  explicit?: number | undefined;
}

export interface ChosenPorts {
  ports: Record<string, number>;
  /** To be called once the services listen: until then no other workspace takes these ports. */
  release(): Promise<void>;
}

/**
 * Chooses a port for each wish: what the user set, what the workspace had, the default, or the next free one. A taken
 * port stays chosen where one of `ourPids` listens on it: the stack already runs. Throws `conflict`, with the owner's
 * name, for a taken port that the user set.
 *
 * While it chooses it listens on the ports, and it leaves a reservation for each in `reservations`, a folder shared by
 * the user's workspaces; so two that start at the same moment do not collide.
 */
export async function choosePorts(
  wishes: readonly PortWish[],
  options: {
    host: string;
    reservations: string;
    processes: Processes;
    ourPids: () => Promise<ReadonlySet<number>>;
    /** Ports that the stack's own containers publish, whoever listens for them. */
    ourPorts?: ReadonlySet<number>;
    /** The container that publishes a port, in words; a process only passes its connections on. */
    publisherOf?: (port: number) => Promise<string | undefined>;
  },
): Promise<ChosenPorts> {
  const { host, reservations, processes, ourPids, ourPorts, publisherOf } = options;
  const ports: Record<string, number> = {};
  const locks: FileLock[] = [];
  const held: Server[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(locks.splice(0).map((lock) => lock.release()));
  };

  // Asked for at the first taken port, and for all at once, since it looks through all processes.
  let owners: Promise<{ ours: ReadonlySet<number>; byPort: Map<number, PortOwner> }> | undefined;
  const findOwners = async (): Promise<{ ours: ReadonlySet<number>; byPort: Map<number, PortOwner> }> => {
    const ours = await ourPids();
    const fixed = wishes.flatMap(({ explicit, kept }) => explicit ?? kept ?? []);
    return { ours, byPort: await portOwners(fixed, [...ours]) };
  };

  /** True if the port is now ours: free and reserved. */
  const tryTake = async (port: number): Promise<boolean> => {
    const lock = await FileLock.tryTake(join(reservations, String(port)), 'a port', processes);
    if (!(lock instanceof FileLock)) return false;
    const server = await listenOn(host, port);
    if (!server) {
      await lock.release();
      return false;
    }
    locks.push(lock);
    held.push(server);
    return true;
  };

  try {
    // What is fixed first, so that no default takes it away.
    const rank = (wish: PortWish): number =>
      wish.explicit !== undefined ? 0 : wish.kept !== undefined ? 1 : 2;
    for (const wish of [...wishes].sort((a, b) => rank(a) - rank(b))) {
      const taken = new Set(Object.values(ports));
      for (const port of candidates(wish)) {
        if (taken.has(port)) {
          if (port !== wish.explicit) continue;
          throw new WorkbenchError(
            'invalid',
            `${wish.name} is set to ${port}, which another service has too.`,
          );
        }
        if (await tryTake(port)) {
          ports[wish.name] = port;
          break;
        }
        if (port !== wish.explicit && port !== wish.kept) continue;
        if (ourPorts?.has(port)) {
          ports[wish.name] = port;
          break;
        }
        const publisher = port === wish.explicit ? await publisherOf?.(port) : undefined;
        if (publisher !== undefined) throw portTaken(wish.name, port, publisher);
        owners ??= findOwners();
        const { ours, byPort } = await owners;
        const owner = byPort.get(port);
        if (owner && ours.has(owner.pid)) {
          ports[wish.name] = port;
          break;
        }
        if (port === wish.explicit) throw portTaken(wish.name, port, owner);
      }
      if (ports[wish.name] === undefined) {
        throw new WorkbenchError('conflict', `There is no free port for ${wish.name} on ${host}.`);
      }
    }
    return { ports, release };
  } catch (error) {
    await release();
    throw error;
  } finally {
    await Promise.all(held.map(close));
  }
}

function* candidates({ preferred, kept, explicit }: PortWish): Iterable<number> {
  if (explicit !== undefined) {
    yield explicit;
    return;
  }
  if (kept !== undefined) yield kept;
  const first = preferred > 0 ? preferred : 20_000;
  for (let port = first; port < 65_536; port += 1) yield port;
}

/** The error for a port that somebody else listens on; `name` is the variable, or whose port it is. */
export function portTaken(name: string, port: number, owner: PortOwner | string | undefined): WorkbenchError {
  const known = typeof owner === 'object' ? `${owner.command} (process ${owner.pid})` : owner;
  const who = known ?? 'another process';
  return new WorkbenchError(
    'conflict',
    `${name} is ${port}, and ${who} listens there. Stop it, or choose a free port.`,
    { port, ...(name.endsWith('_PORT') ? { variable: name } : {}) },
  );
}

/** Listens on a port, or gives undefined if it is taken. */
async function listenOn(host: string, port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  const isListening = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error) => {
      if (['EADDRINUSE', 'EACCES'].includes(systemErrorCode(error) ?? '')) resolve(false);
      else reject(new WorkbenchError('invalid', `Cannot listen on ${host}:${port}: ${error.message}.`));
    });
    server.listen({ host, port, exclusive: true }, () => resolve(true));
  });
  return isListening ? server : undefined;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** True if something accepts connections there. */
export function isListening(host: string, port: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean): void => {
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      resolve(answer);
    };
    const stop = (): void => end(false);
    socket.setTimeout(2_000, stop);
    socket.once('connect', () => end(true));
    socket.once('error', stop);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Who listens on a TCP port of this machine, where this user may know. */
export async function portOwner(port: number): Promise<PortOwner | undefined> {
  return (await portOwners([port])).get(port);
}

/** Who listens on each of some TCP ports; it looks at the processes `likely` first. */
export async function portOwners(
  ports: readonly number[],
  likely: readonly number[] = [],
  platform: NodeJS.Platform = process.platform,
): Promise<Map<number, PortOwner>> {
  if (platform === 'linux') return ownersFromProc(ports, likely);
  const owners = await Promise.all(ports.map(async (port) => [port, await ownerFromLsof(port)] as const));
  return new Map(owners.filter((entry): entry is [number, PortOwner] => entry[1] !== undefined));
}

async function ownersFromProc(
  ports: readonly number[],
  likely: readonly number[],
): Promise<Map<number, PortOwner>> {
  const tables = (await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => read(file)))).join(
    '\n',
  );
  const wanted = new Map(
    ports.flatMap((port) => listeningInodes(tables, port).map((inode) => [inode, port])),
  );
  const owners = new Map<number, PortOwner>();
  const all = (await listOf('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const known = new Set(likely);
  for (const pid of [...likely, ...all.filter((candidate) => !known.has(candidate))]) {
    if (wanted.size === 0) break;
    for (const inode of socketsOf(pid)) {
      const port = wanted.get(inode);
      if (port === undefined) continue;
      wanted.delete(inode);
      const command = (await read(`/proc/${pid}/cmdline`))?.replaceAll('\0', ' ').trim();
      owners.set(port, { pid, command: shortened(command ?? 'a process') });
    }
  }
  return owners;
}

/** Inodes of a process's sockets. Synchronous: thousands of tiny reads from memory, ten times slower otherwise. */
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((descriptor) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${descriptor}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    // Gone, or another user's.
    return [];
  }
}

/** The inodes of the sockets that listen on a port, from the text of `/proc/net/tcp`. */
export function listeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const isListener = fields[3] === '0A' && fields[1]?.endsWith(`:${hexPort}`) === true;
    return isListener ? [fields[9] ?? ''] : [];
  });
}

async function ownerFromLsof(port: number): Promise<PortOwner | undefined> {
  try {
    const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
    return parseLsof((await promisify(execFile)('lsof', args)).stdout);
  } catch {
    // It ends with 1 where it finds nothing, and may be missing.
    return undefined;
  }
}

/** Reads what `lsof -Fpc` prints: lines of `p<pid>` and `c<command>`. */
export function parseLsof(text: string): PortOwner | undefined {
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  if (pid === undefined) return undefined;
  return { pid: Number(pid), command: /^c(.+)$/m.exec(text)?.[1] ?? 'a process' };
}

function shortened(command: string): string {
  return command.length > 80 ? `${command.slice(0, 79)}…` : command;
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function listOf(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
