import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { dfsAdmin } from '../../support/dfsAdmin.ts';
import { liveStack } from '../../support/liveStack.ts';

describe('hdfs: as a file system of the editor', () => {
  const { fs } = vscode.workspace;
  const root = `/tmp/host-${randomUUID()}`;
  const at = (path: string): vscode.Uri =>
    vscode.Uri.from({ scheme: 'hdfs', authority: 'stack', path: `${root}/${path}`.replace(/\/$/, '') });
  const text = async (path: string): Promise<string> => Buffer.from(await fs.readFile(at(path))).toString();
  const write = (path: string, content: string): Thenable<void> =>
    fs.writeFile(at(path), Buffer.from(content));
  const fails = (promise: Thenable<unknown>, code: string, message?: RegExp): Promise<void> =>
    rejects(Promise.resolve(promise), (error: unknown) => {
      ok(error instanceof vscode.FileSystemError, String(error));
      equal(error.code, code, error.message);
      if (message) ok(message.test(error.message), error.message);
      return true;
    });
  /** The lake as others see it. */
  let other: WebHdfs;

  before(async () => {
    other = new WebHdfs((await liveStack()).lake);
    await fs.createDirectory(at(''));
  });
  after(async () => {
    const trash = await other.trashOf(root);
    await other.remove(root, { recursive: true });
    await other.remove(`${trash}/Current${root}`, { recursive: true }).catch(() => undefined);
    await other.close();
  });

  it('writes, reads, lists and tells', async () => {
    await write('deep/a file.txt', 'hello');
    equal(await text('deep/a file.txt'), 'hello');
    const { type, size, mtime } = await fs.stat(at('deep/a file.txt'));
    deepEqual([type, size], [vscode.FileType.File, 5]);
    ok(Math.abs(mtime - Date.now()) < 600_000);
    equal((await fs.stat(at('deep'))).type, vscode.FileType.Directory);
    await fs.createDirectory(at('deep/below'));
    deepEqual(await fs.readDirectory(at('deep')), [
      ['a file.txt', vscode.FileType.File],
      ['below', vscode.FileType.Directory],
    ]);
  });

  it('keeps what a file was when its text is replaced', async () => {
    await write('mine', 'old');
    await other.setPermission(`${root}/mine`, '600');
    await other.setReplication(`${root}/mine`, 2);
    await other.setOwner(`${root}/mine`, { owner: 'somebody', group: 'people' });
    await write('mine', 'new');
    const { permission, replication, owner, group } = await other.stat(`${root}/mine`);
    deepEqual([permission, replication, owner, group], ['600', 2, 'somebody', 'people']);
    equal(await text('mine'), 'new');
    deepEqual(
      (await other.list(root)).entries.filter(({ name }) => name.includes('_tmp')),
      [],
    );
  });

  it('says what is wrong in the words of the editor', async () => {
    await write('file', '');
    await fails(fs.stat(at('none')), 'FileNotFound');
    await fails(fs.readFile(at('none')), 'FileNotFound');
    await fails(fs.readDirectory(at('none')), 'FileNotFound');
    await fails(fs.delete(at('none')), 'FileNotFound');
    await fails(fs.rename(at('none'), at('other')), 'FileNotFound');
    await write('there', '');
    await fails(fs.rename(at('file'), at('there')), 'FileExists');
    await fails(fs.copy(at('file'), at('there')), 'FileExists');
    await fails(fs.writeFile(at('a:b'), Buffer.from('')), 'Unknown', /colon/);
    await other.write(`${root}/secret/x`, 'x');
    await other.setPermission(`${root}/secret`, '000');
    const foreign = at('file').with({ authority: 'elsewhere' });
    await fails(fs.stat(foreign), 'Unavailable', /"elsewhere".*Switch Connection/);
  });

  it('renames and copies files and folders', async () => {
    await write('from/a', 'a');
    await write('from/sub/b', 'b');
    await fs.copy(at('from'), at('copy'));
    equal(await text('copy/sub/b'), 'b');
    await write('copy/a', 'changed');
    equal(await text('from/a'), 'a');
    await fs.rename(at('from'), at('moved'));
    equal(await text('moved/sub/b'), 'b');
    await fails(fs.stat(at('from')), 'FileNotFound');
    await write('over', 'x');
    await fs.rename(at('over'), at('moved/a'), { overwrite: true });
    equal(await text('moved/a'), 'x');
    await fs.copy(at('moved/a'), at('moved/sub/b'), { overwrite: true });
    equal(await text('moved/sub/b'), 'x');
  });

  it('moves what is deleted to the trash, and from there for good', async () => {
    await write('gone/x', 'precious');
    await fails(fs.delete(at('gone')), 'Unknown');
    await fs.delete(at('gone'), { recursive: true });
    await fails(fs.stat(at('gone')), 'FileNotFound');
    const kept = `${await other.trashOf(root)}/Current${root}/gone`;
    equal((await other.read(`${kept}/x`)).toString(), 'precious');
    await fs.delete(at('').with({ path: kept }), { recursive: true });
    equal(await other.exists(kept), false);
  });

  it('tells the editor what this window and what others change', async () => {
    await write('watched/first', '');
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(at('watched'), '*'));
    const seen: string[] = [];
    const note = (kind: string) => (uri: vscode.Uri) => seen.push(`${kind} ${uri.path.split('/').at(-1)}`);
    const listening = [
      watcher.onDidCreate(note('created')),
      watcher.onDidChange(note('changed')),
      watcher.onDidDelete(note('deleted')),
    ];
    try {
      await write('watched/own', '');
      await until(() => seen.includes('created own'));
    } finally {
      vscode.Disposable.from(watcher, ...listening).dispose();
    }
  });

  it('refuses a file that is too large for an editor, and shows one that is not', async () => {
    const settings = vscode.workspace.getConfiguration('medallion');
    await other.write(`${root}/large.txt`, Buffer.alloc(1_100_000, 'x'));
    await settings.update('lake.maxEditorMegabytes', 1, vscode.ConfigurationTarget.Global);
    try {
      await fails(fs.readFile(at('large.txt')), 'Unknown', /1\.1 MB.*download it/);
    } finally {
      await settings.update('lake.maxEditorMegabytes', undefined, vscode.ConfigurationTarget.Global);
    }
    const document = await vscode.workspace.openTextDocument(at('large.txt'));
    equal(document.getText().length, 1_100_000);
  });

  it('saves a document, and notices that the file is newer', async () => {
    await write('edited.txt', 'one');
    const document = await vscode.workspace.openTextDocument(at('edited.txt'));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 3), ' two');
    await vscode.workspace.applyEdit(edit);
    equal(await document.save(), true);
    equal(await text('edited.txt'), 'one two');
  });

  it('changes nothing where the lake is read-only', async () => {
    await write('kept', 'kept');
    const settings = vscode.workspace.getConfiguration('medallion');
    await settings.update('lake.readOnly', true, vscode.ConfigurationTarget.Global);
    try {
      await rejects(Promise.resolve(write('kept', 'x')), /read-?only/i);
      await rejects(Promise.resolve(fs.delete(at('kept'))), /read-?only/i);
      await rejects(Promise.resolve(fs.createDirectory(at('folder'))), /read-?only/i);
      equal(await text('kept'), 'kept');
    } finally {
      await settings.update('lake.readOnly', undefined, vscode.ConfigurationTarget.Global);
    }
    await write('kept', 'changed');
  });

  it('says that HDFS is in safe mode, loses nothing, and works again after it', async () => {
    await write('safe.txt', 'kept');
    await dfsAdmin('-safemode', 'enter');
    try {
      await rejects(Promise.resolve(write('safe.txt', 'new')), /HDFS is in safe mode/);
      await rejects(Promise.resolve(write('new.txt', 'new')), /HDFS is in safe mode/);
      await rejects(Promise.resolve(fs.delete(at('safe.txt'))), /HDFS is in safe mode/);
      equal(await text('safe.txt'), 'kept');
    } finally {
      await dfsAdmin('-safemode', 'leave');
    }
    await write('safe.txt', 'new');
    equal(await text('safe.txt'), 'new');
  });

  it('uploads files and folders, and copies paths and readers', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'medallion-upload-'));
    try {
      await writeFile(join(dir, 'a.csv'), 'a,b\n1,2\n');
      await vscode.commands.executeCommand('medallion.uploadToLake', {
        folder: at('up'),
        sources: [
          vscode.Uri.file(dir),
          { name: 'dropped.txt', read: () => Promise.resolve(Buffer.from('drop')) },
        ],
      });
      const name = dir.split('/').at(-1)!;
      equal(await text(`up/${name}/a.csv`), 'a,b\n1,2\n');
      equal(await text('up/dropped.txt'), 'drop');
      const { fileSystem } = (await liveStack()).lake;
      await vscode.commands.executeCommand('medallion.copyHdfsPath', at('up'));
      equal(await vscode.env.clipboard.readText(), `${fileSystem}${root}/up`);
      await vscode.commands.executeCommand('medallion.copySparkRead', at(`up/${name}`));
      equal(
        await vscode.env.clipboard.readText(),
        `spark.read.csv("${fileSystem}${root}/up/${name}", header=True, inferSchema=True)`,
      );
      deepEqual(await readdir(dir), ['a.csv']);
      equal(await readFile(join(dir, 'a.csv'), 'utf8'), 'a,b\n1,2\n');
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('shows properties of files, folders and tables', async () => {
    await write('facts.txt', 'hello');
    await vscode.commands.executeCommand('medallion.showProperties', at('facts.txt'));
    const properties = vscode.window.activeTextEditor!.document;
    ok(/Permission\s+rw-r--r-- \(644\)/.test(properties.getText()), properties.getText());
    ok(/Blocks \(1\)\n\s+1\s+5 bytes: .*:\d+/.test(properties.getText()), properties.getText());
    await vscode.commands.executeCommand('medallion.refreshProperties', properties.uri, true);
    await until(() => /Checksum\s+[0-9a-f]{20,}/.test(properties.getText()));
    await vscode.commands.executeCommand(
      'medallion.showProperties',
      at('').with({ path: '/data/gold/deliveriescount' }),
    );
    const table = vscode.window.activeTextEditor!.document.getText();
    ok(/Format\s+Delta, version \d+/.test(table), table);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!done()) {
    if (Date.now() > deadline) throw new Error('It did not happen within 20 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
