import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { sleep, throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, systemErrorCode } from '../base/errors.ts';
import { isAlive, type Processes } from './processes.ts';

const holderSchema = v.object({ pid: v.number(), started: v.string(), what: v.string(), token: v.string() });

/** Who holds a lock, and what for ("medallion up"). */
export type LockHolder = v.InferOutput<typeof holderSchema>;

/** A lock that one process holds through a file. It ends with its process: a lock left by a dead one is taken over. */
export class FileLock {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /** Takes the lock, or says who holds it. */
  static async tryTake(path: string, what: string, processes: Processes): Promise<FileLock | LockHolder> {
    const self = await processes.find(process.pid);
    const token = randomBytes(12).toString('hex');
    const content: LockHolder = { pid: process.pid, started: self?.started ?? '', what, token };
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    for (;;) {
      if (await createWhole(path, JSON.stringify(content))) return new FileLock(path, token);
      const holder = await readHolder(path);
      if (holder === 'gone') continue;
      if (holder !== 'stale' && (await isAlive(processes, holder))) return holder;
      await removeStale(path, holder === 'stale' ? undefined : holder.token);
    }
  }

  /** Takes the lock; while somebody else holds it, waits, and tells `onWait` for whom. Throws `conflict`. */
  static async take(
    path: string,
    what: string,
    processes: Processes,
    options: {
      timeoutMs?: number;
      signal?: AbortSignal | undefined;
      onWait?: (holder: LockHolder) => void;
    } = {},
  ): Promise<FileLock> {
    const { timeoutMs = 600_000, signal, onWait } = options;
    const deadline = Date.now() + timeoutMs;
    let waitingFor: string | undefined;
    for (;;) {
      throwIfCancelled(signal);
      const taken = await FileLock.tryTake(path, what, processes);
      if (taken instanceof FileLock) return taken;
      if (Date.now() >= deadline) {
        throw new WorkbenchError(
          'conflict',
          `"${taken.what}" (process ${taken.pid}) is at work on this stack. Wait for it, or stop it.`,
        );
      }
      if (waitingFor !== taken.token) onWait?.(taken);
      waitingFor = taken.token;
      await sleep(Math.min(200, Math.max(1, deadline - Date.now())), signal);
    }
  }

  async release(): Promise<void> {
    const holder = await readHolder(this.#path);
    if (typeof holder === 'object' && holder.token === this.#token) await rm(this.#path, { force: true });
  }
}

/** Creates a file with its whole content at once; false if there is one. */
async function createWhole(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, content, { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    // A file system without hard links: nearly as good, a reader may see the file empty for a moment.
    try {
      await writeFile(path, content, { mode: 0o600, flag: 'wx' });
      return true;
    } catch (second) {
      if (systemErrorCode(second) === 'EEXIST') return false;
      throw second;
    }
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readHolder(path: string): Promise<LockHolder | 'gone' | 'stale'> {
  try {
    return v.parse(holderSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'gone';
    if (!(error instanceof SyntaxError) && !(error instanceof v.ValiError)) throw error;
    // Unreadable: about to be written, or cut off by a crash.
    const ageMs = Date.now() - ((await modifiedMs(path)) ?? 0);
    if (ageMs > 2_000) return 'stale';
    await sleep(100);
    return 'gone';
  }
}

/**
 * Removes a dead process's lock. Only one process at a time may, and it looks again before: otherwise two that found
 * the same stale lock could each remove it, the second one removing the new lock of the first.
 */
async function removeStale(path: string, token: string | undefined): Promise<void> {
  const guard = `${path}.break`;
  try {
    await writeFile(guard, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    // Held for microseconds, unless its process died in them.
    if (Date.now() - ((await modifiedMs(guard)) ?? Date.now()) > 5_000) await rm(guard, { force: true });
    return sleep(50);
  }
  try {
    const holder = await readHolder(path);
    const same = holder === 'stale' ? token === undefined : holder !== 'gone' && holder.token === token;
    if (same) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function modifiedMs(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}
