import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import type { StackEvent } from '../../../src/stack/engine.ts';
import { LocalEngine } from '../../../src/stack/local/localEngine.ts';
import { sendSignal, systemProcesses } from '../../../src/stack/processes.ts';

/** The real stack in a workspace of its own, beside whatever else runs. One start for all tests. */
describe('LocalEngine, the real stack', function () {
  this.timeout(300_000);
  let workspace: string;
  let engine: LocalEngine;

  const required = (name: string): string => {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set: run these tests with \`npm test\`.`);
    return value;
  };
  const pids = async (): Promise<Record<string, number | undefined>> =>
    Object.fromEntries(
      (await engine.status()).map(({ service, replica, pid }) => [`${service}-${replica}`, pid]),
    );

  before(async () => {
    const runtime = { runtimeDir: required('MEDALLION_RUNTIME_DIR'), javaHome: required('JAVA_HOME') };
    workspace = await mkdtemp(join(tmpdir(), 'medallion-real-'));
    engine = new LocalEngine({ workspace, stackDir: resolve('stack'), runtime });
    await engine.up();
  });

  after(async () => {
    await engine.down();
    const marks = await systemProcesses().withVariable('MEDALLION_PROCESS');
    assert.deepEqual(
      [...marks.values()].filter((mark) => mark.startsWith(workspace)),
      [],
    );
    await rm(workspace, { recursive: true });
  });

  it('is healthy in all its services', async () => {
    const states = (await engine.status()).map(
      ({ service, replica, state }) => `${service}-${replica} ${state}`,
    );
    assert.deepEqual(states, [
      'postgres-1 healthy',
      'namenode-1 healthy',
      'datanode-1 healthy',
      'spark-master-1 healthy',
      'spark-worker-1 healthy',
      'spark-worker-2 healthy',
      'spark-history-1 healthy',
      'jupyter-1 healthy',
      'retail-1 stopped',
    ]);
  });

  it('answers where the connection says', async () => {
    const { lake, spark, session, postgres } = await engine.connection();
    const status = async (url: URL, headers: Record<string, string> = {}): Promise<number> =>
      (await fetch(url, { headers })).status;
    assert.equal(
      await status(new URL(`/webhdfs/v1/data/gold?op=LISTSTATUS&user.name=${lake.user}`, lake.url)),
      200,
    );
    assert.equal(await status(new URL('/json/', spark.ui)), 200);
    assert.equal(await status(new URL('/api/v1/applications', spark.history)), 200);
    // Spark REST takes signed requests only.
    assert.equal(await status(new URL('/v1/submissions/status/x', spark.rest)), 403);
    assert.equal(spark.restKey?.length, 43);
    assert.equal(await status(new URL('/api/kernels', session.url)), 403);
    assert.equal(
      await status(new URL('/api/kernels', session.url), { Authorization: `token ${session.token}` }),
      200,
    );
    const client = new pg.Client(postgres);
    await client.connect();
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM orders');
    assert.equal(rows[0]!.n, 0);
    await client.end();
  });

  it('changes nothing on a second up', async () => {
    const before = await pids();
    const events: StackEvent[] = [];
    await engine.up({ onEvent: (event) => events.push(event) });
    assert.deepEqual(await pids(), before);
    assert.ok(!events.some(({ step }) => step === 'starting' || step === 'stopping'));
  });

  it('brings back what was killed, and only that, with its data', async () => {
    const { lake } = await engine.connection();
    const hdfs = new WebHdfs(lake);
    await hdfs.write('/tmp/kept', 'kept');
    const before = await pids();
    for (const name of ['datanode-1', 'spark-worker-2']) sendSignal(-before[name]!, 'SIGKILL');
    await engine.up();
    const after = await pids();
    const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
    assert.deepEqual(changed.sort(), ['datanode-1', 'spark-worker-2']);
    assert.equal((await hdfs.read('/tmp/kept')).toString(), 'kept');
    await hdfs.close();
  });

  it('restarts one service', async () => {
    const before = await pids();
    await engine.restart('spark-history');
    const after = await pids();
    const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
    assert.deepEqual(changed, ['spark-history-1']);
  });
});
