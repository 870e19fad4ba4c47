import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import { DirectoryPages } from '../../src/vscode/lake/directoryPages.ts';
import { liveStack } from '../support/liveStack.ts';
import type { Benchmark } from './benchmark.ts';

/*
 * The lake's client against Hadoop's own FsShell, both on the same live HDFS (MEDALLION_TEST_STACK). FsShell needs a
 * runtime: MEDALLION_RUNTIME is its directory, JAVA_HOME its Java.
 */

const peerName = "Hadoop's FsShell";
const gib = 1024 ** 3;
const entries = 100_000;

async function seconds(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}

/** Runs FsShell, which wants site files on its class path, though empty ones. */
async function shell(fileSystem: string, ...args: string[]): Promise<void> {
  const runtime = process.env.MEDALLION_RUNTIME;
  if (!runtime) throw new Error('Set MEDALLION_RUNTIME to the directory of a provisioned runtime.');
  const program = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  const conf = await mkdtemp(join(tmpdir(), 'medallion-bench-conf-'));
  try {
    for (const site of ['core-site.xml', 'hdfs-site.xml'])
      await writeFile(join(conf, site), '<configuration/>');
    const classPath = [conf, join(runtime, 'spark/jars/*'), join(runtime, 'hdfs/*')].join(':');
    const own = ['org.apache.hadoop.fs.FsShell', '-D', `fs.defaultFS=${fileSystem}`, ...args];
    await finished(program, ['-cp', classPath, ...own]);
  } finally {
    await rm(conf, { recursive: true });
  }
}

function finished(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HADOOP_USER_NAME: 'medallion' },
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`FsShell ended with ${code}: ${errors}`));
    });
  });
}

async function withLake<T>(use: (lake: WebHdfs, fileSystem: string, root: string) => Promise<T>): Promise<T> {
  const { lake: address } = await liveStack();
  const lake = new WebHdfs(address);
  const root = `/tmp/bench-${randomUUID()}`;
  await lake.mkdirs(root);
  try {
    return await use(lake, address.fileSystem, root);
  } finally {
    await lake.remove(root, { recursive: true });
    await lake.close();
  }
}

async function withFile<T>(use: (path: string, directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'medallion-bench-'));
  try {
    const path = join(directory, 'gigabyte');
    const file = await open(path, 'w');
    const block = Buffer.alloc(4 * 1024 * 1024, 'medallion');
    for (let at = 0; at < gib; at += block.length) await file.write(block);
    await file.close();
    return await use(path, directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function makeEntries(lake: WebHdfs, directory: string): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < entries; i = next++)
      await lake.mkdirs(`${directory}/entry-${String(i).padStart(6, '0')}`);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

async function count(lake: WebHdfs, directory: string): Promise<void> {
  let seen = 0;
  for await (const { name } of lake.listAll(directory)) seen += name ? 1 : 0;
  if (seen !== entries) throw new Error(`${seen} entries were listed, not ${entries}`);
}

interface Listing {
  firstPage: number;
  all: number;
  peer: number;
}
let listed: Promise<Listing> | undefined;

/** Measured once for two comparisons: the entries take longer to make than to list. */
function listing(): Promise<Listing> {
  listed ??= withLake(async (lake, fileSystem, root) => {
    await makeEntries(lake, root);
    const firstPage = await seconds(() => firstPageOf(lake.address, root));
    const all = await seconds(() => count(lake, root));
    return { firstPage, all, peer: await seconds(() => shell(fileSystem, '-ls', root)) };
  });
  return listed;
}

/** As the Lake view reads it when the folder is opened, with connections of its own. */
async function firstPageOf(address: WebHdfs['address'], directory: string): Promise<void> {
  const lake = new WebHdfs(address);
  const pages = new DirectoryPages(directory, 200);
  await pages.more(lake);
  await lake.close();
  if (pages.entries.length !== 200) throw new Error(`${pages.entries.length} entries were shown, not 200`);
}

export const benchmarks: Benchmark[] = [
  {
    name: 'lake: first page of 100,000 entries',
    unit: 's',
    goal: 0.05,
    run: async () => {
      const { firstPage, peer } = await listing();
      return { ours: firstPage, peer, peerName };
    },
  },
  {
    name: 'lake: list 100,000 entries',
    unit: 's',
    goal: 1,
    run: async () => {
      const { all, peer } = await listing();
      return { ours: all, peer, peerName };
    },
  },
  {
    name: 'lake: write 1 GiB',
    unit: 's',
    goal: 1.5,
    run: () =>
      withLake((lake, fileSystem, root) =>
        withFile(async (path) => {
          const size = (await stat(path)).size;
          const peer = await seconds(() => shell(fileSystem, '-put', path, `${root}/peer`));
          const source = createReadStream(path, { highWaterMark: 1024 * 1024 });
          const ours = await seconds(() => lake.write(`${root}/ours`, source, { size }));
          return { ours, peer, peerName };
        }),
      ),
  },
  {
    name: 'lake: read 1 GiB',
    unit: 's',
    goal: 1.5,
    run: () =>
      withLake((lake, fileSystem, root) =>
        withFile(async (path, directory) => {
          await lake.write(`${root}/file`, createReadStream(path, { highWaterMark: 1024 * 1024 }));
          const peer = await seconds(() =>
            shell(fileSystem, '-get', `${root}/file`, join(directory, 'peer')),
          );
          const ours = await seconds(async () => {
            await pipeline(await lake.stream(`${root}/file`), createWriteStream(join(directory, 'ours')));
          });
          return { ours, peer, peerName };
        }),
      ),
  },
];
