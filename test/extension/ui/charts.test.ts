import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { axe } from '../support/axe.ts';
import type { Editor } from '../support/editor.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { themes } from '../support/startEditor.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

/** The page of a chart once it contains what is looked for: each drawing is a page of its own. */
async function page(editor: Editor, title: string, selector: string): Promise<Frame> {
  return until(`the chart ${title} has ${selector}`, async () => {
    const frame = await editor.webviewFrame(title);
    const has = await frame
      .locator(selector)
      .count()
      .catch(() => 0);
    return has > 0 && frame;
  });
}

describe('A chart', () => {
  let workspaceDir: string;
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder();
    return { workspaceDir };
  });
  after(() => removeFolder(workspaceDir));

  it('is a picture, and the same as a table', async () => {
    await editor().runCommand('Medallion: Open Chart…');
    await editor().quick.pick('deliveriescount');
    const frame = await page(editor(), 'deliveriescount', 'svg');
    equal(await frame.locator('svg > title').textContent(), 'Deliveries per branch');
    equal(await frame.locator('tbody tr').count(), 10);
    deepEqual(await axe(frame), []);
  });

  it('follows its file, and says what is wrong in it', async () => {
    const file = join(workspaceDir, 'charts', 'deliveriescount.chart.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"deliveries"', '"deliverys"'));
    const failed = await page(editor(), 'deliveriescount', 'main.sentence a');
    match(await failed.locator('main').innerText(), /has no column "deliverys".* It has: .*deliveries/);
    deepEqual(await axe(failed), []);
    await writeFile(file, text.replace('Deliveries per branch', 'Orders that arrived'));
    const mended = await page(editor(), 'deliveriescount', 'svg');
    equal(await mended.locator('svg > title').textContent(), 'Orders that arrived');
  });

  it('is found again after a reload', async () => {
    await editor().reload();
    await page(editor(), 'deliveriescount', 'svg');
  });

  it('has the colours of the theme', async () => {
    const bar = async (): Promise<string> => {
      const frame = await page(editor(), 'deliveriescount', 'svg');
      return (
        (await frame
          .locator('svg')
          .innerHTML()
          .catch(() => '')) || ''
      );
    };
    ok((await bar()).includes('#a9a9a9'));
    await editor().changeSettings({ 'workbench.colorTheme': themes['high contrast light'] });
    await until('the dim text is as dark as the other', async () => !(await bar()).includes('#a9a9a9'));
    deepEqual(await axe(await page(editor(), 'deliveriescount', 'svg')), []);
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
    await editor().openFile('charts/deliveriescount.chart.json');
    await editor().clickEditorAction('Open Chart…');
    const frame = await page(editor(), 'deliveriescount', 'main.sentence a');
    match(await frame.locator('main').innerText(), /This folder is not trusted: trust it first/);
  });

  it('is drawn once the folder is trusted', async () => {
    await editor().trustFolder();
    await page(editor(), 'deliveriescount', 'svg');
  });
});
