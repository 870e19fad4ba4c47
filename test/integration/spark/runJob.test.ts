import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import type { DriverEvent, JobParts, JobState } from '../../../src/spark/job.ts';
import { attachJob, runJob } from '../../../src/spark/runJob.ts';
import { killJob, listJobs, readRecord } from '../../../src/spark/runRecords.ts';
import { SparkCluster } from '../../../src/spark/sparkCluster.ts';
import type { WholeConnection } from '../../../src/stack/connection.ts';
import { liveStack } from '../../support/liveStack.ts';

describe('jobs on the cluster', function () {
  this.timeout(240_000);
  let connection: WholeConnection;
  let parts: JobParts;
  let root: string;

  before(async () => {
    connection = await liveStack();
    parts = {
      lake: new WebHdfs(connection.lake),
      spark: new SparkCluster(connection.spark),
      log: silentLog,
    };
    root = await mkdtemp(join(tmpdir(), 'jobs-'));
  });
  after(async () => {
    await rm(root, { recursive: true });
    await parts.spark.close();
    await parts.lake.close();
  });

  it('runs a plain script: live output, events, stages, modules beside it, UDFs, exit code, archive', async () => {
    await writeFile(join(root, 'beside.py'), 'def shout(x):\n    return f"<{x}>"\n');
    const source = [
      'import sys, os',
      'print("Größe 😀", sys.argv[1:], __name__, __file__, os.environ["WHERE"], flush=True)',
      'print("no end of line", end="", flush=True)',
      'from pyspark.sql import SparkSession',
      'from pyspark.sql.functions import udf',
      'from beside import shout',
      'spark = SparkSession.builder.getOrCreate()',
      'class Point:',
      '    def __init__(self, x): self.x = x',
      'own = udf(lambda x: str(Point(x).x), "string")',
      'print(spark.range(2).select(udf(shout, "string")("id").alias("s"), own("id").alias("o")).collect())',
      'print(spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.shuffle.partitions"))',
      'sys.stdout.write("last words 😀")',
      'sys.exit(3)',
    ].join('\n');
    const path = join(root, 'plain.py');
    const states: JobState[] = [];
    const events: DriverEvent[] = [];
    let out = '';
    let outAtApplication: string | undefined;
    const result = await runJob(
      {
        name: 'plain',
        script: { path, source },
        args: ['a b', '--c'],
        properties: { 'spark.sql.shuffle.partitions': '3' },
        environment: { WHERE: 'here' },
      },
      parts,
      {
        onState: (state) => states.push(state),
        onOutput: (stream, text) => {
          if (stream === 'stdout') out += text;
        },
        onEvent: (event) => {
          if (event.event === 'application') outAtApplication = out;
          events.push(event);
        },
        onStages: (stages) => assert.match(stages.applicationId, /^app-/),
      },
    );
    assert.equal(result.state, 'FAILED');
    assert.equal(result.exitCode, 3);
    assert.equal(result.failure, undefined);
    assert.deepEqual(
      events.map((e) => e.event),
      ['application', 'exit'],
    );
    assert.ok(out.startsWith(`Größe 😀 ['a b', '--c'] __main__ ${path} here\nno end of line`), out);
    assert.ok(outAtApplication?.includes('no end of line'), 'output is live');
    assert.match(out, /Row\(s='<0>', o='0'\), Row\(s='<1>', o='1'\)/);
    assert.match(out, /UTC 3\n/);
    assert.ok(out.endsWith('last words 😀'), out);
    assert.ok(!out.includes('\u001e'));
    assert.deepEqual(
      [states[0]?.phase, states.at(-1)?.phase, states.at(-1)?.end],
      ['uploading', 'ended', 'FAILED'],
    );
    const kept = (await parts.lake.read(`/jobs/${result.runId}/stdout`)).toString('utf8');
    assert.ok(kept.startsWith('Größe 😀'));
    assert.ok((await parts.lake.stat(`/jobs/${result.runId}/stderr`)).length > 0);
    assert.equal((await parts.lake.read(`/jobs/${result.runId}/plain.py`)).toString('utf8'), source);
    const [latest] = await listJobs(parts, { limit: 1 });
    assert.ok(latest);
    const record = await readRecord(parts.lake, result.runId);
    assert.deepEqual([record.state, record.exitCode], ['FAILED', 3]);
  });

  it("shows the user's own line of a module that travelled along", async () => {
    await writeFile(join(root, 'deep.py'), 'def fail(x):\n    return 1 / x\n');
    const result = await runJob(
      {
        name: 'failing',
        script: { path: join(root, 'failing.py'), source: 'import deep\n\ndeep.fail(0)\n' },
        args: [],
      },
      parts,
    );
    assert.equal(result.state, 'FAILED');
    assert.equal(result.exitCode, 1);
    assert.equal(result.failure?.type, 'ZeroDivisionError');
    assert.deepEqual([result.failure.file, result.failure.line], [join(root, 'deep.py'), 2]);
  });

  it('is found again by another process, and killed', async () => {
    const detach = new AbortController();
    let runId = '';
    const first = runJob(
      {
        name: 'long',
        script: {
          path: join(root, 'long.py'),
          source: 'import time\nprint("up", flush=True)\ntime.sleep(600)\n',
        },
        args: [],
      },
      parts,
      {
        detach: detach.signal,
        onState: (state) => (runId = state.runId),
        onOutput: (stream, text) => {
          if (stream === 'stdout' && text.includes('up')) detach.abort();
        },
      },
    );
    await assert.rejects(first, (error) => isWorkbenchError(error, 'cancelled'));
    const record = await readRecord(parts.lake, runId);
    assert.equal(record.state, 'RUNNING');
    let out = '';
    const attached = attachJob(record.submissionId, parts, {
      onOutput: (stream, text) => {
        if (stream === 'stdout') out += text;
      },
    });
    // Aborted while it is still being looked for: what is found is killed all the same.
    const killed = attachJob(runId, parts, { signal: AbortSignal.abort() });
    assert.equal(await killJob(runId, parts), 'KILLED');
    assert.equal((await killed).state, 'KILLED');
    const result = await attached;
    assert.equal(result.state, 'KILLED');
    assert.equal(result.runId, runId);
    assert.ok(out.startsWith('up\n'), out);
    assert.equal((await attachJob(runId, parts)).state, 'KILLED');
  });

  it('stops on the cluster when it is cancelled', async () => {
    const cancel = new AbortController();
    const result = await runJob(
      {
        name: 'cancelled',
        script: { path: 'c.py', source: 'import time\nprint(1, flush=True)\ntime.sleep(600)' },
        args: [],
      },
      parts,
      {
        signal: cancel.signal,
        onOutput: (stream) => {
          if (stream === 'stdout') cancel.abort();
        },
      },
    );
    assert.equal(result.state, 'KILLED');
    assert.equal((await parts.spark.status(result.submissionId)).state, 'KILLED');
  });

  it('is refused without the token, and with a wrong one', async () => {
    const { restKey, ...open } = connection.spark;
    assert.ok(restKey);
    for (const address of [open, { ...open, restKey: Buffer.alloc(32, 1).toString('base64url') }]) {
      const cluster = new SparkCluster(address);
      await assert.rejects(cluster.ready(), (error) => isWorkbenchError(error, 'denied'));
      await cluster.close();
    }
    assert.equal(await parts.spark.ready(), true);
    assert.deepEqual(await parts.spark.status('driver-unknown'), {});
  });
});
