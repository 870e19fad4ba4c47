import { deepEqual, rejects } from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkbenchError } from '../../../../src/base/errors.ts';
import { ChangePoller } from '../../../../src/vscode/lake/changePoller.ts';
import { LocalSource } from '../../../support/localSource.ts';

describe('looking for changes of others', () => {
  let dir: string;
  let source: LocalSource;
  let poller: ChangePoller;
  let clock = 1_000_000;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'medallion-poller-'));
    source = new LocalSource(dir);
    poller = new ChangePoller();
    await mkdir(join(dir, 'folder'));
    await writeFile(join(dir, 'folder', 'old'), 'old');
    await writeFile(join(dir, 'file'), 'content');
  });
  afterEach(() => rm(dir, { recursive: true }));

  /** Two changes within a tick of the file system's clock would look like none. */
  const touch = (path: string): Promise<void> => utimes(join(dir, path), ++clock, clock);
  const poll = async (...paths: string[]): Promise<string[]> =>
    (await poller.poll(source, paths)).map(({ path, kind }) => `${kind} ${path}`).sort();

  it('tells nothing while nothing changes; a file that is new to it may have changed before', async () => {
    deepEqual(await poll('/file', '/folder', '/none'), ['changed /file']);
    deepEqual(await poll('/file', '/folder', '/none'), []);
  });

  it('compares a folder with what the editor was given to show', async () => {
    const { entries } = await source.list('/folder');
    await writeFile(join(dir, 'folder', 'new'), '');
    poller.listed('/folder', entries);
    deepEqual(await poll('/folder'), ['changed /folder', 'created /folder/new']);
    deepEqual(await poll('/folder'), []);
  });

  it('tells what happened to a file', async () => {
    await poll('/file', '/none');
    await appendFile(join(dir, 'file'), 'more');
    await writeFile(join(dir, 'none'), '');
    deepEqual(await poll('/file', '/none'), ['changed /file', 'created /none']);
    await rm(join(dir, 'file'));
    deepEqual(await poll('/file', '/none'), ['deleted /file']);
    deepEqual(await poll('/file', '/none'), []);
  });

  it('tells which entries of a folder came, went and changed', async () => {
    await touch('folder');
    await poll('/folder');
    await writeFile(join(dir, 'folder', 'new'), '');
    await writeFile(join(dir, 'folder', 'other'), '');
    await touch('folder');
    deepEqual(await poll('/folder'), ['changed /folder', 'created /folder/new', 'created /folder/other']);
    await rename(join(dir, 'folder', 'new'), join(dir, 'folder', 'old'));
    await rm(join(dir, 'folder', 'other'));
    await touch('folder');
    deepEqual(await poll('/folder'), [
      'changed /folder',
      'changed /folder/old',
      'deleted /folder/new',
      'deleted /folder/other',
    ]);
  });

  it('asks for the time of a folder only, while that stays', async () => {
    await poll('/folder');
    const { lists } = source;
    await poll('/folder');
    deepEqual(source.lists, lists);
  });

  it('tells of a folder with more than a page of entries as a whole', async () => {
    source = new LocalSource(dir, 2);
    await Promise.all(['a', 'b', 'c'].map((name) => writeFile(join(dir, 'folder', name), '')));
    await touch('folder');
    await poll('/folder');
    await rm(join(dir, 'folder', 'a'));
    await touch('folder');
    deepEqual(await poll('/folder'), ['changed /folder']);
  });

  it('looks anew at what was not wanted for a while, and after all was forgotten', async () => {
    await poll('/file');
    await poll();
    await appendFile(join(dir, 'file'), 'more');
    deepEqual(await poll('/file'), ['changed /file']);
    await poll('/file', '/folder');
    await touch('folder');
    poller.forget();
    deepEqual(await poll('/folder'), []);
  });

  it('takes a failure for no change', async () => {
    await poll('/file');
    const away = new LocalSource(dir);
    away.stat = () => Promise.reject(new WorkbenchError('unreachable', 'away'));
    await rejects(poller.poll(away, ['/file']), /away/);
    deepEqual(await poll('/file'), []);
  });
});
