import { deepEqual, equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until.ts';

// Without a SparkSession, so that it ends soon.
const script = `import sys
import pyspark

print("\\x1b[32mgreen\\x1b[0m", sys.argv[1:])

def fail():
    sys.exit(3)

fail()
`;

const submit = { type: 'medallion', task: 'submit', problemMatcher: [] };
const tasks = [
  { ...submit, label: 'right', script: 'three.py', args: ['a b'] },
  { ...submit, label: 'absent', script: 'absent.py' },
  { ...submit, label: 'wrong', script: '' },
];

describe('Tasks, launch configurations and logs of jobs', () => {
  const folder = (): vscode.WorkspaceFolder => vscode.workspace.workspaceFolders![0]!;
  const tasksFile = (): vscode.Uri => vscode.Uri.joinPath(folder().uri, '.vscode', 'tasks.json');
  let file: vscode.Uri;

  before(async () => {
    file = vscode.Uri.joinPath(folder().uri, 'three.py');
    await vscode.workspace.fs.writeFile(file, Buffer.from(script));
  });

  after(async () => {
    await vscode.workspace.fs.delete(file);
    await vscode.workspace.fs.delete(tasksFile());
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const terminal of vscode.window.terminals) terminal.dispose();
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('offers the pipeline and the open script as tasks', async () => {
    await vscode.window.showTextDocument(file);
    const tasks = await vscode.tasks.fetchTasks({ type: 'medallion' });
    deepEqual(tasks.map(({ name }) => name).sort(), ['run pipeline.yaml', 'submit three.py']);
  });

  it('runs a task to its exit code, keeps its log, and tells who is wrong in tasks.json', async function () {
    this.timeout(120_000);
    const begun = Date.now();
    await vscode.workspace.fs.writeFile(
      tasksFile(),
      Buffer.from(JSON.stringify({ version: '2.0.0', tasks })),
    );
    equal(await exitCodeOf('right'), 3);

    const runId = await latestRun('three.py', begun);
    await vscode.commands.executeCommand('medallion.showJobLog', runId);
    const log = vscode.window.activeTextEditor!.document;
    equal(log.uri.scheme, 'medallion-log');
    match(log.getText(), /^green \['a b'\]\n/);
    ok(!log.getText().includes('"event"'));

    equal(await exitCodeOf('absent'), 1);
    equal(await exitCodeOf('wrong'), 1);
  });

  it('submits by a launch configuration, and ends the session with the exit code', async function () {
    this.timeout(120_000);
    const output: string[] = [];
    let exitCode: number | undefined;
    const tracker = vscode.debug.registerDebugAdapterTrackerFactory('medallion', {
      createDebugAdapterTracker: () => ({
        onDidSendMessage: (message: { event?: string; body?: { output?: string; exitCode?: number } }) => {
          if (message.event === 'output') output.push(message.body?.output ?? '');
          if (message.event === 'exited') exitCode = message.body?.exitCode;
        },
      }),
    });
    const ended = new Promise<void>((resolve) => {
      const listening = vscode.debug.onDidTerminateDebugSession(() => {
        listening.dispose();
        resolve();
      });
    });
    try {
      await vscode.window.showTextDocument(file);
      const launch = {
        type: 'medallion',
        request: 'launch',
        name: 'F5',
        script: '${file}',
        args: ['from F5'],
      };
      ok(await vscode.debug.startDebugging(folder(), launch));
      await ended;
    } finally {
      tracker.dispose();
    }
    equal(exitCode, 3);
    match(output.join(''), /\['from F5'\]/);
    match(output.join(''), /three\.py failed with exit code 3/);
  });

  it('tells above a script how its last run went', async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      file,
    );
    const titles = lenses.map(({ command }) => command?.title.replace(/^\$\([\w~-]+\) /, ''));
    deepEqual(titles, ['Submit to Spark', 'with Arguments…', 'failed']);
    const plain = await vscode.workspace.openTextDocument({
      language: 'python',
      content: 'print("no Spark")\n',
    });
    deepEqual(await vscode.commands.executeCommand('vscode.executeCodeLensProvider', plain.uri), []);
    // The editor opens what is not saved, and asks before it closes it.
    await vscode.window.showTextDocument(plain);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});

/** Runs a task of tasks.json. */
async function exitCodeOf(name: string): Promise<number | undefined> {
  const task = await until(`there is a task ${name}`, async () =>
    (await vscode.tasks.fetchTasks({ type: 'medallion' })).find((one) => one.name === name),
  );
  const ended = new Promise<number | undefined>((resolve) => {
    const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== name) return;
      listening.dispose();
      resolve(exitCode);
    });
  });
  await vscode.tasks.executeTask(task);
  return await ended;
}

/** The id of the latest run of a script, from the lake. */
async function latestRun(name: string, sinceMs: number): Promise<string> {
  return await until(`the lake has a run of ${name}`, async () => {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.parse('hdfs://stack/jobs'));
    const ids = entries.map(([id]) => id).filter((id) => id.endsWith(`-${name}`));
    const since = new Date(sinceMs).toISOString().replace(/[-:]/g, '').slice(0, 15);
    return ids
      .filter((id) => id >= since)
      .sort()
      .at(-1);
  });
}
