import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import { runJob } from '../../src/spark/runJob.ts';
import { SparkCluster } from '../../src/spark/sparkCluster.ts';
import type { Connection } from '../../src/stack/connection.ts';
import { liveStack } from '../support/liveStack.ts';

const rounds = 3;

const smallJob = (target: string): string => `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(1000).selectExpr("id % 3 k").groupBy("k").count().show()
spark.range(1000).write.mode("overwrite").parquet("${target}")
`;

/** Seconds, medians of alternating runs. The peer is Spark's own client with its defaults and the same master. */
async function smallJobAgainstSparkSubmit(): Promise<{ ours: number; peer: number; peerName: string }> {
  const connection = await liveStack();
  const lake = new WebHdfs(connection.lake);
  const spark = new SparkCluster(connection.spark);
  const directory = await mkdtemp(join(tmpdir(), 'bench-spark-'));
  const target = `${connection.lake.fileSystem}/tmp/${directory.split('/').at(-1) ?? 'bench-spark'}`;
  const path = join(directory, 'small.py');
  await writeFile(path, smallJob(target));
  const ours: number[] = [];
  const peer: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      peer.push(await seconds(() => sparkSubmit(connection, path)));
      ours.push(
        await seconds(async () => {
          const result = await runJob(
            { name: 'small', script: { path, source: smallJob(target) }, args: [] },
            { lake, spark, log: silentLog },
            { onOutput() {} },
          );
          if (result.state !== 'FINISHED') throw new Error(`The small job is ${result.state}.`);
        }),
      );
    }
  } finally {
    await lake.remove(new URL(target).pathname, { recursive: true });
    await rm(directory, { recursive: true });
    await Promise.all([lake.close(), spark.close()]);
  }
  return { ours: median(ours), peer: median(peer), peerName: 'spark-submit' };
}

async function sparkSubmit(connection: Connection, path: string): Promise<void> {
  const runtime = process.env.MEDALLION_RUNTIME;
  if (!runtime) throw new Error('MEDALLION_RUNTIME does not say where the runtime is.');
  const home = join(runtime, 'spark');
  const python = join(runtime, 'venv/bin/python');
  const conf = [`spark.hadoop.fs.defaultFS=${connection.lake.fileSystem}`, 'spark.hadoop.dfs.replication=1'];
  const child = spawn(
    join(home, 'bin/spark-submit'),
    ['--master', connection.spark.master, ...conf.flatMap((c) => ['--conf', c]), path],
    {
      env: {
        ...process.env,
        SPARK_HOME: home,
        SPARK_LOCAL_IP: '127.0.0.1',
        HADOOP_USER_NAME: connection.lake.user,
        PYSPARK_PYTHON: python,
        PYSPARK_DRIVER_PYTHON: python,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr = (stderr + data.toString('utf8')).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`spark-submit ended with ${code ?? 'a signal'}: ${stderr}`);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const benchmarks = [{ name: 'small-job', unit: 's', goal: 0.5, run: smallJobAgainstSparkSubmit }];
