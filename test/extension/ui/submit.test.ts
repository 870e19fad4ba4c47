import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const failing = `from pyspark.sql import SparkSession
import named

spark = SparkSession.builder.getOrCreate()
orders = spark.range(10).withColumnRenamed("id", "branch")
print("\\x1b[32m" + named.title + "\\x1b[0m", orders.count())
orders.groupBy("brnch").count().show()
`;

const ticking = `import sys, time
print("arguments", sys.argv[1:], flush=True)
for i in range(2000):
    print("tick", i, flush=True)
    time.sleep(0.3)
`;

describe('Submit to Spark', () => {
  let workspaceDir: string;
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder('empty');
    await writeFile(join(workspaceDir, 'branches.py'), failing);
    await writeFile(join(workspaceDir, 'named.py'), 'title = "saved"\n');
    await writeFile(join(workspaceDir, 'ticking.py'), ticking);
    return { workspaceDir };
  });
  after(() => removeFolder(workspaceDir));

  it('marks a failure on its line, which a click in the terminal opens', async () => {
    await editor().openFile('branches.py');
    await editor().runCommand('Medallion: Submit to Spark');
    const told = await editor().notifications.waitFor(/branches\.py failed at line 7: AnalysisException/);
    equal(await told.severity(), 'error');
    deepEqual(await told.buttons(), ['Go to Line', 'Show Log']);
    await editor().text.moveTo(1);
    await told.click('Go to Line');
    await until('the cursor is on the line', async () => (await editor().text.position()).line === 7);
    await editor().panel.waitForTerminal(/branches\.py failed with exit code 1 after/);
    await editor().text.moveTo(1);
    // A link takes a click once the terminal has found it.
    await until('the cursor is on the line', async () => {
      await editor().panel.clickTerminalLink('branches.py", line 7');
      return (await editor().text.position()).line === 7;
    });
    equal((await editor().notifications.shown()).length, 1);
    match(await editor().panel.waitForProblem(/AnalysisException/), /brnch/);
    equal(await editor().text.squiggles(), 1);
  });

  it('submits what the editor shows, saved or not, and takes the mark away', async () => {
    await editor().openFile('named.py');
    await editor().text.setText('title = "not saved"\n');
    await editor().openFile('branches.py');
    await editor().text.replaceLine(7, 'orders.groupBy("branch").count().limit(2).show()');
    await editor().runCommand('Medallion: Submit to Spark');
    await until('the mark is gone', async () => (await editor().text.squiggles()) === 0);
    const shown = await editor().panel.waitForTerminal(/branches\.py finished in/);
    match(shown, /not saved 10/);
    equal(await readFile(join(workspaceDir, 'branches.py'), 'utf8'), failing);
    ok((await editor().panel.problems()).every((problem) => !problem.includes('AnalysisException')));
  });

  it('asks for arguments, finds the run again after a reload, runs another beside it, and cancels', async () => {
    await editor().openFile('ticking.py');
    await editor().runCommand('Medallion: Submit to Spark with Arguments…');
    await editor().quick.fill(`--day 'two words`);
    await until('the quote is missed', async () =>
      (await editor().quick.question()).message.includes("quote ' does not end"),
    );
    await editor().quick.fill(`--day 'two words'`);
    await editor().quick.accept();
    await until('properties are asked for', async () =>
      (await editor().quick.question()).message.includes('Spark properties'),
    );
    await editor().quick.accept();
    await editor().panel.waitForTerminal(/tick 5/);
    match(await editor().panel.terminalText(), /arguments \['--day', 'two words'\]/);

    await editor().reload();
    await editor().statusBarItem(/ticking\.py: Running/);
    await editor().panel.showTerminal('ticking.py');
    await editor().panel.waitForTerminal(/tick \d\d/);

    await editor().openFile('named.py');
    await editor().runCommand('Medallion: Submit to Spark');
    await editor().panel.waitForTerminal(/named\.py finished in/);

    await editor().panel.showTerminal('ticking.py');
    await editor().page.locator('.terminal-wrapper.active .xterm-screen').click();
    await editor().press('Control+C');
    await editor().panel.waitForTerminal(/ticking\.py was stopped after/);
    deepEqual(await editor().notifications.shown(), []);
  });
});
