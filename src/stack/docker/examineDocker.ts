import { statfs } from 'node:fs/promises';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import { formatBytes, formatDuration } from '../../base/format.ts';
import type { Finding } from '../finding.ts';
import { apiAtLeast, engine25 } from './connect/apiVersion.ts';
import type { DockerConnection, EngineInfo } from './connect/endpoint.ts';
import { askEngine } from './connect/engineRequest.ts';
import { examinePublishedPorts } from './examinePublishedPorts.ts';
import type { Environment } from './connect/findEndpoints.ts';
import { findHostCertificates } from './image/hostCertificates.ts';

const GB = 1e9;
/** All services with one job running. */
const stackNeedsBytes = 3.5 * GB;
const dataNeedsBytes = 2 * GB;
/** All images, and what is there besides while they are built. */
const imagesNeedBytes = 5 * GB;
/** Certificates and tokens are valid from and until an exact time. */
const largestSkewMs = 5_000;

export interface DockerExamination {
  connect: () => Promise<DockerConnection>;
  /** Whether the stack is to run on Docker; else the local engine would do. */
  isRequired: boolean;
  /** What would be published: the variable or service, and its port. Left out while the stack runs. */
  ports?: ReadonlyMap<string, number> | undefined;
  /** The Compose project of the stack; its own containers may have the ports. */
  projectName?: string | undefined;
  /** Where the certificates of the image build are read from. */
  env: Environment;
  signal?: AbortSignal | undefined;
}

/**
 * What of the Docker engine matters to the stack: whether one answers, its version, memory, disk and clock, the
 * certificates that an image build would take, and who has the ports. Throws only `cancelled`.
 */
export async function examineDocker(options: DockerExamination): Promise<Finding[]> {
  const { connect, isRequired, env, signal } = options;
  let connection: DockerConnection;
  try {
    connection = await connect();
  } catch (error) {
    if (isWorkbenchError(error, 'cancelled')) throw error;
    return [noEngine(error, isRequired)];
  }
  try {
    const { info } = connection;
    return [
      version(connection),
      ...platform(info),
      memory(info),
      await disk(connection, signal),
      clock(info),
      await certificates(env),
      ...(await examinePublishedPorts(connection, options.ports ?? new Map(), options.projectName, signal)),
    ];
  } catch (error) {
    if (!(error instanceof WorkbenchError) || error.code === 'cancelled') throw error;
    return [noEngine(error, isRequired)];
  } finally {
    connection.close();
  }
}

function noEngine(error: unknown, isRequired: boolean): Finding {
  const name = 'docker';
  const [first = '', ...tried] = describeError(error).split('\n');
  if (!isRequired && isWorkbenchError(error, 'unreachable') && error.cause === undefined) {
    return { name, state: 'ok', detail: 'no engine is installed; the stack runs without one' };
  }
  const detail = [first, tried.join('; ')].join(' ').trim();
  const fix = isRequired
    ? 'Start Docker, or run the stack without it: `medallion up --engine local`.'
    : 'Nothing, where the stack is to run without Docker.';
  return { name, state: isRequired ? 'fail' : 'warn', detail, fix };
}

function version({ info, endpoint }: DockerConnection): Finding {
  const name = 'docker';
  const kind = info.isPodman
    ? 'Podman'
    : info.isDesktop
      ? 'Docker Desktop, engine'
      : info.rootless
        ? 'Docker, rootless, engine'
        : 'Docker engine';
  const detail = `${kind} ${info.version} (API ${info.apiVersion}) at ${endpoint.address}`;
  if (!apiAtLeast(info.apiVersion, engine25)) {
    const fix = info.isPodman
      ? 'Podman is not tested, and its health checks have no start_interval: Docker Engine 25 or newer has.'
      : 'Update it to 25 or newer: older ones have no start_interval, so services count as healthy later.';
    return { name, state: 'warn', detail, fix };
  }
  return { name, state: 'ok', detail };
}

function platform({ os, arch }: EngineInfo): Finding[] {
  if (os === 'linux' && ['amd64', 'arm64'].includes(arch)) return [];
  const fix =
    os === 'linux'
      ? 'The images are made for amd64 and arm64.'
      : 'Switch Docker to Linux containers, in the menu of its icon.';
  return [{ name: 'docker platform', state: 'fail', detail: `${os} ${arch}`, fix }];
}

function memory(info: EngineInfo): Finding {
  const name = 'docker memory';
  const detail = `${formatBytes(info.memoryBytes)}, ${info.cpus} ${info.cpus === 1 ? 'core' : 'cores'}`;
  // Engines under some limits do not say.
  if (info.memoryBytes >= stackNeedsBytes || info.memoryBytes === 0) return { name, state: 'ok', detail };
  const need = formatBytes(stackNeedsBytes);
  return { name, state: 'warn', detail, fix: `The stack and a job use about ${need}. ${moreMemory(info)}` };
}

function moreMemory({ isDesktop, isPodman, isOnThisMachine, machine }: EngineInfo): string {
  if (isDesktop) return 'Give Docker Desktop more under Settings, Resources.';
  if (isPodman && !isOnThisMachine) return 'Give its machine more: `podman machine set --memory 6144`.';
  if (machine.startsWith('colima')) return 'Give its machine more: `colima stop; colima start --memory 6`.';
  return 'Start fewer workers: `medallion up --scale spark-worker=1`.';
}

async function disk({ docker, info }: DockerConnection, signal: AbortSignal | undefined): Promise<Finding> {
  const name = 'docker disk';
  const isBuilt = await askEngine('Looking for the images', { signal }, (abortSignal) =>
    docker.listImages({ abortSignal, filters: { reference: ['medallion-workbench-*'] } }),
  ).then((images) => images.length > 0);
  const needs = dataNeedsBytes + (isBuilt ? 0 : imagesNeedBytes);
  const free = info.isOnThisMachine ? await freeBytes(info.diskRoot) : undefined;
  if (free === undefined) {
    const where = info.machine === '' ? 'another machine' : `the machine ${info.machine}`;
    const detail = `on ${where}, whose free space cannot be seen from here; about ${formatBytes(needs)} are needed`;
    return { name, state: 'ok', detail };
  }
  const detail = `${formatBytes(free)} free in ${info.diskRoot} (${info.storageDriver})`;
  if (free >= needs) return { name, state: 'ok', detail };
  const fix = `Free ${formatBytes(needs - free)} there: \`docker system df\` shows what takes space, \`docker builder prune\` and \`docker image prune\` remove what is not used.`;
  return { name, state: 'fail', detail, fix };
}

async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    // Behind a folder that is not ours to enter.
    return undefined;
  }
}

function clock({ serverTimeSkewMs: skewMs, isDesktop, isOnThisMachine }: EngineInfo): Finding {
  const name = 'docker clock';
  if (Math.abs(skewMs) <= largestSkewMs) return { name, state: 'ok', detail: 'agrees with this machine' };
  const detail = `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`;
  const fix = isDesktop
    ? 'Restart Docker Desktop: its clock stands still while the computer sleeps.'
    : isOnThisMachine
      ? 'Try again; if it stays, set the clock by NTP.'
      : "Restart the engine's machine, or set its clock by NTP.";
  return { name, state: 'warn', detail, fix };
}

async function certificates(env: Environment): Promise<Finding> {
  const name = 'certificates';
  const { certificates: found, faults } = await findHostCertificates(env);
  const names = found.map(
    ({ subject }) => /\bCN=([^,]+)/.exec(subject)?.[1] ?? /\bOU?=([^,]+)/.exec(subject)?.[1] ?? subject,
  );
  const taken =
    names.length === 0
      ? 'none beside the public ones'
      : `the image build takes ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  if (faults.length === 0) return { name, state: 'ok', detail: taken };
  return {
    name,
    state: 'warn',
    detail: [taken, ...faults].join('; '),
    fix: 'Replace or remove these files; if downloads in the image build fail on a certificate, this is why.',
  };
}
