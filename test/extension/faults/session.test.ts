import { match, ok } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { succeeds } from '../../support/medallion.ts';
import { endSession } from '../support/endSession.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { useEditor } from '../support/useEditor.ts';

/** Jobs of Spark's, one after another, for as long as it takes to break something. */
const script = `# %% Count
print("counted", spark.range(1000).count())

# %% Long
from pyspark.sql import functions as F
for i in range(8):
    spark.range(4, numPartitions=4).select(F.sum(F.expr("sqrt(id)"))).collect()
    __import__("time").sleep(1)
    print("round", i)
`;
const startMs = 180_000;

/** What a session runs on is killed: each ends in a state that says so, and that one action mends. */
describe('A session whose stack breaks', function () {
  this.timeout(400_000);
  let workspaceDir: string;
  const editor = useEditor(async () => {
    await endSession();
    workspaceDir = await stackFolder('empty');
    await writeFile(join(workspaceDir, 'broken.py'), script);
    return { workspaceDir };
  });
  after(async () => {
    await succeeds('up');
    await endSession();
    await removeFolder(workspaceDir);
  });

  const isHealthy = ({ description }: { description: string }): boolean => description.startsWith('healthy');

  /** Runs a cell by its key, and gives its run once it is in one of these states. */
  async function run(cell: string, states: string[], timeoutMs?: number): Promise<Locator> {
    await editor().openFile('broken.py');
    await editor().text.moveTo(script.split('\n').indexOf(`# %% ${cell}`) + 2);
    await editor().press('Control+Enter');
    return editor().results.run(cell, states, timeoutMs);
  }
  async function kill(service: string): Promise<void> {
    const { services } = JSON.parse(await succeeds('status', '--json')) as {
      services: { service: string; pid?: number }[];
    };
    const pids = services.flatMap(({ service: one, pid }) => (one === service && pid ? [pid] : []));
    ok(pids.length > 0, `${service} runs`);
    for (const pid of pids) process.kill(-pid, 'SIGKILL');
  }

  it('runs while all is well', async () => {
    await editor().openView('Stack');
    await editor().view('Stack').row('jupyter', isHealthy);
    match(await (await run('Count', ['ok'], startMs)).innerText(), /counted 1000/);
  });

  it('outlives its Spark master', async () => {
    await run('Long', ['running']);
    await kill('spark-master');
    await editor().results.run('Long', ['ok']);
    await editor()
      .view('Stack')
      .row('spark-master', (row) => !isHealthy(row));
    await editor().view('Stack').clickRowAction('spark-master', 'Start Service…');
    await editor().view('Stack').row('spark-master', isHealthy);
    await editor().results.clear();
    // A worker that comes back in the moment of the master's recovery costs the session its executor: a fault of
    // Spark's, which the session tells, and a restart mends.
    const starved = await Promise.race([
      run('Count', ['ok']).then(() => undefined),
      editor().notifications.waitFor(/the session has no executor/, 90_000),
    ]);
    if (starved) {
      await starved.click('Restart…');
      await editor().dialogButton('Restart');
      await editor().statusBarItem(/Session: idle/, startMs);
      await run('Count', ['running', 'ok']);
    }
    match(await (await editor().results.run('Count', ['ok'])).innerText(), /counted 1000/);
    await editor().statusBarItem(/Session: idle/);
  });

  it('waits for workers that were killed, and goes on with others', async () => {
    await editor().results.clear();
    await run('Long', ['running']);
    await kill('spark-worker');
    await editor()
      .view('Stack')
      .row('spark-worker', (row) => !isHealthy(row));
    await editor().notifications.waitFor(/Spark runs no task of "[^"]*Long"/);
    await editor().view('Stack').clickRowAction('spark-worker', 'Start Service…');
    await editor().results.run('Long', ['ok', 'error'], 180_000);
    await editor().results.clear();
    match(await (await run('Count', ['ok'])).innerText(), /counted 1000/);
  });

  it('says that its server has ended; to restart the session starts it, too', async () => {
    await editor().results.clear();
    await run('Long', ['running']);
    await kill('jupyter');
    const told = await editor().notifications.waitFor(/The session has ended.*"jupyter"/);
    await editor().results.run('Long', ['lost']);
    await told.click('Restart');
    await editor().view('Stack').row('jupyter', isHealthy, startMs);
    await editor().statusBarItem(/Session: idle/, startMs);
    match(await (await run('Count', ['ok'])).innerText(), /counted 1000/);
  });
});
