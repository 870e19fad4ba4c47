import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extract } from 'tar-stream';
import {
  digestFiles,
  listContext,
  packContext,
  sourceMatcher,
} from '../../../../../src/stack/docker/image/buildContext.ts';

describe('a build context', () => {
  let folder: string;
  const put = (name: string, text = name): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const names = async (ignore?: string, keep: string[] = []): Promise<string[]> =>
    (await listContext(folder, ignore, { keep: new Set(keep) }))
      .filter(({ kind }) => kind !== 'directory')
      .map(({ name }) => name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'context-'));
    for (const name of ['a.txt', 'b.md', 'stack/image/x', 'stack/y', 'node_modules/p/i.js', 'src/deep/a.md'])
      put(name);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has all files without a .dockerignore', async () => {
    assert.deepEqual(await names(), [
      'a.txt',
      'b.md',
      'node_modules/p/i.js',
      'src/deep/a.md',
      'stack/image/x',
      'stack/y',
    ]);
  });

  for (const [rules, expected] of [
    ['*\n!stack/image\n', ['stack/image/x']],
    ['# all\n\n*\n!stack\nstack/y', ['stack/image/x']],
    ['**/*.md', ['a.txt', 'node_modules/p/i.js', 'stack/image/x', 'stack/y']],
    ['**\n!**/a.*', ['a.txt', 'src/deep/a.md']],
    ['/src\nnode_modules/\nstack', ['a.txt', 'b.md']],
    ['*\n!*.md', ['b.md']],
    ['stack/*\n!stack/i*', ['a.txt', 'b.md', 'node_modules/p/i.js', 'src/deep/a.md', 'stack/image/x']],
  ] as const) {
    it(`obeys ${JSON.stringify(rules)}`, async () => {
      assert.deepEqual(await names(rules), expected);
    });
  }

  it('sends the Dockerfile even if it is ignored', async () => {
    put('docker/Dockerfile');
    assert.deepEqual(await names('*', ['docker/Dockerfile']), ['docker/Dockerfile']);
  });

  it('has a digest of names, contents and rights to execute, not of times', async () => {
    const digest = async (): Promise<string> => digestFiles(await listContext(folder, undefined));
    const first = await digest();
    put('a.txt');
    assert.equal(await digest(), first);
    put('a.txt', 'other');
    const second = await digest();
    assert.notEqual(second, first);
    chmodSync(join(folder, 'a.txt'), 0o755);
    assert.notEqual(await digest(), second);
  });

  it('is sent as a tar: files, empty ones, links and extra ones, all of root', async () => {
    put('empty', '');
    put('big', 'x'.repeat(3_000_000));
    symlinkSync('a.txt', join(folder, 'link'));
    const entries = await listContext(folder, 'node_modules\nsrc\nstack\nb.md');
    let sent = 0;
    const tar = packContext(entries, [{ name: '.extra', content: 'hello' }], (bytes) => (sent = bytes));
    const seen: Record<string, string> = {};
    const reader = extract();
    tar.pipe(reader);
    for await (const entry of reader) {
      let text = '';
      for await (const chunk of entry) text += (chunk as Buffer).toString();
      const { name, type, linkname, uid } = entry.header;
      seen[name] = type === 'symlink' ? `-> ${linkname}` : text.length > 100 ? `${text.length}` : text;
      assert.equal(uid, 0);
    }
    assert.deepEqual(seen, {
      'a.txt': 'a.txt',
      big: '3000000',
      empty: '',
      link: '-> a.txt',
      '.extra': 'hello',
    });
    assert.equal(sent, 3_000_005);
  });

  it('ends the stream with an error of ours when a file goes away', async () => {
    const entries = await listContext(folder, undefined);
    rmSync(join(folder, 'b.md'));
    const tar = packContext(entries, []);
    await assert.rejects(
      async () => {
        for await (const chunk of tar) assert.ok(chunk);
      },
      { code: 'not-found', message: /b\.md/ },
    );
  });

  for (const [source, yes, no] of [
    ['stack/', ['stack', 'stack/y'], ['stacks', 'a/stack']],
    ['.', ['a', 'b/c'], []],
    ['./*.json', ['a.json', 'a.json/b'], ['b/a.json']],
    ['a/?/c', ['a/b/c'], ['a/bb/c']],
    ['/x', ['x', 'x/y'], ['xy']],
    ['x[ab]', ['xa', 'xb'], ['y']],
  ] as const) {
    it(`knows what COPY ${source} takes`, () => {
      const matches = sourceMatcher([source]);
      for (const name of yes) assert.ok(matches(name), name);
      for (const name of no) assert.ok(!matches(name), name);
    });
  }
});
