import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasNewerVersion } from '../../../src/lake/newerVersion.ts';
import { openTable } from '../../../src/lake/table.ts';
import { LocalSource } from '../../support/localSource.ts';

const tables = join(import.meta.dirname, '..', '..', 'fixtures', 'tables');

describe('A table that is watched', () => {
  let dir: string;
  let version: number;
  const newer = (): Promise<boolean> => hasNewerVersion(new LocalSource(dir), '/t', version);
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'medallion-version-'));
    await cp(join(tables, 'partitioned'), join(dir, 't'), { recursive: true });
    version = (await openTable(new LocalSource(dir), '/t')).version!;
  });
  after(() => rm(dir, { recursive: true }));

  it('has no newer version until one is committed, with one listing', async () => {
    const log = join(dir, 't', '_delta_log');
    assert.equal(await newer(), false);
    await writeFile(join(log, `${String(version).padStart(20, '0')}.checkpoint.parquet`), '');
    await writeFile(join(log, '_last_checkpoint'), '{}');
    assert.equal(await newer(), false);
    await writeFile(join(log, `${String(version + 1).padStart(20, '0')}.json`), '{}');
    assert.equal(await newer(), true);
  });

  it('has another when it was made anew, or is gone', async () => {
    version += 5;
    assert.equal(await newer(), true);
    await rename(join(dir, 't'), join(dir, 'other'));
    assert.equal(await newer(), true);
  });
});
