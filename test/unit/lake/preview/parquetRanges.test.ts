import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ParquetFile, type Row } from '../../../../src/lake/parquetFile.ts';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import { RangeCache } from '../../../../src/lake/rangeCache.ts';
import type { FileStatus, ReadOptions } from '../../../../src/lake/fileSource.ts';
import { MemoryFiles } from './memoryFiles.ts';

const content = readFileSync('test/fixtures/preview/spark/types_pages_v1.parquet');
const footerStart = content.length - 8 - content.readUInt32LE(content.length - 8);

/** The same table in a file of 1 GB: its data, zeros that nobody needs, its footer. Notes what is read of the data. */
class BigFile extends MemoryFiles {
  readonly #gap = 1024 * 1024 * 1024;
  dataBytes = 0;

  override async stat(path: string): Promise<FileStatus> {
    return { ...(await super.stat(path)), length: content.length + this.#gap };
  }

  override read(_: string, { offset = 0, length = 0 }: ReadOptions = {}): Promise<Buffer> {
    const part = Buffer.alloc(length);
    const footerAt = footerStart + this.#gap;
    for (const [from, to, at] of [
      [0, footerStart, 0],
      [footerStart, content.length, footerAt],
    ] as const) {
      const [start, end] = [Math.max(offset, at), Math.min(offset + length, at + to - from)];
      if (start < end) content.copy(part, start - offset, from + start - at, from + end - at);
    }
    this.reads++;
    this.bytesRead += length;
    if (offset < footerStart) this.dataBytes += length;
    return Promise.resolve(part);
  }
}

const path = '/big.parquet';
const everyRow = (): Promise<Row[]> =>
  openPreview(new MemoryFiles({ [path]: content }), path).then((preview) => preview.rows(0, 1000));

describe('the byte ranges that are read of a Parquet file', () => {
  it('are below 1 % of a file of 1 GB for its first rows, and none for the same rows again', async () => {
    const source = new BigFile({ [path]: '' });
    const preview = await openPreview(source, path);
    const rows = await preview.rows(0, 20);
    assert.deepEqual(rows, (await everyRow()).slice(0, 20));
    assert.ok(source.bytesRead < preview.bytes / 100, String(source.bytesRead));
    const before = source.bytesRead;
    await preview.rows(5, 15);
    assert.equal(source.bytesRead, before);
  });

  it('are the pages of the rows and columns asked for, by the index of the file or by their headers', async () => {
    const expected = await everyRow();
    for (const isIndexed of [true, false]) {
      const source = new BigFile({ [path]: '' });
      const file = await ParquetFile.open(source, path, (await source.stat(path)).length, {
        cache: new RangeCache(1024 * 1024),
        smallChunkBytes: 0,
      });
      if (!isIndexed) {
        for (const group of file.metadata.row_groups) {
          for (const column of group.columns) delete column.offset_index_offset;
        }
      }
      const fields = file.columns().filter(({ name }) => name === 'text' || name === 'long');
      const chunkBytes = file.metadata.row_groups.map((group) =>
        group.columns
          .filter(({ meta_data: meta }) => ['text', 'long'].includes(meta!.path_in_schema[0]!))
          .reduce((sum, { meta_data: meta }) => sum + Number(meta!.total_compressed_size), 0),
      );
      for (const [start, end] of [
        [2, 6],
        [0, 3],
        [40, 45],
        [7, 290],
        [295, 300],
      ] as const) {
        source.dataBytes = 0;
        const rows = await file.rowsBetween({ fields, matching: 'name' }, start, end);
        assert.deepEqual(
          rows,
          expected.slice(start, end).map(({ long, text }) => ({ long, text })),
          `${start} to ${end}, ${isIndexed ? 'with' : 'without'} index`,
        );
        if (isIndexed && end - start < 10)
          assert.ok(source.dataBytes < chunkBytes[0]!, String(source.dataBytes));
      }
    }
  });

  it('are read under the signal of the call', async () => {
    const source = new BigFile({ [path]: '' });
    const preview = await openPreview(source, path);
    await assert.rejects(preview.rows(0, 10, { signal: AbortSignal.abort() }), { code: 'cancelled' });
    assert.equal((await preview.rows(0, 10)).length, 10);
  });
});
