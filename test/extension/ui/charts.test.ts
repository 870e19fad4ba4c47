import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { openTable } from '../../../src/lake/table.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { liveStack } from '../../support/liveStack.ts';
import { axe } from '../support/axe.ts';
import type { Editor } from '../support/editor.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { themes } from '../support/startEditor.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const name = 'deliveriescount';
const file = `${name}.chart.json`;

/** The page of a chart once it shows what is looked for. */
async function page(editor: Editor, selector: string, title = name): Promise<Frame> {
  return until(`${title} has ${selector}`, async () => {
    const frame = await editor.webviewFrame(title);
    const count = await frame
      .locator(selector)
      .count()
      .catch(() => 0);
    return count > 0 && frame;
  });
}

const drawn = 'main.drawn figure[data-drawn]';

/** The table beside the picture: a line for each row, as it is read. */
async function rows(frame: Frame): Promise<string[]> {
  return frame
    .locator('[role=grid] [role=row][data-place]')
    .evaluateAll((all) =>
      all.map((row) => [...row.children].map((cell) => cell.textContent.trim()).join(' ')),
    );
}

describe('A chart', () => {
  let workspaceDir: string;
  let lake: WebHdfs;
  const editor = useEditor(async () => {
    lake = new WebHdfs((await liveStack()).lake);
    workspaceDir = await stackFolder();
    return { workspaceDir };
  });
  after(async () => {
    await removeFolder(workspaceDir);
    await lake.close();
  });
  const text = (): Promise<string> => readFile(join(workspaceDir, 'charts', file), 'utf8');

  it('is a picture and a table of what gold holds', async () => {
    await editor().runCommand('Medallion: Open Chart…');
    await editor().quick.pick('deliveriescount');
    const frame = await page(editor(), drawn);
    const gold = await (await openTable(lake, '/data/gold/deliveriescount')).head(100);
    const expected = gold
      .toSorted((a, b) => Number(b.deliveries) - Number(a.deliveries))
      .map(({ branch, deliveries }) => `${String(branch)} ${Number(deliveries).toLocaleString('en')}`);
    deepEqual((await rows(frame)).sort(), expected.sort());
    match(
      (await frame.locator('[role=img]').getAttribute('aria-label')) ?? '',
      /^Bar chart of Deliveries \(orders\) by Branch, 10 values: highest/,
    );
    match(await frame.locator('.source').innerText(), /^gold\/deliveriescount, version \d+, /);
    deepEqual(await axe(frame), []);
  });

  it('is changed by its controls, in its file, and back by an undo', async () => {
    const frame = await page(editor(), drawn);
    await frame.getByRole('combobox', { name: 'Mark' }).click();
    await frame.getByRole('option', { name: 'Pie' }).click();
    await until('it is a pie', async () =>
      ((await frame.locator('[role=img]').getAttribute('aria-label')) ?? '').startsWith('Pie chart'),
    );
    await editor().runCommand('File: Save');
    await until('it is saved', async () => (await text()).includes('"mark": "pie"'));
    match(await text(), /"x": \{ "field": "branch", "title": "Branch" \}/);
    await editor().runCommand('Undo');
    await until('it is of bars', async () =>
      ((await frame.locator('[role=img]').getAttribute('aria-label')) ?? '').startsWith('Bar chart'),
    );
    await editor().runCommand('File: Save');
    await until('it is saved', async () => (await text()).includes('"mark": "horizontalBar"'));
  });

  it('is drawn again when its table has a new version', async () => {
    const frame = await page(editor(), drawn);
    const { version } = await openTable(lake, '/data/gold/deliveriescount');
    const next = String((version ?? 0) + 1).padStart(20, '0');
    const commit = { commitInfo: { timestamp: Date.now(), operation: 'TEST', operationParameters: {} } };
    await lake.write(`/data/gold/deliveriescount/_delta_log/${next}.json`, `${JSON.stringify(commit)}\n`);
    await until('the new version is shown', async () =>
      (await frame.locator('.source').innerText()).includes(`version ${(version ?? 0) + 1},`),
    );
    await frame.getByRole('button', { name: 'What Changed' }).click();
    await until(
      'it says that nothing changed',
      async () => (await frame.locator('.changed').innerText()) === 'Nothing changed.',
    );
    await frame.getByRole('button', { name: 'What Changed' }).click();
  });

  it('follows its file, and says what is wrong in it', async () => {
    const before = await text();
    await writeFile(join(workspaceDir, 'charts', file), before.replace('"deliveries"', '"deliverys"'));
    const failed = await page(editor(), 'main.failed');
    match(
      await failed.locator('.failure').innerText(),
      /draws "deliverys", which gold\/deliveriescount does not have\. Its columns: .*deliveries/,
    );
    deepEqual(await axe(failed), []);
    await writeFile(
      join(workspaceDir, 'charts', file),
      before.replace('Deliveries per branch', 'Orders that arrived'),
    );
    const mended = await page(editor(), drawn);
    await until(
      'its title is another one',
      async () => (await mended.locator('h1').textContent()) === 'Orders that arrived',
    );
  });

  it('is saved as a picture and copied as a table', async () => {
    const frame = await page(editor(), drawn);
    for (const [item, name, start] of [
      ['Save as PNG…', 'chart.png', '\u0089PNG'],
      ['Save as SVG…', 'chart.svg', '<svg role="img"'],
      ['Save as CSV…', 'chart.csv', 'Branch,'],
    ] as const) {
      await frame.getByRole('button', { name: 'Export' }).click();
      await frame.getByRole('menuitem', { name: item }).click();
      await editor().choosePath(join(workspaceDir, name));
      await until(`${name} is written`, async () =>
        (await readFile(join(workspaceDir, name), 'latin1').catch(() => '')).startsWith(start),
      );
    }
    await frame.getByRole('button', { name: 'Export' }).click();
    await frame.getByRole('menuitem', { name: 'Copy as Markdown Table' }).click();
    await until('it is on the clipboard', async () =>
      (await editor().page.evaluate(() => navigator.clipboard.readText())).startsWith('| Branch |'),
    );
  });

  it('is found again after a reload', async () => {
    await editor().reload();
    await page(editor(), drawn);
  });

  it('has the colours of the theme', async () => {
    const colour = async (): Promise<string> =>
      (await page(editor(), drawn)).evaluate(
        () =>
          (
            globalThis as unknown as { getComputedStyle(e: unknown): { backgroundColor: string } }
          ).getComputedStyle((globalThis as unknown as { document: { body: unknown } }).document.body)
            .backgroundColor,
      );
    const before = await colour();
    await editor().changeSettings({ 'workbench.colorTheme': themes['high contrast light'] });
    await until('the ground is another one', async () => (await colour()) !== before);
    deepEqual(await axe(await page(editor(), drawn)), []);
  });

  it('draws a CSV beside it, and follows that', async () => {
    const csv = join(workspaceDir, 'charts', 'visits.csv');
    const chart = {
      ...{ title: 'Visits', source: { csv: 'visits.csv' }, mark: 'bar' },
      ...{ x: { field: 'branch' }, y: { field: 'visits' } },
    };
    await writeFile(join(workspaceDir, 'charts', 'visits.chart.json'), JSON.stringify(chart));
    await editor().openFile('charts/visits.chart.json');
    const failed = await page(editor(), 'main.failed', 'visits');
    match(await failed.locator('.failure').innerText(), /visits\.csv" does not exist/);
    await writeFile(csv, 'branch,visits\nRiverside,1200\nHarbour,7\n');
    const frame = await page(editor(), drawn, 'visits');
    deepEqual(await rows(frame), ['Riverside 1,200', 'Harbour 7']);
    await writeFile(csv, 'branch,visits\nRiverside,3\n');
    await until('the new value is shown', async () => (await rows(frame)).join() === 'Riverside 3');
  });

  it('stands with others on a dashboard', async () => {
    await editor().openFile('charts/retail.dashboard.json');
    const frame = await page(editor(), '.card:not(.waiting):not(.failed) figure[data-drawn]', 'retail');
    await until('all four are drawn', async () => (await frame.locator('figure[data-drawn]').count()) === 4);
    equal(await frame.locator('h1').innerText(), 'Retail');
    deepEqual(await axe(frame), []);
    await frame.getByRole('button', { name: 'Table' }).first().click();
    equal((await rows(frame)).length >= 10, true);
    await frame.getByRole('button', { name: 'Open', exact: true }).nth(1).click();
    await page(editor(), drawn, 'deliveriesavg');
  });

  it('is made for a table from the Lake view', async () => {
    const view = await editor().openView('Lake');
    await editor().contextMenu(view, ['silver', 'quarantine'], 'Chart This Table…');
    const frame = await page(editor(), 'main.drawn, main.failed', 'quarantine');
    ok(await frame.locator('main').isVisible());
    const made = JSON.parse(
      await readFile(join(workspaceDir, 'charts', 'quarantine.chart.json'), 'utf8'),
    ) as {
      source: unknown;
    };
    deepEqual(made.source, { table: 'silver/quarantine' });
  });
});

describe('A chart of a folder that is not trusted', () => {
  let workspaceDir: string;
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder();
    return { workspaceDir, trust: 'restricted' as const };
  });
  after(() => removeFolder(workspaceDir));

  it('is not read', async () => {
    await editor().openFile(`charts/${file}`);
    const frame = await page(editor(), 'main.failed');
    match(await frame.locator('.failure').innerText(), /This folder is not trusted: trust it first/);
  });

  it('is drawn once the folder is trusted', async () => {
    await editor().trustFolder();
    await page(editor(), drawn);
  });
});
