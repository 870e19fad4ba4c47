import assert from 'node:assert/strict';
import { readTableFacts, type SummingSource, type TableFacts } from '../../../src/lake/tableFacts.ts';
import { lookInto } from '../../../src/lake/layers.ts';
import { LocalSource } from '../../support/localSource.ts';

/** With the one call that only HDFS has; its answer shows where it came from. */
class Summing extends LocalSource implements SummingSource {
  summary(): Promise<{ length: number; fileCount: number }> {
    return Promise.resolve({ length: 4711, fileCount: 47 });
  }
}

describe('facts of tables', () => {
  const source = (): Summing => new Summing('test/fixtures/tables');
  const factsOf = async (name: string): Promise<TableFacts> => {
    const lake = source();
    const directory = await lake.stat(`/${name}`);
    const { format } = await lookInto(lake, directory);
    assert.ok(format, `${name} is a table`);
    return readTableFacts(lake, directory, format);
  };

  it('come from the log of a Delta table', async () => {
    const { rows, files, version } = await factsOf('types');
    assert.deepEqual([rows, files, version], [5, 1, 0]);
  });

  it('come from the footers of a few Parquet files', async () => {
    const { rows, bytes, version, lastChange } = await factsOf('parquet_snappy');
    assert.ok(rows !== undefined && rows > 0);
    assert.ok(bytes > 0 && bytes !== 4711);
    assert.equal(version, undefined);
    assert.ok(lastChange.getTime() > 0);
  });

  it('come from one summary where Parquet is partitioned: only reading all of it would count its rows', async () => {
    const { rows, bytes, files } = await factsOf('parquet_partitioned');
    assert.deepEqual([rows, bytes, files], [undefined, 4711, 47]);
  });

  it('name what cannot be read', async () => {
    await assert.rejects(factsOf('deletion_vectors'), { code: 'unsupported' });
  });

  it('do not list a Delta table to know it', async () => {
    const lake = source();
    assert.equal((await lookInto(lake, await lake.stat('/partitioned'))).format, 'delta');
    assert.equal(lake.lists, 0);
    assert.equal((await lookInto(lake, await lake.stat('/'))).format, undefined);
  });
});
