import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  baseImage,
  composeProgram,
  openDocker,
  plainEnvironment,
  removeProject,
  run,
  tempDir,
  uniqueProject,
} from '../docker/support/machine.ts';
import { whatIsMissing } from '../docker/support/readiness.ts';
import type { Benchmark } from './benchmark.ts';
import { measureLogFollowing } from './logFollowing.ts';
import { median, seconds } from './sparkSubmit.ts';

const rounds = 5;

/** Nine services in the shape of our own stack: its graph, volumes, secret, checks and ports, in a container that starts at once. */
function stackLikeFile(): string {
  const service = (more: object = {}): object => ({
    image: baseImage,
    init: true,
    command: ['sh', '-c', 'touch /ready; exec sleep 1000000'],
    healthcheck: {
      test: ['CMD', 'test', '-f', '/ready'],
      interval: '10s',
      start_period: '60s',
      start_interval: '500ms',
    },
    ...more,
  });
  const after = (name: string, condition = 'service_healthy'): object => ({
    depends_on: { [name]: { condition } },
  });
  const data = (name: string): object => ({ volumes: [`${name}:/data`], ports: ['127.0.0.1::8000'] });
  return stringify({
    services: {
      postgres: service({ ...data('postgres'), secrets: ['password'] }),
      namenode: service(data('namenode')),
      datanode: service({ ...data('datanode'), ...after('namenode', 'service_started') }),
      'spark-master': service(data('spark-master')),
      'spark-worker': service({ ...after('spark-master'), deploy: { replicas: 2 } }),
      'spark-history': service({ ...data('spark-history'), ...after('namenode') }),
      jupyter: service({ ...data('jupyter'), secrets: ['password'] }),
      retail: service({ ...after('postgres'), secrets: ['password'] }),
    },
    volumes: {
      postgres: {},
      namenode: {},
      datanode: {},
      'spark-master': {},
      'spark-history': {},
      jupyter: {},
    },
    secrets: { password: { file: './password' } },
  });
}

type Times = Record<'up' | 'up again' | 'down', number[]>;

/** Whole commands on the same file, each with a project of its own, taking turns. */
async function measureCommands(): Promise<{ ours: Times; peer: Times; peerName: string }> {
  const folder = await tempDir();
  const file = join(folder, 'compose.yaml');
  await writeFile(file, stackLikeFile());
  await writeFile(join(folder, 'password'), 'secret');
  const program = composeProgram();
  const version = (await run(program, ['version', '--short'])).stdout.trim();
  const [oursName, peerProject] = [uniqueProject(), uniqueProject()];
  const env = plainEnvironment({ MEDALLION_WORKSPACE: folder });
  const take = async (command: string, args: readonly string[]): Promise<number> => {
    return seconds(async () => {
      const { code, stdout, stderr } = await run(command, args, { cwd: folder, env });
      if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    });
  };
  const medallion = (...args: string[]): Promise<number> =>
    take(process.execPath, [join(import.meta.dirname, '..', '..', 'bin', 'medallion.mjs'), ...args]);
  const compose = (...args: string[]): Promise<number> =>
    take(program, ['-f', file, '-p', peerProject, ...args]);
  const oursUp = (): Promise<number> => medallion('up', '--engine', 'docker', '-f', file, '-p', oursName);
  const peerUp = (): Promise<number> => compose('up', '-d', '--wait');
  const none = (): Times => ({ up: [], 'up again': [], down: [] });
  const [ours, peer] = [none(), none()];
  try {
    for (let round = 0; round < rounds; round++) {
      const turns: [Times, () => Promise<number>, () => Promise<number>][] = [
        [ours, oursUp, () => medallion('down')],
        [peer, peerUp, () => compose('down')],
      ];
      for (const [times, up, down] of round % 2 === 0 ? turns : turns.reverse()) {
        times.up.push(await up());
        times['up again'].push(await up());
        times.down.push(await down());
        await Promise.all([oursName, peerProject].map((name) => removeProject(name)));
      }
    }
  } finally {
    await Promise.all([oursName, peerProject].map((name) => removeProject(name)));
    await rm(folder, { recursive: true });
  }
  return { ours, peer, peerName: `docker compose ${version}` };
}

let measured: ReturnType<typeof measureCommands> | undefined;

async function medianOf(step: keyof Times): Promise<{ ours: number; peer: number; peerName: string }> {
  const { ours, peer, peerName } = await (measured ??= measureCommands());
  return { ours: median(ours[step]), peer: median(peer[step]), peerName };
}

/** The memory of a process that follows nine containers at 10,000 lines a second each: its end against its middle. */
async function followLogs(): Promise<{ ours: number; peer: number; peerName: string }> {
  const { residentBytes, lines, seconds } = await measureLogFollowing(openDocker(), {
    image: baseImage,
    projectName: uniqueProject(),
    seconds: 40,
  });
  // The first one is a heap that fills up to what it needs.
  const quarter = Math.floor(residentBytes.length / 4);
  const megabytes = (samples: readonly number[]): number => median(samples) / 2 ** 20;
  return {
    ours: megabytes(residentBytes.slice(-quarter)),
    peer: megabytes(residentBytes.slice(quarter, 2 * quarter)),
    peerName: `the same process 20 s before, ${Math.round(lines / seconds)} lines/s`,
  };
}

const missing = await whatIsMissing();
if (missing !== undefined) process.stderr.write(`not measuring Docker: ${missing}\n`);

export const benchmarks: Benchmark[] =
  missing !== undefined
    ? []
    : [
        { name: 'docker: nine services from nothing', unit: 's', goal: 1, run: () => medianOf('up') },
        { name: 'docker: up again', unit: 's', goal: 0.5, run: () => medianOf('up again') },
        { name: 'docker: down', unit: 's', goal: 1, run: () => medianOf('down') },
        { name: 'docker: memory while following nine logs', unit: 'MB', goal: 1.1, run: followLogs },
      ];
