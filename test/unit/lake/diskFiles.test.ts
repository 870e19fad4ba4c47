import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { DiskFiles } from '../../../src/lake/diskFiles.ts';

describe('Files of this machine', () => {
  let dir: string;
  const files = new DiskFiles();
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'medallion-disk-'));
    await writeFile(join(dir, 'b.csv'), '0123456789');
    await writeFile(join(dir, 'a.csv'), '');
  });
  after(() => rm(dir, { recursive: true }));

  it('are read by range, cut at their end', async () => {
    const read = async (offset: number, length?: number): Promise<string> =>
      (await files.read(`${dir}/b.csv`, { offset, length })).toString();
    assert.deepEqual(
      [await read(0), await read(2, 3), await read(8, 10), await read(20, 1)],
      ['0123456789', '234', '89', ''],
    );
  });

  it('are listed in order, after a name', async () => {
    const names = async (startAfter?: string): Promise<string[]> =>
      (await files.list(dir, { startAfter })).entries.map(({ name, length }) => `${name} ${length}`);
    assert.deepEqual(await names(), ['a.csv 0', 'b.csv 10']);
    assert.deepEqual(await names('a.csv'), ['b.csv 10']);
  });

  it('that are not there are said to be so', async () => {
    await assert.rejects(files.read(`${dir}/c.csv`), (error) => isWorkbenchError(error, 'not-found'));
    await assert.rejects(files.stat(`${dir}/b.csv/d`), (error) => isWorkbenchError(error, 'not-found'));
  });
});
