import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileSource, ReadOptions } from '../../src/lake/fileSource.ts';
import { openPreview } from '../../src/lake/preview/openPreview.ts';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import { liveStack } from '../support/liveStack.ts';
import type { Benchmark } from './benchmark.ts';
import { median, runProgram, seconds } from './sparkSubmit.ts';

/* The first rows of one Parquet file of 1 GB on HDFS, against what else shows them. */

const rounds = 5;
const shownRows = 200;
const chunkBytes = 64 * 1024 * 1024;

const write = (target: string): string => `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
rows = spark.range(0, 20_000_000, 1, 1).selectExpr(
    "id", "uuid() AS name", "rand(1) * 1000 AS amount", "timestamp_seconds(1700000000 + id) AS at", "id % 10 AS branch")
rows.write.mode("overwrite").parquet("${target}")
`;

const show = (target: string): string => `
from pyspark.sql import SparkSession
SparkSession.builder.getOrCreate().read.parquet("${target}").show(${shownRows})
`;

interface Measured {
  fileBytes: number;
  readBytes: number;
  ourSeconds: number;
  downloadSeconds: number;
  sparkSeconds: number;
}

let measured: Promise<Measured> | undefined;

/** All figures of one file, which is made once. */
function measure(): Promise<Measured> {
  measured ??= measureOnce();
  return measured;
}

async function measureOnce(): Promise<Measured> {
  const lake = new WebHdfs((await liveStack()).lake);
  const directory = await mkdtemp(join(tmpdir(), 'bench-preview-'));
  const target = `/tmp/preview-${randomUUID()}`;
  const run = async (name: string, script: string): Promise<number> => {
    const path = join(directory, name);
    await writeFile(path, script);
    return seconds(() => runProgram(process.execPath, ['bin/medallion.mjs', 'run', path], {}));
  };
  try {
    await run('write.py', write(target));
    const file = (await lake.list(target)).entries.find(({ name }) => name.endsWith('.parquet'))!;
    const ours: number[] = [];
    let readBytes = 0;
    for (let i = 0; i < rounds; i++) {
      const source = counting(lake);
      ours.push(
        await seconds(async () => {
          const preview = await openPreview(source, file.path);
          const rows = await preview.rows(0, shownRows);
          if (rows.length !== shownRows) throw new Error(`${rows.length} rows came.`);
        }),
      );
      readBytes = source.bytes;
    }
    const downloadSeconds = await seconds(async () => {
      for (let offset = 0; offset < file.length; offset += chunkBytes)
        await lake.read(file.path, { offset, length: chunkBytes });
    });
    const sparkSeconds = await run('show.py', show(target));
    return { fileBytes: file.length, readBytes, ourSeconds: median(ours), downloadSeconds, sparkSeconds };
  } finally {
    await lake.remove(target, { recursive: true });
    await rm(directory, { recursive: true });
    await lake.close();
  }
}

function counting(lake: FileSource): FileSource & { bytes: number } {
  return {
    bytes: 0,
    list: (path, options) => lake.list(path, options),
    stat: (path, options) => lake.stat(path, options),
    async read(path: string, options?: ReadOptions) {
      const data = await lake.read(path, options);
      this.bytes += data.length;
      return data;
    },
  };
}

export const benchmarks: Benchmark[] = [
  {
    name: 'preview: bytes of the first rows of a 1 GB Parquet file',
    unit: 'bytes',
    goal: 0.01,
    run: async () => {
      const { readBytes, fileBytes } = await measure();
      return { ours: readBytes, peer: fileBytes, peerName: 'the file' };
    },
  },
  {
    name: 'preview: first rows of a 1 GB Parquet file',
    unit: 's',
    goal: 0.05,
    run: async () => {
      const { ourSeconds, downloadSeconds } = await measure();
      return { ours: ourSeconds, peer: downloadSeconds, peerName: 'downloading it' };
    },
  },
  {
    name: 'preview: first rows of a 1 GB Parquet file by Spark',
    unit: 's',
    run: async () => {
      const { ourSeconds, sparkSeconds } = await measure();
      return { ours: ourSeconds, peer: sparkSeconds, peerName: 'spark.read…show() in a cold job' };
    },
  },
];
