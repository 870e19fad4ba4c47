import { execFile } from 'node:child_process';
import { open, readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from '../base/errors.ts';

/** A process for sure: process ids are used again, an id together with the start time is not. */
export interface ProcessIdentity {
  pid: number;
  /** Linux: boot id and start in clock ticks since boot. Elsewhere: what `ps -o lstart=` prints. */
  started: string;
}

export interface ProcessInfo extends ProcessIdentity {
  parent: number;
  group: number;
}

/** What one process uses. */
export interface ProcessUsage {
  /** Processor time since its start, of all its threads; that of its children is not in it. */
  cpuMs: number;
  /** Resident memory that is its own. */
  privateBytes: number;
  /** Resident memory that other processes may share: files, and shared memory. 0 where it is not told apart. */
  sharedBytes: number;
}

/** The living processes of this machine. Zombies are dead: they only wait for their parent to notice. */
export interface Processes {
  all(): Promise<ProcessInfo[]>;
  find(pid: number): Promise<ProcessInfo | undefined>;
  /** The values of an environment variable that processes of this user were started with, by process id. */
  withVariable(name: string): Promise<Map<number, string>>;
  /** What each of these uses, by process id; those that are gone are left out. */
  usage(pids: readonly number[]): Promise<Map<number, ProcessUsage>>;
}

export function systemProcesses(platform: NodeJS.Platform = process.platform): Processes {
  return platform === 'linux' ? new ProcProcesses() : new PsProcesses();
}

/** True if the very same process still lives. */
export async function isAlive(processes: Processes, identity: ProcessIdentity): Promise<boolean> {
  return (await processes.find(identity.pid))?.started === identity.started;
}

/** `roots` and all that descend from them or share their process group. */
export function withDescendants(all: readonly ProcessInfo[], roots: ReadonlySet<number>): ProcessInfo[] {
  const found = new Set(roots);
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const { pid, parent, group } of all) if (found.has(parent) || roots.has(group)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid));
}

/** Sends a signal to a process, or with a negative id to a group; false if there is none. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: on macOS also the answer for a group of zombies.
    if (['ESRCH', 'EPERM'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Reads `/proc`. */
export class ProcProcesses implements Processes {
  #bootId: string | undefined;

  async all(): Promise<ProcessInfo[]> {
    const found = await Promise.all((await pidsOf('/proc')).map((pid) => this.find(pid)));
    return found.filter((info) => info !== undefined);
  }

  async find(pid: number): Promise<ProcessInfo | undefined> {
    const stat = await readText(`/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    // "pid (name) state ppid pgrp ...": the name may hold spaces and parentheses. See proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent, group] = fields;
    const [threads, ticks] = [fields[17], fields[19]];
    if (state === undefined || ticks === undefined) return undefined;
    // A process whose first thread has ended counts as a zombie, and keeps its ports until the last one has.
    if ('Xx'.includes(state) || (state === 'Z' && Number(threads) <= 1)) return undefined;
    this.#bootId ??= (await readText('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
    return { pid, started: `${this.#bootId}/${ticks}`, parent: Number(parent), group: Number(group) };
  }

  async withVariable(name: string): Promise<Map<number, string>> {
    const values = new Map<number, string>();
    await Promise.all(
      (await pidsOf('/proc')).map(async (pid) => {
        const environment = await readText(`/proc/${pid}/environ`);
        const entry = environment?.split('\0').find((line) => line.startsWith(`${name}=`));
        if (entry !== undefined) values.set(pid, entry.slice(name.length + 1));
      }),
    );
    return values;
  }

  async usage(pids: readonly number[]): Promise<Map<number, ProcessUsage>> {
    const found = new Map<number, ProcessUsage>();
    await Promise.all(
      pids.map(async (pid) => {
        const [stat, status] = await Promise.all(
          ['stat', 'status'].map((file) => readText(`/proc/${pid}/${file}`)),
        );
        const usage = stat === undefined || status === undefined ? undefined : parseProcUsage(stat, status);
        if (usage) found.set(pid, usage);
      }),
    );
    return found;
  }
}

/** The kernel counts processor time for programs in hundredths of a second, on all its platforms. */
const tickMs = 10;

/** Reads `/proc/<pid>/stat` and `/proc/<pid>/status`; undefined for a process without memory of its own. See proc(5). */
export function parseProcUsage(stat: string, status: string): ProcessUsage | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN);
  const usage = {
    cpuMs: (user + system) * tickMs,
    privateBytes: kilobytes('RssAnon') * 1024,
    sharedBytes: (kilobytes('RssFile') + kilobytes('RssShmem')) * 1024,
  };
  return Object.values(usage).every(Number.isFinite) ? usage : undefined;
}

/** Asks `ps`, for systems without `/proc`. */
export class PsProcesses implements Processes {
  all(): Promise<ProcessInfo[]> {
    return this.#list(['-ax']);
  }

  async find(pid: number): Promise<ProcessInfo | undefined> {
    return (await this.#list(['-p', String(pid)]))[0];
  }

  async withVariable(name: string): Promise<Map<number, string>> {
    // -E: the environment behind the command, on macOS.
    const text = await output('ps', ['-axww', '-E', '-o', 'pid=,command=']);
    const values = new Map<number, string>();
    for (const line of text.split('\n')) {
      const pid = /^\s*(\d+) /.exec(line)?.[1];
      const value = line.split(` ${name}=`)[1]?.split(' ')[0];
      if (pid !== undefined && value !== undefined) values.set(Number(pid), value);
    }
    return values;
  }

  async usage(pids: readonly number[]): Promise<Map<number, ProcessUsage>> {
    if (pids.length === 0) return new Map();
    return parsePsUsage(await output('ps', ['-p', pids.join(','), '-o', 'pid=,rss=,time=']));
  }

  async #list(which: string[]): Promise<ProcessInfo[]> {
    return parsePs(await output('ps', [...which, '-o', 'pid=,ppid=,pgid=,stat=,lstart=']));
  }
}

/** Reads the answer of `ps -o pid=,ppid=,pgid=,stat=,lstart=`. */
export function parsePs(text: string): ProcessInfo[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line);
    if (!match || match[4]!.startsWith('Z')) return [];
    return [{ pid: Number(match[1]), parent: Number(match[2]), group: Number(match[3]), started: match[5]! }];
  });
}

/** Reads the answer of `ps -o pid=,rss=,time=`: kilobytes, and `[[days-]hours:]minutes:seconds`. */
export function parsePsUsage(text: string): Map<number, ProcessUsage> {
  const found = new Map<number, ProcessUsage>();
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/.exec(line);
    if (!match) continue;
    const [, pid, kilobytes, days = 0, hours = 0, minutes, seconds] = match;
    const cpuMs = Math.round(
      (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000,
    );
    found.set(Number(pid), { cpuMs, privateBytes: Number(kilobytes) * 1024, sharedBytes: 0 });
  }
  return found;
}

async function pidsOf(proc: string): Promise<number[]> {
  return (await readdir(proc)).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** What most files of `/proc` are shorter than. Node's own `readFile` takes 64 kB for each, for it cannot tell their size. */
const pieceBytes = 4096;

/** A file of `/proc`, or undefined where the process is gone or not ours to read. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      const pieces: Buffer[] = [];
      for (;;) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, null);
        pieces.push(buffer.subarray(0, bytesRead));
        // The kernel fills what it is given, up to the file's end.
        if (bytesRead < pieceBytes) break;
      }
      return (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)).toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

const run = promisify(execFile);

async function output(command: string, args: string[]): Promise<string> {
  try {
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };
    return (await run(command, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch {
    // `ps -p` ends with 1 where there is no such process.
    return '';
  }
}
