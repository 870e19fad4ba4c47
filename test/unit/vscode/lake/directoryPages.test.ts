import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryPages } from '../../../../src/vscode/lake/directoryPages.ts';
import { LocalSource } from '../../../support/localSource.ts';

describe('pages of a directory', () => {
  let root: string;
  let source: LocalSource;
  const names = [
    'a',
    'b',
    ...Array.from({ length: 25 }, (_, i) => `part-${String(i).padStart(2, '0')}`),
    'z',
  ];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'medallion-pages-'));
    await mkdir(join(root, 'folder'));
    await mkdir(join(root, 'none'));
    for (const name of names) await writeFile(join(root, 'folder', name), name);
  });
  beforeEach(() => (source = new LocalSource(root, 10)));
  after(() => rm(root, { recursive: true }));

  const shown = (pages: DirectoryPages): string[] => pages.entries.map(({ name }) => name);

  it('shows a page, then another, and reads no more than it needs', async () => {
    const pages = new DirectoryPages('/folder', 5);
    await pages.more(source);
    assert.deepEqual(shown(pages), names.slice(0, 5));
    assert.equal(pages.remaining, 23);
    assert.equal(source.lists, 1);
    await pages.more(source);
    assert.deepEqual(shown(pages), names.slice(0, 10));
    assert.equal(source.lists, 2);
    assert.equal(pages.remaining, 18);
    for (let i = 0; i < 4; i++) await pages.more(source);
    assert.deepEqual(shown(pages), names);
    assert.equal(pages.hasMore, false);
    assert.equal(pages.remaining, 0);
  });

  it('never offers a page that is empty', async () => {
    const pages = new DirectoryPages('/folder', names.length);
    await pages.more(source);
    assert.equal(pages.hasMore, false);
    const none = new DirectoryPages('/none', 5);
    await none.more(source);
    assert.deepEqual([none.hasMore, none.remaining, none.entries.length], [false, 0, 0]);
  });

  it('finds by the beginning of a name', async () => {
    const pages = new DirectoryPages('/folder', 20, 'part-1');
    await pages.more(source);
    assert.deepEqual(shown(pages), names.slice(12, 22));
    assert.equal(pages.hasMore, false);
    assert.equal(source.lists, 2);
  });

  it('finds the entry that is called just so, and pages what is found', async () => {
    const exact = new DirectoryPages('/folder', 5, 'a');
    await exact.more(source);
    assert.deepEqual(shown(exact), ['a']);
    const pages = new DirectoryPages('/folder', 5, 'part-');
    await pages.more(source);
    assert.equal(pages.entries.length, 5);
    assert.equal(pages.remaining, undefined);
    for (let i = 0; i < 4; i++) await pages.more(source);
    assert.equal(pages.entries.length, 25);
    assert.equal(pages.hasMore, false);
    const none = new DirectoryPages('/folder', 20, 'part-99/..');
    await none.more(source);
    assert.equal(none.entries.length, 0);
  });

  it('reads anew as much as was shown', async () => {
    const pages = new DirectoryPages('/folder', 6);
    await pages.more(source);
    await pages.more(source);
    await writeFile(join(root, 'folder', 'aa'), '');
    const anew = await pages.readAnew(source);
    await rm(join(root, 'folder', 'aa'));
    assert.deepEqual(shown(anew), ['a', 'aa', ...names.slice(1, 11)]);
    assert.equal(shown(pages).includes('aa'), false);
  });

  it('keeps what it shows if the directory is gone', async () => {
    const pages = new DirectoryPages('/nowhere', 6);
    await assert.rejects(pages.more(source), { code: 'not-found' });
    assert.equal(pages.entries.length, 0);
  });
});
