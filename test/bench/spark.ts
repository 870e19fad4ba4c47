import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import { liveStack } from '../support/liveStack.ts';
import type { Benchmark } from './benchmark.ts';
import { median, runProgram, seconds, sparkSubmit } from './sparkSubmit.ts';

const rounds = 3;

const smallJob = (target: string): string => `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(1000).selectExpr("id % 3 k").groupBy("k").count().show()
spark.range(1000).write.mode("overwrite").parquet("${target}")
`;

/** Whole processes, taking turns: `medallion run` and Spark's own client with its defaults, on the same cluster. */
async function smallJobAgainstSparkSubmit(): Promise<{ ours: number; peer: number; peerName: string }> {
  const connection = await liveStack();
  const lake = new WebHdfs(connection.lake);
  const directory = await mkdtemp(join(tmpdir(), 'bench-spark-'));
  const target = `/tmp/${basename(directory)}`;
  const path = join(directory, 'small.py');
  await writeFile(path, smallJob(target));
  const ours: number[] = [];
  const peer: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      peer.push(await seconds(() => sparkSubmit(connection, path)));
      ours.push(await seconds(() => runProgram(process.execPath, ['bin/medallion.mjs', 'run', path], {})));
    }
  } finally {
    await lake.remove(target, { recursive: true });
    await rm(directory, { recursive: true });
    await lake.close();
  }
  return { ours: median(ours), peer: median(peer), peerName: 'spark-submit' };
}

export const benchmarks: Benchmark[] = [
  { name: 'small job', unit: 's', goal: 0.5, run: smallJobAgainstSparkSubmit },
];
