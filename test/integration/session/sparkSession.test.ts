import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.ts';
import { retryUntil } from '../../../src/base/retry.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { JupyterServer } from '../../../src/session/jupyterServer.ts';
import { Session } from '../../../src/session/session.ts';
import { tableMime, type RunEvent, type RunUpdate } from '../../../src/session/sessionTypes.ts';
import { kernelSettings } from '../../../src/session/sparkSettings.ts';
import { runJob } from '../../../src/spark/runJob.ts';
import { SparkCluster } from '../../../src/spark/sparkCluster.ts';
import type { WholeConnection } from '../../../src/stack/connection.ts';
import { liveStack } from '../../support/liveStack.ts';

describe('the session with Spark inside', function () {
  this.timeout(300_000);
  let connection: WholeConnection;
  let cluster: SparkCluster;
  let session: Session;
  const updates: RunUpdate[] = [];

  before(async () => {
    connection = await liveStack();
    cluster = new SparkCluster(connection.spark);
    session = new Session({
      server: new JupyterServer(connection.session, { log: silentLog }),
      settings: (signal) =>
        kernelSettings(connection, { cluster, lakeRoot: '/data', log: silentLog, signal }),
      log: silentLog,
    });
    session.onRun((update) => updates.push(update));
    await session.start();
  });
  after(async () => {
    // Its cores are for the other suites.
    await session.shutdown();
    await session.close();
    await cluster.close();
  });

  const of = (runId: string): RunEvent[] =>
    updates.filter((update) => update.runId === runId).map(({ event }) => event);
  const text = (runId: string): string =>
    of(runId).reduce((all, event) => (event.kind === 'stream' ? all + event.text : all), '');

  type Stages = Awaited<ReturnType<SparkCluster['stages']>>;
  const stagesAre = (wanted: (active: Stages) => boolean): Promise<unknown> =>
    retryUntil(
      async () =>
        wanted(await cluster.stages(session.facts!.applicationId!, { status: 'active' })) || undefined,
      { what: 'The stage', timeoutMs: 60_000, retriable: () => true },
    );

  it('has an application of its own on the cluster, with so many cores that a job runs beside it', async () => {
    const { facts } = session;
    assert.equal(facts?.sparkError, undefined);
    assert.match(facts?.applicationId ?? '', /^app-/);
    const counted = session.run({ code: 'print(spark.range(1000).count())', language: 'python', title: 'c' });
    assert.equal(await counted.ended, 'ok', JSON.stringify(of(counted.id)));
    assert.equal(text(counted.id), '1000\n');
    const { applications, workers } = await cluster.state();
    const mine = applications.find(({ id }) => id === facts?.applicationId);
    assert.equal(mine?.state, 'RUNNING');
    assert.ok(mine.cores <= workers.reduce((sum, { cores }) => sum + cores, 0) / 2);

    const lake = new WebHdfs(connection.lake);
    const script = {
      path: 'beside.py',
      source:
        'from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(7).count())\n',
    };
    let out = '';
    const job = await runJob(
      { name: 'beside', script, args: [] },
      { lake, spark: cluster, log: silentLog },
      {
        onOutput: (stream, said) => {
          if (stream === 'stdout') out += said;
        },
      },
    );
    await lake.close();
    assert.equal(job.state, 'FINISHED');
    assert.match(out, /7/);
  });

  it('gives the library to executors, too', async () => {
    const code =
      'from pyspark.sql.functions import udf\n\ndef found(_):\n    import medallion.tables\n    return medallion.__file__\n\nprint(spark.range(1).select(udf(found)("id")).first()[0])';
    const { id, ended } = session.run({ code, language: 'python', title: 'udf' });
    assert.equal(await ended, 'ok', JSON.stringify(of(id)));
    assert.match(text(id), /medallion\.zip/);
  });

  it('shows the rows of SQL and binds its frame', async () => {
    const { id, ended } = session.run({
      code: "SELECT 1 AS one; SELECT 'a' AS letter, 2 AS two",
      language: 'sql',
      title: 'sql',
      into: 'letters',
    });
    assert.equal(await ended, 'ok', JSON.stringify(of(id)));
    const data = of(id).find((event) => event.kind === 'data');
    assert.ok(data?.kind === 'data');
    const table = data.bundle[tableMime] as { columns: { name: string }[]; rows: unknown[][] };
    assert.deepEqual([table.columns.map(({ name }) => name), table.rows], [['letter', 'two'], [['a', 2]]]);
    const used = session.run({ code: 'print(letters.columns)', language: 'python', title: 'u' });
    await used.ended;
    assert.equal(text(used.id), "['letter', 'two']\n");
  });

  it('ends a running Spark job when it is interrupted; kernel, variables and Spark stay', async () => {
    const code =
      'kept = 41\nimport time\nspark.sparkContext.parallelize(range(4), 4).map(lambda x: time.sleep(600)).collect()';
    const { id, ended } = session.run({ code, language: 'python', title: 'long' });
    await stagesAre((stages) => stages.some(({ numActiveTasks }) => numActiveTasks > 0));
    await session.interrupt();
    assert.equal(await ended, 'interrupted', JSON.stringify(of(id)));
    const after = session.run({
      code: 'print(kept + spark.range(1).count())',
      language: 'python',
      title: 'a',
    });
    assert.equal(await after.ended, 'ok', JSON.stringify(of(after.id)));
    assert.equal(text(after.id), '42\n');
    await stagesAre((stages) => stages.length === 0);
  });

  it('ends the Spark job of a question that nobody waits for', async () => {
    const controller = new AbortController();
    const sql = 'SELECT sum(sqrt(id)) AS s FROM range(10000000000000)';
    const asked = session.ask('chartRows', { sql, limit: 10 }, { signal: controller.signal });
    await stagesAre((stages) => stages.some(({ numActiveTasks }) => numActiveTasks > 0));
    controller.abort();
    await assert.rejects(asked);
    const after = session.run({ code: 'print(1)', language: 'python', title: 'a' });
    assert.equal(await after.ended, 'ok', JSON.stringify(of(after.id)));
  });

  it('tells a failure on an executor on the line of the cell', async () => {
    const code =
      'from pyspark.sql.functions import udf\n\ndef broken(x):\n    return 1 // (x - x)\n\nspark.range(1).select(udf(broken, "int")("id")).collect()';
    const { id, ended } = session.run({ code, language: 'python', title: 'udf' });
    assert.equal(await ended, 'error');
    const error = of(id).find((event) => event.kind === 'error');
    assert.ok(error?.kind === 'error');
    assert.deepEqual(
      [error.failure?.file, error.failure?.line],
      [`cell://${id}`, 4],
      JSON.stringify(error.failure),
    );
  });
});
