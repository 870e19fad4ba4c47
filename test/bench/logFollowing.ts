import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { readLogs } from '../../src/stack/docker/live/logs.ts';

export interface LogFollowingOptions {
  /** Containers that write, as services of a project of their own. Default 9. */
  containers?: number;
  /** What each of them writes. Default 10,000. */
  linesPerSecond?: number;
  /** Default 20. */
  seconds?: number;
  /** How fast the reader takes lines; default: as fast as they come. */
  readPerSecond?: number;
  image: string;
  projectName: string;
}

export interface LogFollowing {
  /** Lines that were read, and how many of each service. */
  lines: number;
  perService: Record<string, number>;
  seconds: number;
  /** Of this process, sampled four times a second, oldest first, the first second left out. */
  residentBytes: number[];
  heapBytes: number[];
  /** Median of the last quarter against that of the first: 1 is flat. */
  residentGrowth: number;
  heapGrowth: number;
  /** Share of one core that this process took. */
  cpuCores: number;
  /** Longest time between two lines of one service, in milliseconds. */
  longestGapMs: number;
}

/** Follows the logs of containers that write without a pause, and measures what that takes. Removes what it made. */
export async function measureLogFollowing(
  docker: Docker,
  options: LogFollowingOptions,
): Promise<LogFollowing> {
  const {
    containers = 9,
    linesPerSecond = 10_000,
    seconds = 20,
    readPerSecond,
    image,
    projectName,
  } = options;
  const made = await Promise.all(
    Array.from({ length: containers }, (_, index) =>
      docker.createContainer({
        Image: image,
        Cmd: ['sh', '-c', writer(linesPerSecond)],
        Labels: {
          'com.docker.compose.project': projectName,
          'com.docker.compose.service': `writer${index + 1}`,
          'com.docker.compose.container-number': '1',
          'com.docker.compose.oneoff': 'False',
        },
        HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'json-file', Config: {} } },
      }),
    ),
  );
  try {
    await Promise.all(made.map((container) => container.start()));
    return await follow(docker, projectName, seconds, readPerSecond);
  } finally {
    await Promise.all(made.map((container) => container.remove({ force: true, v: true })));
  }
}

/** Ten times a second a tenth of the lines in one go: a shell cannot write them one by one so fast. */
function writer(linesPerSecond: number): string {
  const text = 'x'.repeat(99);
  return `B=$(for i in $(seq ${Math.round(linesPerSecond / 10)}); do echo ${text}; done); while :; do printf '%s\\n' "$B"; sleep 0.1; done`;
}

async function follow(
  docker: Docker,
  projectName: string,
  seconds: number,
  readPerSecond: number | undefined,
): Promise<LogFollowing> {
  const stop = new AbortController();
  const perService: Record<string, number> = {};
  const lastAt = new Map<string, number>();
  const residentBytes: number[] = [];
  const heapBytes: number[] = [];
  let lines = 0;
  let longestGapMs = 0;
  const startedAt = performance.now();
  const cpuAtStart = process.cpuUsage();
  const sampler = setInterval(() => {
    if (performance.now() - startedAt < 1000) return;
    const { rss, heapUsed, external } = process.memoryUsage();
    residentBytes.push(rss);
    heapBytes.push(heapUsed + external);
  }, 250);
  const end = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    for await (const { service } of readLogs(
      docker,
      { projectName },
      { follow: true, signal: stop.signal },
    )) {
      const now = performance.now();
      longestGapMs = Math.max(longestGapMs, now - (lastAt.get(service) ?? now));
      lastAt.set(service, now);
      perService[service] = (perService[service] ?? 0) + 1;
      lines += 1;
      if (readPerSecond === undefined || lines % 64 !== 0) continue;
      const dueMs = (lines / readPerSecond) * 1000 - (now - startedAt);
      if (dueMs > 0) await sleep(dueMs);
    }
  } finally {
    clearInterval(sampler);
    clearTimeout(end);
  }
  const tookSeconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuAtStart);
  return {
    lines,
    perService,
    seconds: tookSeconds,
    residentBytes,
    heapBytes,
    residentGrowth: growth(residentBytes),
    heapGrowth: growth(heapBytes),
    cpuCores: (user + system) / 1e6 / tookSeconds,
    longestGapMs,
  };
}

function growth(samples: readonly number[]): number {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  return median(samples.slice(-quarter)) / median(samples.slice(0, quarter));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
