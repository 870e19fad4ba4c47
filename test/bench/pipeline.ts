import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import { loadPipeline } from '../../src/pipeline/pipelineFile.ts';
import { runPipeline } from '../../src/pipeline/runPipeline.ts';
import { SparkCluster } from '../../src/spark/sparkCluster.ts';
import type { Connection } from '../../src/stack/connection.ts';
import { simulateBatch } from '../../stack/retail/simulate.ts';
import { liveStack } from '../support/liveStack.ts';
import type { Benchmark } from './benchmark.ts';

const retail = 'pyspark/retail';

/** A lake directory of its own, and one pipeline run on it. */
async function withLake<T>(
  work: (connection: Connection, root: string, run: () => Promise<number>) => Promise<T>,
): Promise<T> {
  const connection = await liveStack();
  const lake = new WebHdfs(connection.lake);
  const spark = new SparkCluster(connection.spark);
  const place = `/tmp/bench-${randomBytes(5).toString('hex')}`;
  const pipeline = await loadPipeline(`${retail}/pipeline.yaml`);
  const run = async (): Promise<number> => {
    const options = { root: `${place}/data`, records: `${place}/records` };
    const { job } = await runPipeline(pipeline, { lake, spark, log: silentLog }, options);
    if (job.state !== 'FINISHED')
      throw new Error(`The pipeline is ${job.state}: ${job.failure?.message ?? ''}`);
    return job.durationMs / 1000;
  };
  try {
    return await work(connection, `${place}/data`, run);
  } finally {
    await lake.remove(place, { recursive: true });
    await Promise.all([lake.close(), spark.close()]);
  }
}

/** Bronze, silver and gold as three runs of Spark's own client, each after 1,000 new orders; seconds. */
async function againstThreeSubmissions(): Promise<{ ours: number; peer: number; peerName: string }> {
  return withLake(async (connection, root, run) => {
    await add(connection, 1_000);
    await run();
    await add(connection, 1_000);
    const ours = await run();
    await add(connection, 1_000);
    const began = performance.now();
    await submit(connection, root, 'bronze.py', 'ordershistory', 'orders');
    await submit(connection, root, 'silver.py');
    await submit(connection, root, 'gold.py');
    return { ours, peer: (performance.now() - began) / 1000, peerName: 'three spark-submit' };
  });
}

/** A run for 1,000 new orders after 500,000 of history against one after 10,000; seconds. */
async function afterHistory(): Promise<{ ours: number; peer: number; peerName: string }> {
  return withLake(async (connection, _root, run) => {
    const incremental = async (history: number): Promise<number> => {
      await add(connection, history);
      await run();
      const times: number[] = [];
      for (let i = 0; i < 3; i++) {
        await add(connection, 1_000);
        times.push(await run());
      }
      return times.sort((a, b) => a - b)[1]!;
    };
    const peer = await incremental(10_000);
    const ours = await incremental(490_000);
    return { ours, peer, peerName: 'after 10,000 orders' };
  });
}

let seed = 1;
async function add(connection: Connection, orders: number): Promise<void> {
  await simulateBatch(connection.postgres, { orders, days: Math.max(2, orders / 10_000), seed: seed++ });
}

/** MEDALLION_RUNTIME: where Spark is; SECRETS_DIR: where the stack's secrets are. */
async function submit(
  connection: Connection,
  root: string,
  script: string,
  ...args: string[]
): Promise<void> {
  const { MEDALLION_RUNTIME: runtime, SECRETS_DIR: secrets } = process.env;
  if (!runtime || !secrets) throw new Error('Set MEDALLION_RUNTIME and SECRETS_DIR.');
  const python = join(runtime, 'venv/bin/python');
  const conf = [`spark.hadoop.fs.defaultFS=${connection.lake.fileSystem}`, 'spark.hadoop.dfs.replication=1'];
  const child = spawn(
    join(runtime, 'spark/bin/spark-submit'),
    [
      '--master',
      connection.spark.master,
      ...conf.flatMap((setting) => ['--conf', setting]),
      join(retail, script),
      ...args,
    ],
    {
      env: {
        ...process.env,
        SPARK_HOME: join(runtime, 'spark'),
        SPARK_LOCAL_IP: '127.0.0.1',
        HADOOP_USER_NAME: connection.lake.user,
        PYSPARK_PYTHON: python,
        PYSPARK_DRIVER_PYTHON: python,
        PYTHONPATH: resolve('pyspark'),
        MEDALLION_LAKE_ROOT: root,
        SECRETS_DIR: secrets,
        POSTGRES_HOST: connection.postgres.host,
        POSTGRES_PORT: String(connection.postgres.port),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr = (stderr + data.toString('utf8')).slice(-4000);
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`${script} ended with ${code ?? 'a signal'}: ${stderr}`);
}

export const benchmarks: Benchmark[] = [
  { name: 'pipeline: one application', unit: 's', goal: 0.35, run: againstThreeSubmissions },
  { name: 'pipeline: 1,000 orders after 500,000', unit: 's', goal: 1.3, run: afterHistory },
];
