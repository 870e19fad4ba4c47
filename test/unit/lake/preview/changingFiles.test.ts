import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import { MemoryFiles } from './memoryFiles.ts';

const csv = `a,b\n${'1,2\n'.repeat(300_000)}`;

describe('a file that changes while it is looked at', () => {
  const far = 250_000;

  it('grows', async () => {
    const files = new MemoryFiles({ '/a.csv': csv });
    const preview = await openPreview(files, '/a.csv');
    files.put('/a.csv', `${csv}3,4\n`, 1_700_000_000_001);
    await assert.rejects(preview.rows(far, far + 1), (error: Error & { code: string }) => {
      assert.equal(error.code, 'conflict');
      assert.match(
        error.message,
        /grew since it was opened \(1200004 bytes then, 1200008 now\)\. Open it again/,
      );
      return true;
    });
    assert.equal((await preview.rows(0, 5)).length, 5, 'what was read is still shown');
  });

  it('shrinks, is replaced, or goes', async () => {
    const files = new MemoryFiles({ '/a.csv': csv });
    const preview = await openPreview(files, '/a.csv');
    files.put('/a.csv', 'a,b\n');
    await assert.rejects(preview.rows(far, far + 1), { code: 'conflict' });
    files.put('/a.csv', csv, 1_700_000_000_001);
    await assert.rejects(preview.rows(far, far + 1), /was replaced/);
    files.files.delete('/a.csv');
    await assert.rejects(preview.rows(far, far + 1), /gone: it was deleted or moved/);
  });

  it('is shorter than the file system says, as while it is written', async () => {
    const files = new MemoryFiles({ '/a.csv': csv });
    const { content } = files.files.get('/a.csv')!;
    const read = files.read.bind(files);
    files.read = async (path, options) => {
      const part = await read(path, options);
      return (options?.offset ?? 0) + part.length > 600_000 ? part.subarray(0, 10) : part;
    };
    const preview = await openPreview(files, '/a.csv');
    await assert.rejects(preview.rows(far, far + 1), /shorter than it was told to be/);
    assert.equal(content.length, 1_200_004);
  });

  it('is Parquet', async () => {
    const content = readFileSync('test/fixtures/preview/spark/types_pages_v1.parquet');
    const files = new MemoryFiles({ '/a.parquet': content });
    const preview = await openPreview(files, '/a.parquet');
    files.put('/a.parquet', content, 5);
    // A file up to 1 MB is read whole when it is opened.
    assert.equal((await preview.rows(0, 300)).length, 300);
  });
});
