import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isWorkbenchError, type ErrorCode } from '../../../src/base/errors.ts';
import { copyInLake } from '../../../src/lake/copyInLake.ts';
import { download } from '../../../src/lake/download.ts';
import { walk } from '../../../src/lake/walk.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { dfsAdmin } from '../../support/dfsAdmin.ts';
import { liveStack } from '../../support/liveStack.ts';

async function rejects(promise: Promise<unknown>, code: ErrorCode, message?: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(isWorkbenchError(error, code), `expected ${code}, got ${String(error)}`);
    if (message) assert.match(error.message, message);
    return true;
  });
}

describe('copies to, from and within the lake', function () {
  this.timeout(120_000);
  let lake: WebHdfs;
  let dir: string;
  const root = `/tmp/${randomUUID()}`;

  before(async () => {
    lake = new WebHdfs((await liveStack()).lake);
    dir = await mkdtemp(join(tmpdir(), 'medallion-transfers-'));
    await lake.write(`${root}/tree/a`, 'a');
    await lake.write(`${root}/tree/sub/b`, 'bb', { permission: '600' });
    await lake.mkdirs(`${root}/tree/empty`);
  });
  after(async () => {
    await lake.remove(root, { recursive: true });
    await lake.close();
    await rm(dir, { recursive: true });
  });
  const below = async (path: string): Promise<string[]> => {
    const paths: string[] = [];
    for await (const entry of walk(lake, path)) paths.push(entry.path.slice(path.length + 1));
    return paths.sort();
  };

  it('walks a tree', async () => {
    assert.deepEqual(await below(`${root}/tree`), ['a', 'empty', 'sub', 'sub/b']);
  });

  it('tells the blocks of a file', async () => {
    const [block, ...more] = await lake.blocks(`${root}/tree/sub/b`);
    assert.deepEqual([block?.offset, block?.length, block?.corrupt, more.length], [0, 2, false, 0]);
    assert.match(block?.names[0] ?? '', /:\d+$/);
    await lake.write(`${root}/nothing`, '');
    assert.deepEqual(await lake.blocks(`${root}/nothing`), []);
    await rejects(lake.blocks(root), 'invalid', /directory/);
  });

  it('copies whole or not at all, with permissions', async () => {
    await copyInLake(lake, `${root}/tree`, `${root}/copy`);
    assert.deepEqual(await below(`${root}/copy`), ['a', 'empty', 'sub', 'sub/b']);
    assert.equal((await lake.read(`${root}/copy/sub/b`)).toString(), 'bb');
    assert.equal((await lake.stat(`${root}/copy/sub/b`)).permission, '600');
    await rejects(copyInLake(lake, `${root}/tree`, `${root}/copy`), 'exists');
    await rejects(copyInLake(lake, `${root}/tree/a`, `${root}/copy/a`), 'exists');
    await rejects(copyInLake(lake, `${root}/tree`, `${root}/tree/sub/tree`), 'invalid', /into itself/);
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    await rejects(
      copyInLake(lake, `${root}/tree`, `${root}/half`, { onProgress, signal: stop.signal }),
      'cancelled',
    );
    assert.deepEqual(
      (await lake.list(root)).entries.map(({ name }) => name),
      ['copy', 'nothing', 'tree'],
    );
  });

  it('downloads a file and a folder, and replaces only what it may', async () => {
    const file = join(dir, 'b');
    assert.deepEqual(await download(lake, `${root}/tree/sub/b`, file), { files: 1, bytes: 2 });
    assert.equal(await readFile(file, 'utf8'), 'bb');
    await rejects(download(lake, `${root}/tree/a`, file), 'exists');
    await download(lake, `${root}/tree/a`, file, { overwrite: true });
    assert.equal(await readFile(file, 'utf8'), 'a');
    const folder = join(dir, 'tree');
    assert.deepEqual(await download(lake, `${root}/tree`, folder), { files: 2, bytes: 3 });
    assert.deepEqual((await readdir(folder, { recursive: true })).sort(), ['a', 'empty', 'sub', 'sub/b']);
    await rejects(download(lake, `${root}/tree`, folder, { overwrite: true }), 'exists');
    await rejects(download(lake, `${root}/none`, join(dir, 'none')), 'not-found');
    await writeFile(join(dir, 'plain'), '');
    await rejects(
      download(lake, `${root}/tree/a`, join(dir, 'plain', 'x')),
      'failed',
      /could not be written/,
    );
  });

  it('leaves no half download behind', async () => {
    const at = join(dir, 'half');
    await mkdir(at);
    await lake.write(`${root}/big/large`, Buffer.alloc(8_000_000));
    for (const path of [`${root}/big`, `${root}/big/large`]) {
      const stop = new AbortController();
      const onProgress = (): void => stop.abort();
      await rejects(download(lake, path, join(at, 'x'), { onProgress, signal: stop.signal }), 'cancelled');
    }
    assert.deepEqual(await readdir(at), []);
  });

  it('says what is full when an upload or a copy finds no space, and leaves the old file', async () => {
    const at = `${root}/full`;
    await lake.mkdirs(at);
    await dfsAdmin('-setSpaceQuota', '1000', at);
    await lake.write(`${root}/small`, 'small');
    for (const attempt of [
      lake.write(`${at}/new`, Readable.from([Buffer.alloc(1_000_000)])),
      copyInLake(lake, `${root}/tree`, `${at}/tree`),
    ]) {
      await rejects(attempt, 'no-space', /quota/);
    }
    assert.deepEqual(await below(at), []);
    await dfsAdmin('-clrSpaceQuota', at);
    await lake.write(`${at}/kept`, 'kept');
    await dfsAdmin('-setSpaceQuota', '1000', at);
    await rejects(lake.write(`${at}/kept`, 'replaced', { overwrite: true }), 'no-space');
    assert.equal((await lake.read(`${at}/kept`)).toString(), 'kept');
    assert.deepEqual(await below(at), ['kept']);
  });
});
