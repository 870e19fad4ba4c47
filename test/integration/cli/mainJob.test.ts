import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { liveStack } from '../../support/liveStack.ts';
import { medallion, succeeds } from '../../support/medallion.ts';
import { assertBronzeHoldsEachRowOnce, assertVerified } from '../../support/retail.ts';

describe('the main job at the command line', function () {
  this.timeout(300_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'medallion-main-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  it('runs the pipeline over simulated orders, and gold equals SQL over the source for all ten branches', async () => {
    await succeeds('simulate', '--orders', '1000', '--seed', '7');
    await succeeds('pipeline', 'run');
    const tables = await assertVerified();
    assert.deepEqual(
      tables.map(({ rows }) => rows.length),
      [10, 10],
    );
  });

  it('takes only what is new in a second run, and bronze holds each source row once', async () => {
    await succeeds('simulate', '--orders', '500', '--seed', '8', '--bad-rows', '2');
    await succeeds('pipeline', 'run');
    await assertVerified();
    await assertBronzeHoldsEachRowOnce(await liveStack());
  });

  it('puts what breaks a rule into quarantine with the reason', async () => {
    const { head } = JSON.parse(await succeeds('head', 'silver/quarantine', '-n', '100', '--json')) as {
      head: { reason: string }[];
    };
    const reasons = new Set(head.map(({ reason }) => reason));
    for (const reason of [
      'unknown status',
      'null branch',
      'delivery before its order',
      'delivery without NEW',
      'no order',
    ]) {
      assert.ok(reasons.has(reason), `no row is held for "${reason}", only for ${[...reasons].join(', ')}`);
    }
  });

  it('keeps the history of runs', async () => {
    const runs = JSON.parse(await succeeds('pipeline', 'status', '--json')) as {
      state: string;
      steps: { name: string; rowsIn?: number }[];
    }[];
    assert.ok(runs.length >= 2);
    assert.equal(runs[0]?.state, 'FINISHED');
    const rows = runs[0].steps.find(({ name }) => name === 'bronze-orders')?.rowsIn;
    assert.ok(rows !== undefined && rows >= 500 && rows < 600, `bronze took ${rows} rows`);
  });

  it('draws both gold charts: bars, SVG and HTML', async () => {
    for (const name of ['deliveriescount', 'deliveriesavg']) {
      const chart = join('pyspark', 'retail', 'charts', `${name}.chart.json`);
      assert.match(await succeeds('chart', chart), /Harbour/);
      for (const kind of ['svg', 'html']) {
        const file = join(folder, `${name}.${kind}`);
        await succeeds('chart', chart, '--out', file);
        assert.match(await readFile(file, 'utf8'), /<svg[^]*Harbour/);
      }
    }
  });

  it('says where gold and source differ', async () => {
    await succeeds('simulate', '--orders', '20', '--seed', '9');
    const { code, stdout, stderr } = await medallion('verify');
    assert.equal(code, 1);
    assert.match(stdout + stderr, /differs from the source/);
    assert.match(stderr, /rows behind the source/);
  });
});
