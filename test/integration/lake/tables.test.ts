import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listTables } from '../../../src/lake/layers.ts';
import { openTable } from '../../../src/lake/table.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { liveStack } from '../../support/liveStack.ts';
import { LocalSource } from '../../support/localSource.ts';

const fixtures = 'test/fixtures/tables';

describe('tables on HDFS', function () {
  this.timeout(60_000);
  let lake: WebHdfs;
  const root = `/tmp/${randomUUID()}`;

  before(async () => {
    lake = new WebHdfs((await liveStack()).lake);
  });
  after(async () => {
    await lake.remove(root, { recursive: true });
    await lake.close();
  });

  for (const name of ['types', 'partitioned', 'parquet_groups', 'parquet_partitioned', 'v2_checkpoint']) {
    it(`${name} reads as it does from a local directory`, async () => {
      const files = await readdir(join(fixtures, name), { recursive: true, withFileTypes: true });
      for (const file of files.filter((entry) => entry.isFile())) {
        const path = join(file.parentPath, file.name).slice(fixtures.length);
        await lake.write(root + path, createReadStream(fixtures + path));
      }
      const rows = async (open: ReturnType<typeof openTable>): Promise<unknown[]> => {
        const all = await (await open).head(Infinity);
        return all.sort((a, b) => Number(a.id) - Number(b.id));
      };
      assert.deepEqual(
        await rows(openTable(lake, `${root}/${name}`)),
        await rows(openTable(new LocalSource(fixtures), `/${name}`)),
      );
    });
  }

  it('lists the tables of the layers', async () => {
    for (const { layer, path } of await listTables(lake)) assert.ok(path.startsWith(`/data/${layer}/`));
  });
});
