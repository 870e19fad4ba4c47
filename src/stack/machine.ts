import { execFile } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { freemem, platform, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { describeError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { variablesIn } from './compose/variables.ts';
import type { Finding } from './finding.ts';
import { isListening, portOwners } from './ports.ts';

const GB = 1e9;
/** Resident size of all services with one job running, measured on Linux x64. */
const stackNeedsBytes = 3.5 * GB;
const dataNeedsBytes = 2 * GB;
/** Downloads, the unpacked runtime and its class data archives. */
const runtimeNeedsBytes = 3 * GB;

/** What the machine must offer, apart from its programs: system, memory, disk, an ordinary user. */
export async function examineMachine(folders: {
  workspace: string;
  cache: string;
  runtimeReady: boolean;
}): Promise<Finding[]> {
  return [
    system(),
    memory(),
    await disk('workspace disk', folders.workspace, dataNeedsBytes),
    await disk('cache disk', folders.cache, folders.runtimeReady ? 0 : runtimeNeedsBytes),
    ...(await root()),
  ];
}

function system(): Finding {
  const detail = `${platform()} ${process.arch}, Node ${process.versions.node}`;
  const known = ['linux', 'darwin'].includes(platform()) && ['x64', 'arm64'].includes(process.arch);
  if (known) return { name: 'system', state: 'ok', detail };
  return {
    name: 'system',
    state: 'fail',
    detail,
    fix: 'The local engine runs on Linux and macOS, x64 and arm64: on Windows use WSL or Docker.',
  };
}

function memory(): Finding {
  const detail = `${formatBytes(totalmem())}, ${formatBytes(freemem())} free`;
  if (totalmem() >= stackNeedsBytes) return { name: 'memory', state: 'ok', detail };
  return {
    name: 'memory',
    state: 'warn',
    detail,
    fix: `The stack and a job use about ${formatBytes(stackNeedsBytes)}: start fewer workers with --scale spark-worker=1.`,
  };
}

async function disk(name: string, folder: string, needsBytes: number): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const detail = `${formatBytes(free)} free in ${folder}`;
    if (free >= needsBytes) return { name, state: 'ok', detail };
    return { name, state: 'fail', detail, fix: `Free ${formatBytes(needsBytes - free)} there.` };
  } catch (error) {
    return {
      name,
      state: 'fail',
      detail: describeError(error),
      fix: `Make ${folder} writable for this user.`,
    };
  }
}

/** The ports of a Compose file by their variables, with the defaults that it gives. */
export async function usualPorts(composePath: string): Promise<Map<string, number>> {
  const uses = await variablesIn(composePath);
  return new Map(
    uses
      .filter(({ name, fallback }) => name.endsWith('_PORT') && fallback !== undefined)
      .map(({ name, fallback }) => [name, Number(fallback)]),
  );
}

/** Who listens on the stack's usual ports; asked while the stack is down. `up` then takes the next free ones. */
export async function examinePorts(composePath: string): Promise<Finding[]> {
  const usual = await usualPorts(composePath);
  const owners = await portOwners([...usual.values()]);
  return portFindings(usual, async (port) => {
    const owner = owners.get(port);
    if (owner) return `${owner.command} (process ${owner.pid})`;
    return (await isListening('127.0.0.1', port)) ? 'another process' : undefined;
  });
}

/** One finding for each taken port, by its variable, or one that says that none is; `ownerOf` is undefined for a free one. */
export async function portFindings(
  ports: ReadonlyMap<string, number>,
  ownerOf: (port: number) => Promise<string | undefined>,
): Promise<Finding[]> {
  const findings = [...ports].map(async ([name, port]): Promise<Finding[]> => {
    const who = await ownerOf(port);
    if (who === undefined) return [];
    const fix = `\`medallion up\` takes the next free one; ${name}=NUMBER chooses one.`;
    return [{ name: 'ports', state: 'warn', detail: `${name} ${port} is taken by ${who}`, fix }];
  });
  const taken = (await Promise.all(findings)).flat();
  return taken.length > 0 ? taken : [{ name: 'ports', state: 'ok', detail: 'the usual ports are free' }];
}

/** PostgreSQL does not run as root; the start script then uses a user namespace, which some systems forbid. */
async function root(): Promise<Finding[]> {
  if (process.getuid?.() !== 0) return [];
  try {
    await promisify(execFile)('unshare', ['--user', '--map-user=1000', '--map-group=1000', 'true'], {
      timeout: 5_000,
    });
    return [{ name: 'user', state: 'ok', detail: 'root; PostgreSQL runs in a user namespace' }];
  } catch {
    return [
      {
        name: 'user',
        state: 'fail',
        detail: 'root, and this system allows no user namespaces: PostgreSQL will not start',
        fix: 'Run medallion as an ordinary user.',
      },
    ];
  }
}
