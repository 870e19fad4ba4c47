import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { isWorkbenchError, type ErrorCode } from '../../../src/base/errors.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import type { LakeAddress } from '../../../src/stack/connection.ts';
import { liveStack } from '../../support/liveStack.ts';

const mib = 1024 * 1024;

async function rejects(promise: Promise<unknown>, code: ErrorCode, message?: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(isWorkbenchError(error, code), `expected ${code}, got ${String(error)}`);
    if (message) assert.match(error.message, message);
    return true;
  });
}

/** `bytes` bytes that tell their place: the n-th is n * 31 mod 251. */
function generated(bytes: number): Readable {
  const period = Buffer.from(Array.from({ length: 251 * 512 }, (_, i) => (i * 31) % 251));
  let at = 0;
  return new Readable({
    read() {
      if (at >= bytes) return void this.push(null);
      const from = at % 251;
      const chunk = period.subarray(from, Math.min(from + 64 * 1024, from + bytes - at));
      at += chunk.length;
      this.push(chunk);
    },
  });
}

describe('WebHDFS', function () {
  this.timeout(120_000);
  let lake: WebHdfs;
  let address: LakeAddress;
  const root = `/tmp/${randomUUID()}`;

  before(async () => {
    address = (await liveStack()).lake;
    lake = new WebHdfs(address);
    await lake.mkdirs(root);
  });
  after(async () => {
    await lake.remove(root, { recursive: true });
    await lake.close();
  });
  const names = async (path: string): Promise<string[]> =>
    (await lake.list(path)).entries.map(({ name }) => name);

  it('writes, reads by range, and tells what is there', async () => {
    const path = `${root}/deep/er/file.txt`;
    await lake.write(path, 'hello world', { permission: '640' });
    assert.equal((await lake.read(path)).toString(), 'hello world');
    assert.equal((await lake.read(path, { offset: 6, length: 3 })).toString(), 'wor');
    assert.equal((await lake.read(path, { offset: 6, length: 300 })).toString(), 'world');
    for (const offset of [11, 12, 1e9]) assert.equal((await lake.read(path, { offset })).length, 0);
    assert.equal((await lake.read(path, { length: 0 })).length, 0);
    const status = await lake.stat(path);
    assert.deepEqual(
      [status.path, status.name, status.type, status.length, status.permission, status.owner],
      [path, 'file.txt', 'FILE', 11, '640', address.user],
    );
    assert.ok(Math.abs(status.modificationTime - Date.now()) < 600_000);
    assert.deepEqual(await names(`${root}/deep/er`), ['file.txt']);
    assert.equal((await lake.stat(`${root}/deep`)).childrenNum, 1);
    assert.equal(await lake.exists(path), true);
    assert.equal(await lake.exists(`${path}2`), false);
    await lake.write(`${root}/nothing`, '');
    assert.equal((await lake.read(`${root}/nothing`)).length, 0);
  });

  it('never replaces a file unless told to', async () => {
    const path = `${root}/keep`;
    await lake.write(path, 'first');
    await rejects(lake.write(path, 'second'), 'exists');
    assert.equal((await lake.read(path)).toString(), 'first');
    await lake.write(path, Readable.from(['sec', 'ond']), { overwrite: true });
    assert.equal((await lake.read(path)).toString(), 'second');
    await lake.mkdirs(`${root}/directory`);
    await rejects(lake.write(`${root}/directory`, 'x', { overwrite: true }), 'exists', /directory/);
    await rejects(lake.write(`${path}/below`, 'x'), 'conflict', /file, not a directory/);
  });

  it('lets one of two writers of a new file win, with a whole file', async () => {
    const path = `${root}/race`;
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((c) => lake.write(path, c.repeat(100_000))),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.match((await lake.read(path)).toString(), /^(.)\1{99999}$/);
    assert.deepEqual(
      (await names(root)).filter((name) => name.includes('_tmp')),
      [],
    );
  });

  it('leaves nothing behind when a write fails or is cancelled', async () => {
    const directory = `${root}/failing`;
    const broken = (after: () => Promise<void>): Readable =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(100_000);
          await after();
        })(),
      );
    await rejects(
      lake.write(
        `${directory}/a`,
        broken(() => Promise.reject(new Error('the disk is gone'))),
      ),
      'failed',
      /the disk is gone/,
    );
    await rejects(
      lake.write(`${directory}/b`, Readable.from(['abc']), { size: 4 }),
      'failed',
      /4 bytes.*3 arrived/,
    );
    const stop = new AbortController();
    const endless = broken(() => {
      stop.abort();
      return new Promise(() => {});
    });
    await rejects(lake.write(`${directory}/c`, endless, { signal: stop.signal }), 'cancelled');
    assert.ok(endless.destroyed);
    await rejects(lake.write(`${directory}/d`, 'x', { signal: AbortSignal.abort() }), 'cancelled');
    assert.deepEqual(await names(directory), []);
  });

  it('appends', async () => {
    const path = `${root}/log`;
    await rejects(lake.append(path, 'x'), 'not-found');
    await lake.write(path, 'one\n');
    await lake.append(path, 'two\n');
    await lake.append(path, Readable.from(['thr', 'ee\n']));
    assert.equal((await lake.read(path)).toString(), 'one\ntwo\nthree\n');
  });

  it('renames, and never moves into a directory or over something', async () => {
    const at = `${root}/renames`;
    await lake.write(`${at}/file`, 'file');
    await lake.write(`${at}/other`, 'other');
    await lake.write(`${at}/full/x`, 'x');
    await lake.mkdirs(`${at}/empty`);
    await rejects(lake.rename(`${at}/file`, `${at}/other`), 'exists');
    await rejects(lake.rename(`${at}/file`, `${at}/full`), 'exists');
    await rejects(lake.rename(`${at}/empty`, `${at}/full`), 'exists');
    await rejects(lake.rename(`${at}/empty`, `${at}/full`, { overwrite: true }), 'conflict');
    await rejects(lake.rename(`${at}/none`, `${at}/new`), 'not-found');
    await rejects(lake.rename(`${at}/file`, `${at}/no/such`), 'not-found');
    await rejects(lake.rename(`${at}/full`, `${at}/full/x/y`), 'invalid');
    await lake.rename(`${at}/full`, `${at}/empty`, { overwrite: true });
    await lake.rename(`${at}/file`, `${at}/other`, { overwrite: true });
    await lake.rename(`${at}/other`, `${at}/new`);
    assert.deepEqual(await names(at), ['empty', 'new']);
    assert.deepEqual(await names(`${at}/empty`), ['x']);
    assert.equal((await lake.read(`${at}/new`)).toString(), 'file');
  });

  it('removes for good or to the trash, where names do not collide', async () => {
    const at = `${root}/removes`;
    const trash = `/user/${address.user}/.Trash/Current${at}`;
    await lake.write(`${at}/d/file`, 'x');
    await rejects(lake.remove(`${at}/none`), 'not-found');
    await rejects(lake.remove(`${at}/none`, { trash: true }), 'not-found');
    await rejects(lake.remove(`${at}/d`), 'conflict');
    await rejects(lake.remove(`${at}/d`, { trash: true }), 'conflict');
    await lake.remove(`${at}/d`, { trash: true, recursive: true });
    await lake.write(`${at}/d`, 'again');
    await lake.remove(`${at}/d`, { trash: true });
    const kept = await names(trash);
    assert.equal(kept.length, 2);
    assert.ok(kept.every((name) => /^d\d*$/.test(name)));
    await rejects(lake.remove(`${trash}/d`, { trash: true, recursive: true }), 'invalid', /in the trash/);
    // A file in the trash where a directory is needed.
    await lake.mkdirs(`${at}/e`);
    await lake.remove(`${at}/e`, { recursive: true });
    await lake.write(`${at}/e`, 'file');
    await lake.remove(`${at}/e`, { trash: true });
    await lake.write(`${at}/e/inner`, 'x');
    await lake.remove(`${at}/e/inner`, { trash: true });
    assert.equal(await lake.exists(`${at}/e/inner`), false);
    await lake.remove(`${at}/e`);
    await rejects(lake.remove('/'), 'invalid');
    for (const { path, name } of (await lake.list(`/user/${address.user}/.Trash/Current/tmp`)).entries) {
      if (name.startsWith(root.slice(5))) await lake.remove(path, { recursive: true });
    }
  });

  it('sets permission, owner and replication; sums up; checks', async () => {
    const path = `${root}/attributes`;
    await lake.write(path, 'hello');
    await lake.setPermission(path, '600');
    await lake.setOwner(path, { owner: 'somebody', group: 'people' });
    await lake.setReplication(path, 3);
    const { permission, owner, group, replication } = await lake.stat(path);
    assert.deepEqual([permission, owner, group, replication], ['600', 'somebody', 'people', 3]);
    await rejects(lake.setPermission(path, '888'), 'invalid');
    await rejects(lake.setReplication(root, 2), 'invalid', /directory/);
    await rejects(lake.setReplication(path, 9999), 'failed');
    const { fileCount, length } = await lake.summary(path);
    assert.deepEqual([fileCount, length], [1, 5]);
    await lake.write(`${path}2`, 'hello');
    await lake.write(`${path}3`, 'hallo');
    assert.deepEqual(await lake.checksum(path), await lake.checksum(`${path}2`));
    assert.notDeepEqual(await lake.checksum(path), await lake.checksum(`${path}3`));
  });

  it('lists in pages', async () => {
    const at = `${root}/many`;
    const all = Array.from({ length: 1100 }, (_, i) => `n${String(i).padStart(5, '0')}`);
    for (let i = 0; i < all.length; i += 50) {
      await Promise.all(all.slice(i, i + 50).map((name) => lake.mkdirs(`${at}/${name}`)));
    }
    const page = await lake.list(at);
    assert.equal(page.entries.length + page.remaining, 1100);
    assert.ok(page.remaining > 0);
    const seen: string[] = [];
    for await (const { name } of lake.listAll(at)) seen.push(name);
    assert.deepEqual(seen, all);
    assert.equal((await lake.list(at, { startAfter: 'n01098' })).entries[0]?.name, 'n01099');
    assert.deepEqual(await lake.list(at, { startAfter: 'n01099' }), { entries: [], remaining: 0 });
  });

  it('keeps names of any characters', async () => {
    const special = Array.from(` %+#?&=;"'\\<>|*[]{}^~\`!@$,()é你😀\u0301\n\t\u007f`).concat(
      '%41',
      '%2F',
      '..a',
    );
    const name = fc
      .array(
        fc.oneof(fc.constantFrom(...special), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 })),
        {
          minLength: 1,
          maxLength: 6,
        },
      )
      .map((parts) => parts.join('').replace(/[/:\0]|\p{Surrogate}/gu, 'x'))
      .filter((text) => text !== '.' && text !== '..');
    let round = 0;
    await fc.assert(
      fc.asyncProperty(name, name, async (first, second) => {
        const directory = `${root}/names/${round++}`;
        const path = `${directory}/${first}/${second}`;
        await lake.write(path, second);
        assert.deepEqual(await names(`${directory}/${first}`), [second]);
        assert.equal((await lake.read(path)).toString(), second);
        await lake.rename(`${directory}/${first}`, `${directory}/${second}.moved`);
        assert.deepEqual(
          (await lake.list(directory, { startAfter: '' })).entries.map((e) => e.name),
          [`${second}.moved`],
        );
        assert.equal(
          (await lake.stat(`${directory}/${second}.moved/${second}`)).length,
          Buffer.byteLength(second),
        );
      }),
      { numRuns: 15 },
    );
  });

  it('refuses what HDFS forbids before asking', async () => {
    const nobody = new WebHdfs({ ...address, url: new URL('http://127.0.0.1:1') }, { retryTimeoutMs: 0 });
    for (const path of ['relative', '', '/a//b', '/a/./b', '/../a', '/a:b', '/a\0', '/\ud800', '//']) {
      await rejects(nobody.list(path), 'invalid');
      await rejects(nobody.write(path, ''), 'invalid');
    }
  });

  it('says who refuses', async () => {
    const stranger = new WebHdfs({ ...address, user: 'stranger' });
    await lake.write(`${root}/private/x`, 'x', { permission: '600' });
    await rejects(stranger.read(`${root}/private/x`), 'denied', /permission denied/i);
    await rejects(stranger.write(`${root}/private/y`, 'y'), 'denied');
    await rejects(stranger.setOwner(`${root}/private/x`, { owner: 'stranger' }), 'denied');
    await stranger.close();
    await rejects(lake.read(root), 'invalid', /directory/);
    await rejects(lake.list(`${root}/none`), 'not-found');
  });

  it('maps the name of a DataNode to the address that works here', async () => {
    const path = `${root}/mapped`;
    await lake.write(path, 'x');
    const query = `op=OPEN&noredirect=true&user.name=${address.user}`;
    const answer = await fetch(new URL(`/webhdfs/v1${path}?${query}`, address.url));
    const { host } = new URL(((await answer.json()) as { Location: string }).Location);
    const elsewhere = new WebHdfs(
      { ...address, dataNodes: { [host]: '127.0.0.1:1' } },
      { retryTimeoutMs: 100 },
    );
    await rejects(elsewhere.read(path), 'unreachable', /127\.0\.0\.1:1/);
    await rejects(elsewhere.write(`${path}2`, 'x'), 'unreachable', /127\.0\.0\.1:1/);
    await elsewhere.close();
    const same = new WebHdfs({
      ...address,
      dataNodes: { [host]: `localhost:${new URL(`http://${host}`).port}` },
    });
    assert.equal((await same.read(path)).toString(), 'x');
    await same.close();
  });

  it('takes 300 MB through, both ways, in flat memory', async () => {
    const size = 300 * mib;
    const path = `${root}/large`;
    let peak = 0;
    const rss = (): number => (peak = Math.max(peak, process.memoryUsage().rss));
    const start = rss();
    await lake.write(path, generated(size), { size, onProgress: rss });
    let at = 0;
    let wrong = 0;
    const check = new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (let i = 0; i < chunk.length; i += 997) if (chunk[i] !== ((at + i) * 31) % 251) wrong++;
        at += chunk.length;
        rss();
        // A consumer that is slower than the network now and then.
        if (at % (8 * mib) < chunk.length) setTimeout(done, 5);
        else done();
      },
    });
    await pipeline(await lake.stream(path), check);
    assert.equal(at, size);
    assert.equal(wrong, 0);
    assert.ok(peak - start < 150 * mib, `grew by ${Math.round((peak - start) / mib)} MiB`);
    await lake.remove(path);
  });

  it('stops a read when it is cancelled', async () => {
    const path = `${root}/cancel`;
    await lake.write(path, generated(20 * mib));
    const stop = new AbortController();
    const stream = await lake.stream(path, { signal: stop.signal });
    const reading = (async () => {
      for await (const chunk of stream) stop.abort(chunk);
    })();
    await rejects(reading, 'cancelled');
    await rejects(lake.read(path, { signal: stop.signal }), 'cancelled');
  });
});
