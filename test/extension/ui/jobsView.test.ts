import { deepEqual, match, ok } from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const long = `import time
from pyspark.sql import SparkSession

def slowly(rows):
    for row in rows:
        time.sleep(0.5)
        yield row

spark = SparkSession.builder.getOrCreate()
print(spark.sparkContext.parallelize(range(600), 300).mapPartitions(slowly).count())
`;

const failing = `def parse(text):
    return int(text)

try:
    parse("x")
except ValueError as error:
    raise RuntimeError("cannot parse") from error
`;

const tasks = {
  version: '2.0.0',
  tasks: [
    {
      type: 'medallion',
      task: 'submit',
      script: 'long.py',
      label: 'count slowly',
      group: { kind: 'build', isDefault: true },
      problemMatcher: '$medallion',
    },
  ],
};

const launch = {
  version: '0.2.0',
  configurations: [
    { type: 'medallion', request: 'launch', name: 'Parse', script: '${workspaceFolder}/parse.py' },
  ],
};

describe('Jobs view', () => {
  let workspaceDir: string;
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder('empty');
    await mkdir(join(workspaceDir, '.vscode'));
    await writeFile(join(workspaceDir, '.vscode', 'tasks.json'), JSON.stringify(tasks));
    await writeFile(join(workspaceDir, '.vscode', 'launch.json'), JSON.stringify(launch));
    await writeFile(join(workspaceDir, 'long.py'), long);
    await writeFile(join(workspaceDir, 'parse.py'), failing);
    return { workspaceDir, size: { width: 1400, height: 1400 } };
  });
  after(() => removeFolder(workspaceDir));

  it('shows a running task with its stages, and cancels it on the cluster', async () => {
    const jobs = await editor().openView('Jobs');
    await editor().runCommand('Tasks: Run Build Task');
    const running = await jobs.row('long.py', ({ description }) =>
      /stage 0, \d+ of 300 tasks/.test(description),
    );
    match(running.aria, /^long\.py, running,/);
    deepEqual(await jobs.rowActions('long.py'), ['Cancel Job', 'Show Job Log']);
    await jobs.expand('long.py');
    await jobs.expand(['long.py', 'Stages']);
    await jobs.row(['long.py', 'Stages', 'Stage 0'], ({ description }) =>
      description.includes('count at long.py:10'),
    );
    ok(await jobs.row(['long.py', 'Driver UI']));

    await jobs.clickRowAction('long.py', 'Cancel Job');
    await jobs.row('long.py', ({ description }) => description.startsWith('stopped'));
    await editor().panel.waitForTerminal(/long\.py was stopped after/);
    deepEqual(await editor().notifications.shown(), []);
  });

  /** While the tree is read anew the editor does not say which row was meant: then the command asks. */
  async function answerWhichRun(): Promise<void> {
    if (await editor().quick.isOpen()) await editor().quick.pick('parse.py');
  }

  it('shows why a run failed, and goes to the lines of its causes', async () => {
    const jobs = await editor().openView('Jobs');
    await editor().press('F5');
    await jobs.row('parse.py', ({ description }) => description.startsWith('RuntimeError · line 7'));
    await until('the console tells how it ended', async () =>
      (await editor().page.locator('.repl').innerText()).includes('parse.py failed with exit code 1'),
    );
    // By keys: down to the cause, and Enter.
    // Once: on an open row the key goes down.
    await jobs.click('parse.py');
    await editor().press('ArrowRight');
    await jobs.row(['parse.py', 'RuntimeError · line 7']);
    await editor().press('ArrowDown', 'ArrowRight');
    await jobs.row(['parse.py', 'RuntimeError · line 7', 'ValueError · line 2']);
    await editor().press('ArrowDown', 'Enter');
    await editor().tab('parse.py').waitFor();
    await until('the cursor is on the line', async () => (await editor().text.position()).line === 2);
    await jobs.clickRowAction('parse.py', 'Show Job Log');
    await until('its log is shown', async () => {
      await answerWhichRun();
      return (await editor().text.visibleText()).includes('RuntimeError: cannot parse');
    });
  });

  it('finds the runs again after a reload, and runs one again from its row', async () => {
    await editor().reload();
    const jobs = await editor().openView('Jobs');
    await jobs.clickRowAction('parse.py', 'Rerun Job');
    await until('it runs again', async () => {
      await answerWhichRun();
      return (await jobs.rows()).some(({ aria }) => aria.startsWith('parse.py, running'));
    });
    await jobs.row('parse.py', ({ description }) => description.startsWith('RuntimeError · line 7'));
  });
});
