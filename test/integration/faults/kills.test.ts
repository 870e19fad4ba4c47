import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { liveStack } from '../../support/liveStack.ts';
import { medallion, succeeds } from '../../support/medallion.ts';
import { assertBronzeHoldsEachRowOnce, assertVerified, interruptedRun } from '../../support/retail.ts';

/** Process ids whose command line holds `text`. */
function processesWith(text: string): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 64e6 }).split('\n');
  return rows
    .filter((row) => row.includes(text) && !row.includes(' -eo '))
    .map((row) => Number.parseInt(row, 10));
}

async function servicePid(service: string, replica = 1): Promise<number> {
  const { services } = JSON.parse((await medallion('status', '--json')).stdout) as {
    services: { service: string; replica: number; pid?: number }[];
  };
  const found = services.find((row) => row.service === service && row.replica === replica);
  assert.ok(found?.pid, `${service} does not run`);
  return found.pid;
}

/** Kills a process and its group without warning, as the kernel does when memory runs out. */
function killHard(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    process.kill(pid, 'SIGKILL');
  }
}

const drivers = (): number[] => processesWith('org.apache.spark.deploy.worker.DriverWrapper');

describe('a pipeline whose parts are killed', function () {
  this.timeout(600_000);

  it('loses no row and counts none twice when the driver is killed in bronze, in silver and in gold', async () => {
    for (const [i, step] of ['bronze-orders', 'silver', 'gold'].entries()) {
      const { code, stderr } = await interruptedRun(step, 20 + i, () => {
        const pids = drivers();
        assert.ok(pids.length > 0, 'there is no driver to kill');
        for (const pid of pids) process.kill(pid, 'SIGKILL');
      });
      assert.notEqual(code, 0, `a killed driver was taken for a success:\n${stderr}`);
    }
    await succeeds('pipeline', 'run');
    await assertVerified();
    await assertBronzeHoldsEachRowOnce(await liveStack());
  });

  it('resumes at the failed step', async () => {
    await interruptedRun('silver', 30, () => {
      for (const pid of drivers()) process.kill(pid, 'SIGKILL');
    });
    const resumed = await medallion('pipeline', 'run', '--resume');
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.doesNotMatch(resumed.stderr, /bronze-orders …/);
    await assertVerified();
  });

  it('heals after a Spark worker and the DataNode were killed during a run', async () => {
    await interruptedRun('silver', 31, async () => {
      killHard(await servicePid('spark-worker', 1));
      killHard(await servicePid('datanode'));
    });
    await succeeds('up');
    await succeeds('pipeline', 'run');
    await assertVerified();
    await assertBronzeHoldsEachRowOnce(await liveStack());
  });

  it('gives the same result when two runs are started together', async () => {
    await succeeds('simulate', '--orders', '200', '--seed', '32');
    const ended = await Promise.all([medallion('pipeline', 'run'), medallion('pipeline', 'run')]);
    for (const { code, stderr } of ended) assert.equal(code, 0, stderr);
    await assertVerified();
    await assertBronzeHoldsEachRowOnce(await liveStack());
  });
});
