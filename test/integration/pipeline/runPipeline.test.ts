import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { silentLog } from '../../../src/base/log.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { listRuns } from '../../../src/pipeline/history.ts';
import { loadPipeline } from '../../../src/pipeline/pipelineFile.ts';
import { runPipeline, type StepEvent } from '../../../src/pipeline/runPipeline.ts';
import { verifyPipeline } from '../../../src/pipeline/verify.ts';
import { SparkCluster } from '../../../src/spark/sparkCluster.ts';
import type { WholeConnection } from '../../../src/stack/connection.ts';
import { simulateBatch } from '../../../stack/retail/simulate.ts';
import { liveStack } from '../../support/liveStack.ts';

describe('the retail pipeline on the stack', function () {
  this.timeout(600_000);
  const place = `/tmp/${randomBytes(6).toString('hex')}`;
  const options = { root: `${place}/data`, records: `${place}/records` };
  let connection: WholeConnection;
  let lake: WebHdfs;
  let spark: SparkCluster;

  before(async () => {
    connection = await liveStack();
    lake = new WebHdfs(connection.lake);
    spark = new SparkCluster(connection.spark);
  });

  after(async () => {
    await lake.remove(place, { recursive: true });
    await Promise.all([lake.close(), spark.close()]);
  });

  // Later runs, at the command line: test/integration/cli/mainJob.test.ts.
  it('brings orders into gold of a lake of its own, and gold equals the source', async () => {
    const pipeline = await loadPipeline('pyspark/retail/pipeline.yaml');
    const parts = { lake, spark, log: silentLog };
    await simulateBatch(connection.postgres, { orders: 300, days: 3, seed: 1, badRows: 1 });
    const steps: StepEvent[] = [];
    const { job, run } = await runPipeline(pipeline, parts, { ...options, onStep: (e) => steps.push(e) });
    assert.equal(job.state, 'FINISHED', JSON.stringify(job.failure));
    assert.deepEqual(
      run?.steps.map(({ state }) => state),
      ['FINISHED', 'FINISHED', 'FINISHED', 'FINISHED'],
    );
    assert.equal(steps.length, 8);
    const verification = await verifyPipeline(pipeline, { lake, postgres: connection.postgres }, options);
    assert.equal(verification.equal, true, JSON.stringify(verification));
    assert.deepEqual(verification.tables[0]?.behind, { orders: 0, ordershistory: 0 });
    assert.equal(verification.tables[0].rows.length, 10);
    const runs = await listRuns({ lake, spark }, pipeline.name, options);
    assert.deepEqual(
      runs.map(({ state }) => state),
      ['FINISHED'],
    );
  });

  it('says which step failed, and resumes there', async () => {
    const pipeline = await loadPipeline('pyspark/retail/pipeline.yaml');
    const parts = { lake, spark, log: silentLog };
    const fresh = { root: `${place}/other`, records: `${place}/other-records` };
    const { job, run } = await runPipeline(pipeline, parts, { ...fresh, from: 'silver' });
    assert.equal(job.state, 'FAILED');
    assert.deepEqual(
      run?.steps.map(({ state }) => state),
      ['SKIPPED', 'SKIPPED', 'FAILED', 'PENDING'],
    );
    assert.match(run.steps[2]?.error?.message ?? '', /Run bronze\.py/);
    // It ended itself, on no line; above all, not on the line that runs the steps.
    assert.equal(job.failure?.file, undefined, JSON.stringify(job.failure));
  });
});
