import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { axe } from '../support/axe.ts';
import { projectFolder, removeFolder, stackFolder } from '../support/stackFolder.ts';
import { themes } from '../support/startEditor.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

/** The engine that this test run is about. */
const engine = { 'medallion.connection': process.env.MEDALLION_ENGINE === 'docker' ? 'docker' : 'local' };

describe('Stack view of a stack that runs', () => {
  let workspaceDir: string;
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder('empty');
    // So high that all services are in sight, with the workers below theirs.
    const size = { width: 1400, height: 1100 };
    return { workspaceDir, size, settings: { 'medallion.connection': 'local' } };
  });
  after(() => removeFolder(workspaceDir));

  it('says of each service how it is, where, and what it uses', async () => {
    const view = await editor().openView('Stack');
    const row = await view.row('namenode', ({ description }) => /%, .+B/.test(description));
    match(row.description, /^healthy :\d+ :\d+ · \d+ %, \d+ MB$/);
    // On a busy machine a check may be late for once.
    await view.row('spark-worker', ({ description }) => description.startsWith('healthy 2/2'));
    await view.expand('spark-worker');
    await view.row(['spark-worker', 'spark-worker-2'], ({ description }) =>
      description.startsWith('healthy'),
    );
    const simulator = await view.row('retail');
    equal(simulator.description, 'profile "retail"');
    const tooltip = await until('the tooltip', async () => {
      const text = await view.tooltip('postgres');
      return !text.includes('Loading') && text;
    });
    match(tooltip, /postgres\s+healthy\s[^]*Process\s\d+\s+Ports\s\d+/);
  });

  it('offers for a service what it has', async () => {
    const view = await editor().openView('Stack');
    // Away from the row whose tooltip covers the next one.
    await editor().page.mouse.move(700, 500);
    deepEqual(await view.rowActions('namenode'), ['Show Logs…', 'Restart Service…']);
    deepEqual(await view.rowActions('retail'), ['Start Service…']);
  });

  it('tells its state in the status bar, and opens a menu', async () => {
    const item = await editor().statusBarItem(/Medallion: local/);
    await item.click();
    const labels = await until('the menu', async () => {
      const shown = await editor().quick.items();
      return shown.some((label) => label.includes('Doctor')) && shown;
    });
    ok(
      labels.some((label) => label.includes('Stop Stack')),
      labels.join(),
    );
    ok(!labels.some((label) => label.includes('Start Stack')), labels.join());
    await editor().quick.cancel();
  });

  it('follows a log in a terminal', async () => {
    const view = await editor().openView('Stack');
    await view.clickRowAction('spark-master', 'Show Logs…');
    await editor().panel.waitForTerminal(/INFO Master: /);
    ok((await editor().panel.terminalNames()).some((name) => name.includes('spark-master log')));
  });

  it('is examined by the doctor', async () => {
    await editor().runCommand('Medallion: Doctor');
    const frame = await editor().webviewFrame('Doctor');
    await frame.getByText('namenode-1').waitFor();
    deepEqual(await axe(frame), []);
    await editor().changeSettings({ 'workbench.colorTheme': themes.light });
    deepEqual(await axe(await editor().webviewFrame('Doctor')), []);
  });

  it('is ticked off in a walkthrough that is opened later', async () => {
    await editor().runCommand('Medallion: Open Walkthrough');
    await editor().walkthrough.waitDone('Start the stack');
    ok((await editor().walkthrough.open()).includes('Let the shop take orders'));
  });
});

describe('Stack of a folder that has none yet', () => {
  let workspaceDir: string;
  const other = createServer();
  let takenPort: number;
  const editor = useEditor(async () => {
    workspaceDir = await projectFolder('empty');
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
    takenPort = (other.address() as AddressInfo).port;
    const variables = { POSTGRES_PORT: String(takenPort) };
    return { workspaceDir, settings: { ...engine, 'medallion.stack.variables': variables } };
  });
  after(async () => {
    other.close();
    await removeFolder(workspaceDir);
  });

  it('is offered to be started', async () => {
    const view = await editor().openView('Stack');
    const { text, buttons } = await view.welcome();
    match(text, /Spark, HDFS, PostgreSQL/);
    deepEqual(buttons, ['Start Stack']);
    const commands = await editor().commands('Medallion');
    ok(commands.includes('Medallion: Start Stack'), commands.join());
    ok(!commands.includes('Medallion: Stop Stack'), commands.join());
    await editor().statusBarItem(/Medallion: stopped/);
  });

  it('says who has a port that was asked for, and uses another one', async () => {
    // Only the database: the quickest of all services.
    await editor().runCommand('Medallion: Start Service…');
    await editor().quick.pick('postgres');
    const told = await editor().notifications.waitFor(/POSTGRES_PORT is \d+, and .+ listens there/);
    await told.click('Use Another Port');
    const view = await editor().openView('Stack');
    const row = await view.row('postgres', ({ description }) => description.startsWith('healthy'));
    match(row.description, /:\d+/);
    ok(!row.description.includes(`:${takenPort}`), row.description);
  });

  it('takes orders in its database', async function () {
    // Only the local engine knows the connection of a database alone.
    if (engine['medallion.connection'] === 'docker') this.skip();
    await editor().runCommand('Medallion: Simulate Orders…');
    await editor().quick.fill('12x');
    await until('why that is no number', async () =>
      (await editor().quick.question()).message.includes('whole number'),
    );
    await editor().quick.fill('250');
    await editor().quick.accept();
    const told = await editor().notifications.waitFor(/250 orders with \d+ events/);
    await told.close();
  });

  it('has a simulator that runs until it is stopped', async function () {
    if (engine['medallion.connection'] === 'docker') this.skip();
    await editor().runCommand('Medallion: Start Simulator');
    await editor().statusBarItem(/Medallion: .*5 events\/s/);
    await editor().runCommand('Medallion: Stop Simulator');
    await until('it has ended', async () => /Stopped: \d+ orders/.test(await editor().medallionLog()));
  });

  it('shows a service that was killed, and starts it again', async function () {
    if (engine['medallion.connection'] === 'docker') this.skip();
    const view = await editor().openView('Stack');
    const tooltip = await until('the tooltip', async () => {
      const text = await view.tooltip('postgres');
      return text.includes('Process') && text;
    });
    await editor().page.mouse.move(700, 500);
    process.kill(Number(/Process\s(\d+)/.exec(tooltip)![1]), 'SIGKILL');
    await view.row('postgres', ({ description }) => description.startsWith('exited'));
    await view.clickRowAction('postgres', 'Start Service…');
    await view.row('postgres', ({ description }) => description.startsWith('healthy'));
  });

  it('opens a shell with the variables of a service', async () => {
    const view = await editor().openView('Stack');
    await editor().contextMenu(view, 'postgres', 'Open Shell in Service…');
    await editor().panel.waitForTerminal(/[#$]/);
    // What is typed before the shell listens is lost.
    await until('the shell answers', async () => {
      await editor().panel.focusTerminal();
      await editor().page.keyboard.type('echo "<$POSTGRES_DIR>"\n');
      const shown = editor().panel.waitForTerminal(/<\/.+\/postgres>/, 10_000);
      return shown.catch(() => undefined);
    });
  });

  it('stops, and loses its data only after a question that names it', async () => {
    await editor().runCommand('Medallion: Stop Stack');
    const view = await editor().openView('Stack');
    await view.row('postgres', ({ description }) => description === 'stopped');
    await editor().runCommand('Medallion: Remove Stack Data…');
    await editor().dialog(/postgres/);
    await editor().dialogButton('Remove Data');
    await view.row('postgres', ({ description }) => description === 'stopped');
  });
});
