import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { axe } from '../support/axe.ts';
import { endSession } from '../support/endSession.ts';
import type { SessionResults } from '../support/sessionResults.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const explore = `# %% Count
orders = spark.read.format("delta").load("/data/bronze/orders")
print("branches", orders.where("branch IS NOT NULL").select("branch").distinct().count())

# %% Look
orders.select("orderid", "branch").orderBy("orderid")

# %% Plot
import matplotlib.pyplot as plt
_ = plt.plot([1, 2, 3])

# %% Wrong
def wrong(column):
    return orders.groupBy(column).count()
wrong("brnch")

# %% Helper
import helper
helper.broken(orders)

# %% Long
spark.range(10**13).selectExpr("sum(sqrt(id))").show()

# %% Alive
print(orders.columns[0])

# %% Tick
import time
for i in range(40):
    print("tick", i)
    time.sleep(0.5)

# %% Die
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
`;
/** A module beside the script. */
const helper = `def broken(frame):
    return frame.select("nope")
`;
const sql = `-- The branches of bronze.
SELECT branch, count(*) AS orders FROM bronze.orders WHERE branch IS NOT NULL GROUP BY branch ORDER BY branch;
`;
/** To start the kernel and Spark inside. */
const startMs = 180_000;

describe('The session', function () {
  this.timeout(300_000);
  let workspaceDir: string;
  const editor = useEditor(async () => {
    await endSession();
    await endSession();
    workspaceDir = await stackFolder('empty');
    await writeFile(join(workspaceDir, 'explore.py'), explore);
    await writeFile(join(workspaceDir, 'helper.py'), helper);
    await writeFile(join(workspaceDir, 'columns.py'), 'orders.select("")\n');
    await writeFile(
      join(workspaceDir, 'wrong.sql'),
      'SELECT 1;\nSELECT branch,\n  brunch\nFROM bronze.orders;\n',
    );
    await writeFile(join(workspaceDir, 'branches.sql'), sql);
    return { workspaceDir };
  });
  after(async () => {
    await endSession();
    await removeFolder(workspaceDir);
  });

  function run(...wanted: Parameters<SessionResults['run']>): Promise<Locator> {
    return editor().results.run(...wanted);
  }
  async function goTo(cell: string): Promise<void> {
    await editor().openFile('explore.py');
    await editor().text.moveTo(explore.split('\n').indexOf(`# %% ${cell}`) + 2);
  }

  it('runs cells by keys, with what they give beside them', async () => {
    await goTo('Count');
    await editor().press('Shift+Enter');
    const count = await run('Count', ['ok'], startMs);
    match(await count.innerText(), /branches 10/);
    await editor().press('Shift+Enter');
    const look = await run('Look', ['ok']);
    match(await look.locator('.table').innerText(), /orderid[\s\S]*branch/);
    await editor().press('Shift+Enter');
    const plot = await run('Plot', ['ok']);
    match((await plot.locator('img').getAttribute('src')) ?? '', /^data:image\/png;base64,/);
    deepEqual(await axe(await editor().results.frame()), []);
  });

  it('opens what a cell has ended with as a table', async () => {
    const look = await run('Look', ['ok']);
    await look.getByRole('button', { name: 'Open in Table Preview' }).click();
    const table = await editor().webviewFrame(/^_\d+/);
    await until('its rows are there', async () =>
      /orderid[^]*branch/.test(await table.locator('body').innerText()),
    );
    await editor().runCommand('View: Close Editor');
    await editor().tab('explore.py').click();
  });

  it('marks a failure on its line', async () => {
    await goTo('Wrong');
    await editor().press('Control+Enter');
    const wrong = await run('Wrong', ['error']);
    match(await wrong.innerText(), /brnch/);
    await until('it is marked', async () => (await editor().text.squiggles()) === 1);
    match(await editor().panel.waitForProblem(/brnch/), /AnalysisException/);
  });

  it('marks a failure in a module beside the script there', async () => {
    await goTo('Helper');
    await editor().press('Control+Enter');
    await run('Helper', ['error']);
    match(await editor().panel.waitForProblem(/nope/), /AnalysisException/);
    await editor().panel.clickProblem('nope');
    await editor().tab('helper.py').waitFor();
    await until('the cursor is on the line', async () => (await editor().text.position()).line === 2);
  });

  it('stops a running cell, and keeps its variables', async () => {
    await goTo('Long');
    await editor().press('Control+Enter');
    await run('Long', ['running']);
    await editor().runCommand('Medallion: Interrupt Session');
    await run('Long', ['interrupted'], 10_000);
    await goTo('Alive');
    await editor().press('Control+Enter');
    match(await (await run('Alive', ['ok'])).innerText(), /orderid/);
  });

  it('lists its variables', async () => {
    const view = await editor().openView('Session');
    const row = await view.row(['orders'], ({ description }) => description.includes('DataFrame'));
    ok(row);
  });

  it('completes the columns of its frames', async () => {
    await editor().openFile('columns.py');
    await editor().text.moveTo(1, 'orders.select("'.length + 1);
    const offered = await editor().text.completions();
    ok(offered.includes('branch'), offered.join());
  });

  it('goes on while the window is reloaded, and loses no line', async () => {
    await goTo('Tick');
    await editor().press('Control+Enter');
    const before = await run('Tick', ['running']);
    await until('it ticks', async () => (await before.innerText()).includes('tick 3'));
    await editor().reload();
    const whole = await run('Tick', ['ok']);
    const lines = await editor().results.linesOf(whole);
    deepEqual(
      lines.filter((line) => line.startsWith('tick')),
      Array.from({ length: 40 }, (_, i) => `tick ${i}`),
    );
  });

  it('runs SQL over the lake', async () => {
    await editor().openFile('branches.sql');
    await editor().text.moveTo(2);
    await editor().press('Control+Enter');
    const found = await run('branches.sql', ['ok']);
    match(await found.locator('.table').innerText(), /10 rows/);
  });

  it('marks a failure of SQL on its line', async () => {
    await editor().openFile('wrong.sql');
    await editor().text.moveTo(2);
    await editor().press('Control+Enter');
    await run('wrong.sql', ['error']);
    match(await editor().panel.waitForProblem(/brunch/), /line 3/);
  });

  it('says that its kernel was killed, and starts again', async () => {
    await goTo('Die');
    await editor().press('Control+Enter');
    await run('Die', ['lost']);
    const told = await editor().notifications.waitFor(/The session has ended/);
    await told.click('Restart');
    await editor().statusBarItem(/Session: idle/, startMs);
    await goTo('Count');
    await editor().press('Control+Enter');
    match(await (await run('Count', ['ok'])).innerText(), /branches 10/);
  });

  it('warns of its memory', async () => {
    await editor().changeSettings({ 'medallion.session.memoryWarningPercent': 1 });
    await goTo('Alive');
    await editor().press('Control+Enter');
    await run('Alive', ['ok']);
    const told = await editor().notifications.waitFor(/% of the memory that it can have/);
    await told.click('Show Variables');
    await editor()
      .view('Session')
      .row(['orders'], ({ description }) => description.includes('DataFrame'));
  });

  it('is stopped once nobody uses it, and not without a warning', async () => {
    await editor().changeSettings({ 'medallion.session.idleTimeoutMinutes': 0.5 });
    const warned = await editor().notifications.waitFor(/is stopped in 0\.5 min/);
    await warned.click('Keep');
    const stopped = await editor().notifications.waitFor(/nothing ran in it for 0\.5 min/, 120_000);
    await editor().changeSettings({ 'medallion.session.idleTimeoutMinutes': 120 });
    await stopped.click('Start Session');
    await editor().statusBarItem(/Session: idle/, startMs);
  });

  it('is stopped', async () => {
    await editor().runCommand('Medallion: Stop Session…');
    await editor().dialog(/All variables are gone/);
    await editor().dialogButton('Stop');
    await until('nothing is left of it', async () => {
      const items = await editor().page.locator('.statusbar-item:visible').allInnerTexts();
      return !items.some((text) => text.includes('Session'));
    });
    equal((await readFile(join(workspaceDir, 'explore.py'), 'utf8')).length, explore.length);
  });
});
