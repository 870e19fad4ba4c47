import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../support/stackFolder.ts';
import { patienceMs, until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

/** VS Code's own, of a tree that was asked while its window went to another folder. */
const windowLeft = /Unable to refresh tree view .*: Canceled/;

describe('An empty window', () => {
  let parentDir: string;
  const editor = useEditor(async () => {
    parentDir = await mkdtemp(join(tmpdir(), 'medallion-new-'));
    return {};
  }, [windowLeft]);
  after(() => removeFolder(parentDir));

  it('offers what can be done in it, and no more', async () => {
    const commands = await editor().commands('Medallion:');
    for (const title of ['New Project…', 'Switch Connection…', 'Open Walkthrough'])
      ok(commands.includes(`Medallion: ${title}`), commands.join('\n'));
    for (const title of ['Start Stack', 'Run Pipeline', 'Open Chart…'])
      ok(!commands.includes(`Medallion: ${title}`), commands.join('\n'));
  });

  it('makes a project in a new folder, opens it, and goes on with the walkthrough', async () => {
    await mkdir(join(parentDir, 'retail'));
    const view = await editor().openView('Stack');
    match((await view.welcome()).text, /A stack belongs to a folder/);
    await view.clickWelcomeButton('New Project…');
    await editor().quick.fill(`${parentDir}/`);
    await editor().quick.accept();
    await until('a name is asked for', async () => (await editor().quick.value()) === 'retail-2');
    await editor().quick.fill('Retail');
    await until('a name is refused', async () =>
      (await editor().quick.question()).message.includes('Retail is there already.'),
    );
    await editor().quick.fill('shop');
    await editor().quick.accept();
    await editor().tab('pipeline.yaml').waitFor({ timeout: patienceMs });
    const walkthrough = editor().page.locator('.gettingStartedContainer');
    const step = (title: string, isDone: boolean) =>
      walkthrough
        .locator('.getting-started-step', { hasText: title })
        .locator(`.codicon.${isDone ? 'complete' : 'uncompleted'}`);
    await step('Make a project', true).first().waitFor();
    equal(await step('Start the stack', true).count(), 0);
    deepEqual((await readdir(join(parentDir, 'shop'))).sort(), [
      ...['.gitignore', '.vscode', 'README.md', 'branches.py', 'bronze.py', 'charts', 'gold.py'],
      ...['pipeline.yaml', 'rules.py', 'silver.py', 'verify'],
    ]);
  });

  it('never overwrites a file', async () => {
    const dir = await mkdtemp(join(parentDir, 'empty-'));
    await writeFile(join(dir, '.gitignore'), 'mine\n');
    await editor().openWorkspace(undefined);
    await editor().runCommand('Medallion: New Project…');
    await editor().quick.fill(`${dir}/`);
    await editor().quick.accept();
    await editor().tab('pipeline.yaml').waitFor({ timeout: patienceMs });
    equal(await readFile(join(dir, '.gitignore'), 'utf8'), 'mine\n');
  });
});
