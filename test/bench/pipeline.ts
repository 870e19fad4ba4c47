import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import { loadPipeline } from '../../src/pipeline/pipelineFile.ts';
import { runPipeline } from '../../src/pipeline/runPipeline.ts';
import { SparkCluster } from '../../src/spark/sparkCluster.ts';
import type { WholeConnection } from '../../src/stack/connection.ts';
import { simulateBatch } from '../../stack/retail/simulate.ts';
import { liveStack } from '../support/liveStack.ts';
import type { Benchmark } from './benchmark.ts';
import { median, seconds, sparkSubmit } from './sparkSubmit.ts';

const retail = 'pyspark/retail';

/** A lake directory of its own, and one pipeline run on it. */
async function withLake<T>(
  work: (connection: WholeConnection, root: string, run: () => Promise<number>) => Promise<T>,
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
    const peer = await seconds(async () => {
      await submit(connection, root, 'bronze.py', 'ordershistory', 'orders');
      await submit(connection, root, 'silver.py');
      await submit(connection, root, 'gold.py');
    });
    return { ours, peer, peerName: 'three spark-submit' };
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
      return median(times);
    };
    const peer = await incremental(10_000);
    const ours = await incremental(490_000);
    return { ours, peer, peerName: 'after 10,000 orders' };
  });
}

let seed = 1;
async function add(connection: WholeConnection, orders: number): Promise<void> {
  await simulateBatch(connection.postgres, { orders, days: Math.max(2, orders / 10_000), seed: seed++ });
}

/** A step on its own, as `spark-submit` runs it. */
async function submit(
  connection: WholeConnection,
  root: string,
  script: string,
  ...args: string[]
): Promise<void> {
  const secrets = process.env.SECRETS_DIR;
  if (!secrets)
    throw new Error('SECRETS_DIR does not say where the secrets of the stack are: use `npm run bench`.');
  await sparkSubmit(connection, join(retail, script), args, {
    PYTHONPATH: resolve('pyspark'),
    MEDALLION_LAKE_ROOT: root,
    SECRETS_DIR: secrets,
    POSTGRES_HOST: connection.postgres.host,
    POSTGRES_PORT: String(connection.postgres.port),
  });
}

export const benchmarks: Benchmark[] = [
  { name: 'pipeline: one application', unit: 's', goal: 0.35, run: againstThreeSubmissions },
  { name: 'pipeline: 1,000 orders after 500,000', unit: 's', goal: 1.3, run: afterHistory },
];
