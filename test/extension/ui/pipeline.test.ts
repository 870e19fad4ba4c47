import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { axe } from '../support/axe.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const small = `name: small-ui
root: /tmp/small-ui
steps:
  - name: first
    script: first.py
  - name: second
    script: second.py
    after: [first]
`;

describe('Pipeline', () => {
  let workspaceDir: string;
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder();
    await Promise.all([
      writeFile(join(workspaceDir, 'small.pipeline.yaml'), small),
      writeFile(join(workspaceDir, 'first.py'), 'print("first")\n'),
      writeFile(join(workspaceDir, 'second.py'), 'x = 1\nraise ValueError("not yet")\n'),
    ]);
    return { workspaceDir };
  });
  after(() => removeFolder(workspaceDir));

  const lens = (text: RegExp): Promise<string> =>
    until(
      `a code lens says ${text.source}`,
      async () => (await editor().text.codeLenses()).find((title) => text.test(title)),
      120_000,
    );

  it('runs from its file, shows where it failed, and resumes there once it is mended', async function () {
    this.timeout(240_000);
    await editor().openFile('small.pipeline.yaml');
    await lens(/Run pipeline/);
    await editor().text.clickCodeLens(/Run pipeline/);
    await lens(/Cancel/);
    await lens(/ValueError · second\.py:2/);
    await lens(/finished in/);
    await lens(/Resume at second/);
    await editor().text.clickCodeLens(/ValueError/);
    await until('the failing line is shown', async () => (await editor().text.position()).line === 2);
    // Not saved: what is in the editor counts.
    await editor().text.setText('print("now")\n');
    await editor().openFile('small.pipeline.yaml');
    await editor().text.clickCodeLens(/Resume at second/);
    await lens(/last run .* in/);
    const titles = await editor().text.codeLenses();
    equal(titles.filter((title) => title.includes('finished in')).length, 2, titles.join(', '));
    ok(!titles.some((title) => /Resume|ValueError/.test(title)), titles.join(', '));
  });

  it('shows its tables as a graph that keys can walk', async () => {
    await editor().openFile('pipeline.yaml');
    await editor().runCommand('Medallion: Show Lineage');
    const frame = await editor().webviewFrame(/Lineage|Medallion/);
    const table = frame.getByRole('button', { name: /^Table gold\/deliveriescount/ });
    await until('the graph knows the rows', async () =>
      ((await table.getAttribute('aria-label')) ?? '').includes('rows'),
    );
    deepEqual(await axe(frame), []);
    await frame.getByRole('button', { name: /^Table bronze\/ordershistory/ }).focus();
    await editor().press('ArrowRight');
    const focused = (): Promise<string | null> =>
      frame.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);
    match((await focused()) ?? '', /^Table silver\/allorders/);
    await editor().press('ArrowRight');
    match((await focused()) ?? '', /^Table gold\/deliveriescount/);
    equal(await frame.locator('#list li').count(), await frame.getByRole('button').count());
    await editor().press('Enter');
    await editor().webviewFrame(/gold\/deliveriescount/);
  });

  it('holds its gold against the source', async () => {
    await editor().openFile('pipeline.yaml');
    await editor().runCommand('Medallion: Verify Gold Against Source');
    const frame = await editor().webviewFrame(/Verification/);
    await frame.getByRole('heading', { name: 'gold/deliveriescount' }).waitFor();
    match(await frame.locator('body').innerText(), /Gold (equals|differs from) the source/);
    equal(await frame.locator('section').count(), 2);
    deepEqual(await axe(frame), []);
  });
});
