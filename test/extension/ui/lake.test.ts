import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Frame } from 'playwright-core';
import { openTable } from '../../../src/lake/table.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { liveStack } from '../../support/liveStack.ts';
import { axe } from '../support/axe.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import type { TreeView } from '../support/treeView.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'tables');
const pageSize = 20;

describe('Lake view', () => {
  const root = `/tmp/view-${randomUUID()}`;
  let lake: WebHdfs;
  let workspaceDir: string;

  before('fill a lake', async function () {
    this.timeout(120_000);
    lake = new WebHdfs((await liveStack()).lake);
    const put = async (fixture: string, path: string): Promise<void> => {
      const dir = join(fixtures, fixture);
      for (const file of await readdir(dir, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const from = join(file.parentPath, file.name);
        await lake.write(`${root}/${path}${from.slice(dir.length)}`, createReadStream(from));
      }
    };
    await put('types', 'bronze/types');
    await put('partitioned', 'bronze/parted');
    await put('parquet_partitioned', 'silver/plain');
    for (let i = 0; i < 45; i++) await lake.mkdirs(`${root}/silver/many/entry-${i}`);
    await lake.write(`${root}/silver/notes.txt`, 'to be read');
  });
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder('empty');
    return {
      workspaceDir,
      size: { width: 1400, height: 1300 },
      settings: { 'medallion.lake.root': root, 'medallion.lake.pageSize': pageSize },
    };
  });
  after(async () => {
    await removeFolder(workspaceDir);
    await lake.remove(root, { recursive: true });
    await lake.close();
  });

  it('tells of each table its rows, age, size and version', async () => {
    const view = await lakeView();
    await view.row('bronze', ({ description }) => description === '2 tables');
    const row = await view.row(['bronze', 'types'], ({ description }) => description.includes('rows'));
    match(row.description, /^\d+ rows · (now|\d+ min\. ago) · [\d.]+ kB · v\d+$/);
    ok(row.aria.includes('types'), row.aria);
    match(
      await view.tooltip(['bronze', 'types']),
      new RegExp(`${root}/bronze/types[^]*Delta,\\sversion\\s\\d`),
    );
    await view.row(['silver', 'plain'], ({ description }) => description.endsWith(' kB'));
    await view.row(['silver', 'notes.txt'], ({ description }) => description === '10 B');
    await view.row(['gold', /No tables yet/]);
  });

  it('shows partitions and files below a table', async () => {
    const view = await lakeView();
    await view.expand(['bronze', 'parted']);
    await view.row(['bronze', 'parted', '_delta_log'], ({ expanded }) => expanded === false);
    const partition = ['bronze', 'parted', 'day=2024-01-01', 'branch=Köln'];
    await view.expand(partition.slice(0, -1));
    await view.expand(partition);
    await view.click([...partition, /\.parquet$/]);
    const file = await tableFrame(/\.parquet$/);
    match(await file.locator('header').innerText(), /Parquet/);
    await view.collapse(['bronze', 'parted']);
  });

  it('opens a table by the keyboard, and nothing in it is markup', async () => {
    const view = await lakeView();
    await view.click(['bronze', 'types']);
    const frame = await tableFrame();
    deepEqual(await axe(frame), []);
    ok((await frame.locator('.cell.number').count()) > 0);
    ok((await frame.locator('.cell.null').count()) > 0);
    const { rows } = await openTable(lake, `${root}/bronze/types`);
    equal(await frame.getByRole('grid').getAttribute('aria-rowcount'), String((rows ?? 0) + 1));
  });

  it('shows the history, and an older version', async () => {
    await editor().runCommand('Medallion: Show Table History');
    await editor().quick.pick('types');
    const frame = await tableFrame();
    const history = frame.getByRole('tabpanel', { name: 'History' });
    await history.waitFor();
    await until('a commit is shown', async () => (await history.innerText()).includes('WRITE'));
    deepEqual(await axe(frame), []);
  });

  it('opens a file of this machine as a table', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `${i},"a ""quoted"" name",2026-01-01`);
    await writeFile(join(workspaceDir, 'orders.csv.gz'), gzipSync(['id,name,day', ...lines].join('\n')));
    await editor().openFile('orders.csv.gz');
    const frame = await tableFrame('orders.csv.gz');
    await frame.locator('.row .cell').first().click();
    // It is read on as one goes to its end.
    await until('its last row is shown', async () => {
      await editor().press('Control+End');
      return (await frame.getByRole('grid').innerText()).includes('4,999');
    });
    await editor().runCommand('View: Close Editor');
  });

  it('shows a folder a page at a time', async () => {
    const view = await lakeView();
    await view.collapse('bronze');
    await view.expand(['silver', 'many']);
    await view.row(['silver', 'many', 'Load More'], ({ description }) => description === '25 left');
    await view.click(['silver', 'many', 'Load More']);
    await view.row(['silver', 'many', 'Load More'], ({ description }) => description === '5 left');
    await view.click(['silver', 'many', 'Load More']);
    await view.row(['silver', 'many', 'entry-9']);
  });

  it('finds entries by how their names begin', async () => {
    const view = await lakeView();
    await view.clickRowAction(['silver', 'many'], 'Find in Folder…');
    await editor().quick.fill('entry-4');
    await editor().quick.accept();
    await view.row(['silver', 'many', 'Names that begin with “entry-4”']);
    const names = (await view.rows()).map(({ label }) => label).filter((label) => label.startsWith('entry'));
    deepEqual(names, ['entry-4', 'entry-40', 'entry-41', 'entry-42', 'entry-43', 'entry-44']);
    await view.click(['silver', 'many', /^Names that begin/]);
    await editor().quick.fill('nothing');
    await editor().quick.accept();
    await view.row(['silver', 'many', 'No name begins with “nothing”']);
    await view.click(['silver', 'many', /^No name begins/]);
    await editor().quick.fill('');
    await editor().quick.accept();
    await view.row(['silver', 'many', 'Load More']);
  });

  it('shows what others have changed, once asked', async () => {
    const view = await lakeView();
    await lake.remove(`${root}/silver/plain`, { recursive: true });
    await view.clickTitleAction('Refresh Lake');
    await view.row('silver', ({ description }) => description === '0 tables');
    ok(!(await view.rows()).some(({ label }) => label === 'plain'));
  });

  it('says what is wrong in the tree, and heals', async () => {
    const view = await lakeView();
    await view.collapse(['silver', 'many']);
    await lake.rename(`${root}/silver/many`, `${root}/moved`);
    await view.expand(['silver', 'many']);
    await view.row(['silver', 'many', /many": it does not exist/], ({ icon }) => icon.includes('error'));
    await lake.rename(`${root}/moved`, `${root}/silver/many`);
    await view.row(['silver', 'many', 'Load More']);
  });

  it('finds tables again after a reload', async () => {
    // Opened a while ago: the editor writes down every few seconds what is open. What was closed since may be back.
    await editor().reload();
    await editor().tab('types').click();
    await tableFrame();
  });

  /** With all the room of the side bar: what is scrolled away is no row. */
  async function lakeView(): Promise<TreeView> {
    const view = await editor().openView('Lake');
    for (const title of ['Stack', 'Jobs']) {
      const header = editor().page.locator(`.pane-header[aria-label^="${title}"]`);
      if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
    }
    return view;
  }

  /** The table's page, once it has rows. */
  async function tableFrame(title: string | RegExp = 'bronze/types'): Promise<Frame> {
    return until(`${String(title)} shows rows`, async () => {
      const frame = await editor().webviewFrame(title);
      const cells = await frame
        .locator('[role=grid] .row .cell:not(.waiting)')
        .count()
        .catch(() => 0);
      return cells > 0 && frame;
    });
  }
});
