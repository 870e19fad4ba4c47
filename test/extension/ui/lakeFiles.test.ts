import { deepEqual, equal, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { liveStack } from '../../support/liveStack.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

describe('Files of the lake', () => {
  const root = `/tmp/ui-${randomUUID().slice(0, 8)}`;
  let workspaceDir: string;
  let lake: WebHdfs;
  // Views that are being read while the window becomes another workspace's.
  const expected = [/Unable to refresh tree view .*: Canceled/];
  const editor = useEditor(async () => {
    lake = new WebHdfs((await liveStack()).lake);
    await lake.write(`${root}/shop/notes.txt`, 'one\ntwo\n');
    await lake.mkdirs(`${root}/shop/archive`);
    workspaceDir = await stackFolder('empty');
    await mkdir(join(workspaceDir, 'local', 'inner'), { recursive: true });
    await writeFile(join(workspaceDir, 'local', 'a.csv'), 'a,b\n1,2\n');
    await writeFile(join(workspaceDir, 'local', 'inner', 'b.txt'), 'b');
    return { workspaceDir, settings: { 'medallion.lake.root': root } };
  }, expected);
  after(async () => {
    await removeFolder(workspaceDir);
    await lake.remove(root, { recursive: true });
    await lake.close();
  });

  /** Types into a file dialog, and takes the folder once it is shown: before, the key is lost. */
  async function chooseFolder(path: string, content: readonly string[]): Promise<void> {
    await editor().quick.fill(`${path}/`);
    const shown = ['..', ...content].sort().join();
    await until(
      'the dialog shows the folder',
      async () => (await editor().quick.items()).sort().join() === shown,
    );
    await editor().quick.accept();
  }

  async function startUpload(): Promise<void> {
    await editor().runCommand('Medallion: Upload to Lake…');
    await until('the dialog is of the lake', async () => (await editor().quick.items()).includes('shop'));
    await editor().quick.accept();
    await editor().quick.pick(/Folders…/);
    await until('the dialog is of this machine', async () =>
      (await editor().quick.items()).includes('local'),
    );
    await chooseFolder(join(workspaceDir, 'local'), ['inner']);
  }

  it('uploads a folder that dialogs ask for, and asks before it replaces a file', async () => {
    await startUpload();
    await until('the folder is in the lake', () => lake.exists(`${root}/local/inner/b.txt`));
    equal((await lake.read(`${root}/local/a.csv`)).toString(), 'a,b\n1,2\n');
    await writeFile(join(workspaceDir, 'local', 'a.csv'), 'new');
    await startUpload();
    await editor().dialog(/a\.csv" exists already\. Replace it\?|b\.txt" exists already\. Replace it\?/);
    await editor().dialogButton('Replace All');
    await until('it is replaced', async () => (await lake.read(`${root}/local/a.csv`)).toString() === 'new');
  });

  it('downloads a folder with all that is in it', async () => {
    await mkdir(join(workspaceDir, 'down'));
    await editor().runCommand('Medallion: Download from Lake…');
    await until('the dialog is of the lake', async () => (await editor().quick.items()).includes('local'));
    await chooseFolder(`${root}/local`, ['a.csv', 'inner']);
    await until('the dialog is of this machine', async () => (await editor().quick.items()).includes('down'));
    await chooseFolder(join(workspaceDir, 'down'), []);
    await editor().notifications.waitFor(/Downloaded 2 files/);
    await editor().notifications.closeAll();
    deepEqual((await readdir(join(workspaceDir, 'down'), { recursive: true })).sort(), [
      'local',
      'local/a.csv',
      'local/inner',
      'local/inner/b.txt',
    ]);
    equal(await readFile(join(workspaceDir, 'down', 'local', 'a.csv'), 'utf8'), 'new');
  });

  describe('in the Explorer', () => {
    const row = (name: string): Locator =>
      editor().page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
    const text = async (path: string): Promise<string> => (await lake.read(root + path)).toString();

    /**
     * The window becomes another workspace's, which the editor in a browser sometimes reads before it is written down,
     * and then has no folder at all: that is no matter of ours.
     */
    async function addLake(): Promise<void> {
      const isEmpty = editor().page.getByText('You have not yet added a folder to the workspace.');
      for (let left = 3; left > 0; left--) {
        await editor().runCommand('Medallion: Add Lake to Workspace');
        await editor().waitLoaded();
        await row('Lake (stack)').or(isEmpty).first().waitFor();
        if (!(await isEmpty.isVisible())) return;
        await editor().openWorkspace(workspaceDir);
      }
    }

    it('are shown beside the folder of the window', async () => {
      await addLake();
      for (const name of ['tmp', root.slice(5), 'shop']) {
        await row(name).waitFor();
        if ((await row(name).getAttribute('aria-expanded')) === 'false') await row(name).click();
      }
      await row('notes.txt').click();
      await editor().tab('notes.txt').waitFor();
    });

    it('are edited and saved', async () => {
      await editor().text.setText('edited\n');
      await editor().text.save();
      await until('it is saved', async () => (await text('/shop/notes.txt')) === 'edited\n');
    });

    it('follow what others change', async () => {
      await lake.write(`${root}/shop/notes.txt`, 'changed elsewhere\n', { overwrite: true });
      await lake.write(`${root}/shop/new.txt`, '');
      await until('the editor shows it', async () =>
        (await editor().text.visibleText()).includes('changed elsewhere'),
      );
      await row('new.txt').waitFor();
      await lake.remove(`${root}/shop/new.txt`);
      await row('new.txt').waitFor({ state: 'detached' });
    });

    it('are not overwritten by a save if they are newer', async () => {
      await editor().text.insert('mine ');
      await lake.write(`${root}/shop/notes.txt`, 'newer, by somebody else\n', { overwrite: true });
      await editor().press('Control+S');
      await editor().notifications.waitFor(/newer/);
      equal(await text('/shop/notes.txt'), 'newer, by somebody else\n');
      await editor().notifications.closeAll();
      await editor().runCommand('File: Revert File');
    });

    it('are dragged into a folder', async () => {
      await row('notes.txt').dragTo(row('archive'));
      await editor().dialog(/move 'notes\.txt' into 'archive'/);
      await editor().dialogButton('Move');
      await until('it is moved', () => lake.exists(`${root}/shop/archive/notes.txt`));
    });

    it('go to the trash when they are deleted', async () => {
      await row('notes.txt').waitFor();
      await row('notes.txt').click();
      await editor().press('Delete');
      await editor().dialog(/delete 'notes\.txt'/);
      await editor().dialogButton('Delete');
      await until('it is gone', async () => !(await lake.exists(`${root}/shop/archive/notes.txt`)));
      const trash = `${await lake.trashOf(root)}/Current${root}`;
      ok(await lake.exists(`${trash}/shop/archive/notes.txt`));
      await lake.remove(trash, { recursive: true });
    });
  });
});
