import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'bin', 'medallion.mjs');

const failing = `from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.range(10).withColumnRenamed("id", "branch")
orders.groupBy("brnch").count().show()
`;

/** A script that is found out cell by cell, and then submitted as it is. */
const busy = `# %% Bronze
from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
orders = spark.read.format("delta").load("/data/bronze/orders")
placed = orders.select("orderid", "branch", F.hour("ordertime").alias("hour"))
placed.orderBy("orderid")

# %% Silver
placed.write.format("delta").mode("overwrite").save("/data/silver/placed")

# %% Gold
silver = spark.read.format("delta").load("/data/silver/placed")
gold = silver.groupBy("branch").count()
gold.write.format("delta").mode("overwrite").save("/data/gold/busy")
`;
/** Spark works at the first for hours; the second goes on while the window is loaded anew. */
const cells = `# %% Long
spark.range(10**13).selectExpr("sum(sqrt(id))").show()

# %% Alive
print("still", placed.columns)

# %% Tick
import time
for i in range(60):
    print("tick", i)
    time.sleep(0.5)
`;

/** Prints a word every half second, then ends. */
const ticking = (word: string, times: number) => `import time

for i in range(${times}):
    print("${word}", i, flush=True)
    time.sleep(0.5)
print("the end")
`;

/** With clicks and keys alone, as somebody does who has just installed the extension. */
for (const engine of ['local', 'docker'] as const) {
  const hasEngine = engine === 'local' || spawnSync('docker', ['version']).status === 0;
  (hasEngine ? describe : describe.skip)(
    `From an empty window to a gold chart, on the ${engine} engine`,
    () => {
      let dir: string;
      const editor = useEditor(async () => {
        dir = await mkdtemp(join(tmpdir(), 'walk-'));
        return { settings: { 'medallion.connection': engine } };
      });
      const walkthrough = () => editor().walkthrough;

      after('remove the stack and its data', async function () {
        this.timeout(120_000);
        const env = { ...process.env, MEDALLION_WORKSPACE: dir };
        spawnSync(process.execPath, [program, 'reset', '--yes'], { env });
        await rm(dir, { recursive: true, force: true });
      });

      // Each goes on where the one before has ended.
      afterEach(function () {
        if (this.currentTest?.state === 'failed') failed = true;
      });
      let failed = false;
      const step = (title: string, timeoutMs: number, walk: () => Promise<void>) =>
        it(title, async function () {
          if (failed) this.skip();
          this.timeout(timeoutMs);
          await walk();
        });

      step('makes a project', 120_000, async () => {
        await editor().runCommand('Medallion: Open Walkthrough');
        await walkthrough().press('Make a project', 'New Project…');
        await editor().choosePath(dir);
        await editor().waitLoaded();
        await walkthrough().waitDone('Make a project');
        await editor().tab('pipeline.yaml').waitFor();
        ok(existsSync(join(dir, 'pipeline.yaml')));
      });

      step('starts the stack', 300_000, async () => {
        await walkthrough().press('Start the stack', 'Start Stack');
        await walkthrough().waitDone('Start the stack', 280_000);
        const stack = await editor().openView('Stack');
        for (const service of ['postgres', 'namenode', 'spark-master'])
          await stack.row(service, ({ description }) => description.startsWith('healthy'));
        await editor().statusBarItem(new RegExp(`Medallion: ${engine}`));
      });

      step('lets the shop take orders', 120_000, async () => {
        await walkthrough().press('Let the shop take orders', 'Simulate Orders…');
        await editor().quick.fill('300');
        await editor().quick.accept();
        await walkthrough().waitDone('Let the shop take orders');
        await (await editor().notifications.waitFor(/300 orders/)).close();
      });

      step('runs the pipeline, and the first chart opens by itself', 300_000, async () => {
        await walkthrough().press('Run the pipeline', 'Run Pipeline');
        await walkthrough().waitDone('Run the pipeline', 280_000);
        await walkthrough().waitDone('See the chart');
        const chart = await editor().webviewFrame(/deliveries/i);
        await chart.locator('figure[data-drawn]').waitFor();
      });

      step('looks at gold', 120_000, async () => {
        await walkthrough().press('Look at gold', 'Show Lake');
        const lake = await editor().openView('Lake');
        await lake.expand('gold');
        await lake.row(['gold', 'deliveriescount'], ({ description }) => description.includes('10 rows'));
        await lake.clickRowAction(['gold', 'deliveriescount'], 'Open Table');
        const table = await editor().webviewFrame(/deliveriescount/);
        await table.getByText('Riverside').first().waitFor();
      });

      step('explores bronze in cells, by keys', 300_000, async () => {
        await newFile('busy.py', busy);
        await editor().text.moveTo(1);
        await editor().press('Shift+Enter');
        const bronze = await editor().results.run('Bronze', ['ok'], 240_000);
        await until('the frame is drawn', async () =>
          /orderid[\s\S]*branch[\s\S]*hour/.test(await bronze.locator('.table').innerText()),
        );
        for (const cell of ['Silver', 'Gold']) {
          await editor().press('Shift+Enter');
          await editor().results.run(cell, ['ok']);
        }
      });

      step('interrupts a cell whose Spark job is long, and goes on with its variables', 120_000, async () => {
        await newFile('cells.py', cells);
        await goTo(cells, 'Long');
        await editor().press('Control+Enter');
        await editor().results.run('Long', ['running']);
        await editor().runCommand('Medallion: Interrupt Session');
        await editor().results.run('Long', ['interrupted']);
        await goTo(cells, 'Alive');
        await editor().press('Control+Enter');
        match(await (await editor().results.run('Alive', ['ok'])).innerText(), /still .*orderid/);
      });

      step('reloads the window in the middle of a cell, and has each of its lines', 180_000, async () => {
        await goTo(cells, 'Tick');
        await editor().press('Control+Enter');
        const begun = await editor().results.run('Tick', ['running']);
        await until('it ticks', async () => (await begun.innerText()).includes('tick 3'));
        await editor().reload();
        const lines = await editor().results.linesOf(await editor().results.run('Tick', ['ok']));
        deepEqual(
          lines.filter((line) => line.startsWith('tick')),
          Array.from({ length: 60 }, (_, i) => `tick ${i}`),
        );
      });

      step('makes what was found out a step of the pipeline', 120_000, async () => {
        await editor().openFile('busy.py');
        await editor().runCommand('Medallion: Add to Pipeline…');
        // Its name, its tables, its place: each has the likely answer.
        await until('all is answered', async () => {
          if (await editor().quick.isOpen())
            await editor()
              .quick.accept(1_000)
              .catch(() => undefined);
          return (await editor().text.visibleText()).includes('script: busy.py');
        });
        await editor().text.save();
        const text = await readFile(join(dir, 'pipeline.yaml'), 'utf8');
        match(text, /reads: \[bronze\/orders\]\n +writes: \[silver\/placed, gold\/busy\]/);
      });

      step('changes a line, submits the script, and sees gold change', 300_000, async () => {
        await editor().runCommand('Medallion: Open Table');
        await editor().quick.pick(/busy/);
        await rowsOfGold(10);
        await editor().openFile('busy.py');
        await editor().text.replaceLine(
          10,
          'placed.where("branch = \'Riverside\'").write.format("delta").mode("overwrite").save("/data/silver/placed")',
        );
        await editor().text.save();
        await editor().runCommand('Medallion: Submit to Spark');
        await editor().panel.waitForTerminal(/busy\.py finished in/, 150_000);
        await editor().tab('busy').click();
        const table = await editor().webviewFrame(/busy/);
        await table.getByText('The table has a newer version.').waitFor();
        await table.getByRole('button', { name: 'Refresh' }).last().click();
        await rowsOfGold(1);
        // Its cores are for the jobs that follow.
        await editor().runCommand('Medallion: Stop Session…');
        await editor().dialogButton('Stop');
      });

      step('submits a script that fails, and sees where', 180_000, async () => {
        await newFile('mine.py', failing);
        await editor().text.clickCodeLens('Submit to Spark');
        const told = await editor().notifications.waitFor(/mine\.py failed at line 5/, 150_000);
        await told.click('Go to Line');
        await until('the cursor is on the line', async () => (await editor().text.position()).line === 5);
        match(await editor().panel.waitForProblem('brnch'), /line 5/);
        equal(await editor().text.squiggles(), 1);
      });

      step('mends it and submits it again', 180_000, async () => {
        await editor().text.replaceLine(5, 'orders.groupBy("branch").count().show()');
        await editor().text.save();
        await editor().text.clickCodeLens('Submit to Spark');
        await editor().panel.waitForTerminal(/mine\.py finished in/, 150_000);
        equal(await editor().text.squiggles(), 0);
        ok((await editor().panel.problems()).every((problem) => !problem.includes('brnch')));
      });

      step('cancels a long run', 180_000, async () => {
        await submit('long.py', ticking('tick', 1000));
        await editor().panel.waitForTerminal(/tick \d/, 120_000);
        const jobs = await editor().openView('Jobs');
        await jobs.clickRowAction(/long/, 'Cancel Job');
        await editor().panel.waitForTerminal(/long\.py was stopped after/, 120_000);
        await jobs.row(/long/, ({ description }) => description.includes('stopped'));
      });

      step('finds a run again that goes on while the window is reloaded', 240_000, async () => {
        await submit('minute.py', ticking('tock', 70));
        await editor().panel.waitForTerminal(/tock \d/, 120_000);
        await editor().reload();
        const jobs = await editor().openView('Jobs');
        await jobs.row(/minute/, ({ description }) => !/lost|stopped|failed/.test(description));
        await editor().panel.showTerminal('minute.py');
        const shown = await editor().panel.waitForTerminal(/minute\.py finished in/, 120_000);
        match(shown, /tock 69\s+the end/);
      });

      step('has no step left, and stops the stack', 180_000, async () => {
        await editor().runCommand('Medallion: Open Walkthrough');
        await walkthrough().waitOpen();
        await until('no step is left', async () => (await walkthrough().open()).length === 0);
        await editor().runCommand('Medallion: Stop Stack');
        const stack = await editor().openView('Stack');
        await stack.row('namenode', ({ description }) => description.startsWith('stopped'), 120_000);
      });

      async function newFile(name: string, text: string): Promise<void> {
        await editor().runCommand('File: New Untitled Text File');
        await editor().text.setText(text);
        await editor().press('Control+S');
        await editor().choosePath(join(dir, name));
        await editor().tab(name).waitFor();
      }

      /** To the first line of a cell of the open script. */
      async function goTo(script: string, cell: string): Promise<void> {
        await editor().text.moveTo(script.split('\n').indexOf(`# %% ${cell}`) + 2);
      }

      async function rowsOfGold(count: number): Promise<void> {
        const table = await editor().webviewFrame(/busy/);
        await until(`gold has ${count} rows`, async () =>
          new RegExp(`\\b${count} rows?\\b`).test(await table.locator('body').innerText()),
        );
      }

      async function submit(name: string, text: string): Promise<void> {
        await newFile(name, text);
        await editor().runCommand('Medallion: Submit to Spark');
      }
    },
  );
}
