import { deepEqual, match, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { dfsAdmin } from '../../support/dfsAdmin.ts';
import { liveStack } from '../../support/liveStack.ts';
import { succeeds } from '../../support/medallion.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

/** Runs for some seconds, then fails on its last line. */
const failing = `import time

for i in range(20):
    print("tick", i, flush=True)
    time.sleep(0.5)
raise ValueError("no more ticks")
`;

/**
 * What goes wrong below the views: each fault is said in a sentence, leaves nothing hanging, and is forgotten once it is
 * over. The stack is that of all tests, so each test mends what it broke.
 */
describe('Faults', () => {
  const folder = `/tmp/faults-${randomUUID().slice(0, 8)}`;
  let workspaceDir: string;
  let lake: WebHdfs;
  let rubbish: Server;

  const editor = useEditor(async () => {
    lake = new WebHdfs((await liveStack()).lake);
    await lake.mkdirs(folder);
    workspaceDir = await stackFolder();
    await writeFile(join(workspaceDir, 'gone.py'), 'print("here")\n');
    await writeFile(join(workspaceDir, 'upload.bin'), Buffer.alloc(200_000, 'x'));
    rubbish = createServer((_, response) => response.end('<html>Sign in to the Wi-Fi</html>'));
    await new Promise<void>((resolve) => rubbish.listen(0, '127.0.0.1', resolve));
    const { port } = rubbish.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const elsewhere = {
      name: 'elsewhere',
      webHdfs: url,
      fileSystem: `hdfs://127.0.0.1:${port}`,
      sparkRest: url,
      sparkMaster: `spark://127.0.0.1:${port}`,
      sparkUi: url,
    };
    return {
      workspaceDir,
      size: { width: 1400, height: 1600 },
      settings: { 'medallion.connection': 'local', 'medallion.connections': [elsewhere] },
    };
  });

  before('all views are open', async () => {
    for (const title of ['Stack', 'Lake', 'Jobs']) await editor().openView(title);
    await editor().view('Lake').row('gold', tables);
  });

  afterEach('nothing is left that waits, and each failure was told once', async function () {
    this.timeout(90_000);
    for (const title of ['Stack', 'Lake', 'Jobs'])
      await until(`${title} waits for nothing`, async () => !(await editor().view(title).isBusy()));
    const shown = await editor().notifications.shown();
    deepEqual(shown, [...new Set(shown)]);
    await editor().notifications.closeAll();
  });

  after(async () => {
    rubbish.close();
    await lake.remove(folder, { recursive: true });
    await lake.close();
    await removeFolder(workspaceDir);
  });

  const tables = ({ description }: { description: string }) => /\d+ tables?$/.test(description);

  it('a stack that is stopped elsewhere shows as stopped, and comes back by itself', async function () {
    this.timeout(300_000);
    await succeeds('down');
    await editor()
      .view('Stack')
      .row('namenode', ({ description }) => description.startsWith('stopped'));
    await editor()
      .view('Lake')
      .welcomeSays(/HDFS, which does not run/);
    await editor()
      .view('Jobs')
      .welcomeSays(/Spark, which does not run/);
    await succeeds('up');
    await editor()
      .view('Stack')
      .row('namenode', ({ description }) => description.startsWith('healthy'));
    await editor().view('Lake').row('gold', tables);
    await editor().view('Jobs').row(/./);
    deepEqual(await editor().notifications.shown(), []);
  });

  it('a killed NameNode is told in the views, which heal with it', async function () {
    this.timeout(240_000);
    const { services } = JSON.parse(await succeeds('status', '--json')) as {
      services: { service: string; pid?: number }[];
    };
    process.kill(-services.find(({ service }) => service === 'namenode')!.pid!, 'SIGKILL');
    await editor()
      .view('Stack')
      .row('namenode', ({ description }) => !description.startsWith('healthy'));
    await succeeds('up');
    await editor()
      .view('Stack')
      .row('namenode', ({ description }) => description.startsWith('healthy'));
    await editor().view('Lake').clickTitleAction('Refresh Lake');
    await editor().view('Lake').row('gold', tables);
  });

  it('HDFS in safe mode is named, and works again after it', async function () {
    this.timeout(240_000);
    await dfsAdmin('-safemode', 'enter');
    try {
      await newFolder('in-safe-mode');
      const told = await editor().notifications.waitFor(/safe mode/);
      match(await told.message(), /\. ?|; /);
    } finally {
      await dfsAdmin('-safemode', 'leave');
    }
    await newFolder('after-safe-mode');
    await until('the folder is there', () => lake.exists(`${folder}/after-safe-mode`));
  });

  it('a full disk ends an upload with a sentence, and leaves no half file', async function () {
    this.timeout(240_000);
    await dfsAdmin('-setSpaceQuota', '100000', folder);
    try {
      await upload();
      await editor().notifications.waitFor(/upload\.bin.*quota/);
      const { entries } = await lake.list(folder);
      deepEqual(
        entries.filter(({ name }) => name.includes('upload')),
        [],
      );
    } finally {
      await dfsAdmin('-clrSpaceQuota', folder);
    }
    await upload();
    await until('the file is there', () => lake.exists(`${folder}/upload.bin`));
  });

  it('a job is not lost in a Spark that is gone, and goes through once it is back', async function () {
    this.timeout(300_000);
    await editor().contextMenu(editor().view('Stack'), 'spark-master', 'Stop Service…');
    await editor()
      .view('Stack')
      .row('spark-master', ({ description }) => description.startsWith('stopped'));
    await editor().openFile('gone.py');
    await editor().runCommand('Medallion: Submit to Spark');
    const told = await editor().notifications.waitFor(/Spark/, 120_000);
    match(await told.message(), /cannot be reached|does not run/);
    await told.close();
    await editor().view('Stack').clickRowAction('spark-master', 'Start Service…');
    await editor()
      .view('Stack')
      .row('spark-master', ({ description }) => description.startsWith('healthy'));
    await editor().runCommand('Medallion: Submit to Spark');
    await editor().panel.waitForTerminal(/gone\.py finished in/, 150_000);
  });

  it('a script that is deleted while it runs still runs, and its failure still says where', async function () {
    this.timeout(240_000);
    const path = join(workspaceDir, 'deleted.py');
    await writeFile(path, failing);
    await editor().openFile('deleted.py');
    await editor().runCommand('Medallion: Submit to Spark');
    await editor().panel.waitForTerminal(/tick \d/, 120_000);
    await editor().runCommand('View: Close Editor');
    await rm(path);
    const told = await editor().notifications.waitFor(/deleted\.py failed at line 6: ValueError/, 120_000);
    await told.click('Show Log');
    await editor().panel.waitForTerminal(/no more ticks/);
  });

  it('a cluster that answers rubbish is told in the views, and forgotten after a switch', async function () {
    this.timeout(240_000);
    await editor().changeSettings({ 'medallion.connection': 'elsewhere' });
    await editor().view('Lake').row(/HDFS/);
    await editor()
      .view('Jobs')
      .row(/HDFS|Spark/);
    await editor().openFile('gone.py');
    await editor().runCommand('Medallion: Submit to Spark');
    const told = await editor().notifications.waitFor(/HDFS|Spark/, 120_000);
    ok(!(await told.message()).includes('<html>'), await told.message());
    await editor().changeSettings({ 'medallion.connection': 'local' });
    await editor().view('Lake').row('gold', tables);
  });

  /** Below "All files", where the Lake view has it. */
  async function folderRow(): Promise<string[]> {
    const view = editor().view('Lake');
    for (const path of [['All files'], ['All files', 'tmp']]) await view.expand(path);
    return ['All files', 'tmp', folder.slice('/tmp/'.length)];
  }

  async function newFolder(name: string): Promise<void> {
    await editor().contextMenu(editor().view('Lake'), await folderRow(), 'New Folder in Lake…');
    await editor().quick.fill(name);
    await editor().quick.accept();
  }

  async function upload(): Promise<void> {
    // The rows are read anew after each change, and a menu of a row that is gone does nothing.
    await until('it asks what to upload', async () => {
      await editor().contextMenu(editor().view('Lake'), await folderRow(), 'Upload to Lake…');
      await editor().quick.waitOpen(10_000);
      return true;
    });
    await editor().quick.pick(/Files…/);
    await until('the dialog shows files', async () => (await editor().quick.items()).includes('upload.bin'));
    await editor().choosePath(join(workspaceDir, 'upload.bin'));
  }
});
