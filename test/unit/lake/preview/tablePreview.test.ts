import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import type { FileStatus, ListOptions, ListPage, ReadOptions } from '../../../../src/lake/fileSource.ts';
import { mergeFacts, type ColumnFacts } from '../../../../src/lake/preview/columnFacts.ts';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import type { PreviewColumn } from '../../../../src/lake/preview/preview.ts';
import type { Row } from '../../../../src/lake/table.ts';
import { LocalSource } from '../../../support/localSource.ts';
import { noted } from './memoryFiles.ts';

const root = 'test/fixtures/tables';
const source = (): LocalSource => new LocalSource(root);
const facts = (columns: readonly PreviewColumn[], name: string): unknown[] => {
  const column = columns.find((one) => one.name === name);
  return [column?.nullCount, noted(column?.min), noted(column?.max), column?.isBoundExact];
};

/** One part file as a directory of many, which a plain listing does not count. */
class ManyParts extends LocalSource {
  readonly #part: string;
  readonly #count: number;
  readonly opened = new Set<string>();

  constructor(directory: string, count: number) {
    super(root);
    this.#part = `${directory}/${readdirSync(root + directory).find((name) => name.endsWith('.parquet'))!}`;
    this.#count = count;
  }

  override async list(path: string, options: ListOptions = {}): Promise<ListPage> {
    if (path !== '/many') return super.list(path, options);
    const names = Array.from({ length: this.#count }, (_, i) => `part-${String(i).padStart(5, '0')}.parquet`);
    return { entries: await Promise.all(names.map((name) => this.stat(`/many/${name}`))), remaining: 0 };
  }

  override async stat(path: string): Promise<FileStatus> {
    if (!path.startsWith('/many')) return super.stat(path);
    const status = await super.stat(path === '/many' ? '/' : this.#part);
    return { ...status, path, name: path.split('/').at(-1)! };
  }

  override read(path: string, options?: ReadOptions): Promise<Buffer> {
    this.opened.add(path);
    return super.read(path.startsWith('/many') ? this.#part : path, options);
  }
}

describe('a look into a table', () => {
  it('shows a Delta table at any version, with its history and properties', async () => {
    const preview = await openPreview(source(), '/checkpointed');
    assert.equal(preview.format, 'delta');
    const golden = JSON.parse(readFileSync(`${root}/checkpointed.json`, 'utf8')) as {
      version: number;
      rows: Row[];
    };
    assert.equal(preview.version, golden.version);
    const rows = await preview.rows(0, 100);
    assert.deepEqual(
      rows.map(noted).sort((a, b) => Number((a as Row).id) - Number((b as Row).id)),
      golden.rows,
    );
    assert.deepEqual(preview.rowCount(), { rows: golden.rows.length, isFinal: true });
    for (let start = 0; start < rows.length; start++) {
      assert.deepEqual(await preview.rows(start, start + 3), rows.slice(start, start + 3));
    }
    const [newest] = (await preview.history?.(3)) ?? [];
    assert.deepEqual([newest?.version, newest?.operation], [golden.version, 'DELETE']);
    const old = await openPreview(source(), '/checkpointed/', { version: 5 });
    assert.deepEqual([old.version, old.rowCount().rows], [5, 6]);
    await assert.rejects(openPreview(source(), '/checkpointed', { version: 99 }), { code: 'not-found' });
    await assert.rejects(openPreview(source(), '/parquet_none', { version: 1 }), { code: 'invalid' });
    const mapped = await openPreview(source(), '/mapped_name');
    assert.ok(
      mapped.metadata?.().some(({ key, value }) => key === 'delta.columnMapping.mode' && value === 'name'),
    );
    await assert.rejects(openPreview(source(), '/deletion_vectors'), /deletionVectors.*through Spark/);
  });

  it('tells what the log knows of the columns, and no bound that is not certain', async () => {
    const { columns } = await openPreview(source(), '/types');
    assert.deepEqual(facts(columns, 'long'), [
      1,
      { $bigint: '-9223372036854775808' },
      { $bigint: '9223372036854775807' },
      true,
    ]);
    assert.deepEqual(facts(columns, 'dec38'), [
      2,
      '-0.0000000001',
      '1234567890123456789012345678.0123456789',
      true,
    ]);
    assert.deepEqual(facts(columns, 'date'), [1, '0001-01-01', '9999-12-31', true]);
    // NaN is among the values; texts are cut in the log, and instants are to milliseconds.
    assert.deepEqual(facts(columns, 'double'), [1, undefined, undefined, undefined]);
    assert.equal(facts(columns, 'string')[3], false);
    assert.equal(facts(columns, 'timestamp')[3], false);
    assert.deepEqual(facts(columns, 'nothing'), [5, undefined, undefined, undefined]);
    const { columns: mapped } = await openPreview(source(), '/mapped_id');
    assert.deepEqual(facts(mapped, 'new name'), [0, 'a', 'c', false]);
    assert.deepEqual(facts(mapped, 'part'), [0, 'p', 'q', true]);
  });

  it('shows partitions as columns, and what is in them', async () => {
    for (const path of ['/partitioned', '/parquet_partitioned']) {
      const preview = await openPreview(source(), path);
      assert.deepEqual(
        preview.columns
          .filter(({ isPartition }) => isPartition)
          .map(({ name }) => name)
          .sort(),
        ['branch', 'day'],
      );
      const partitions = preview.partitions?.() ?? [];
      const rows = await preview.rows(0, 100);
      assert.equal(
        partitions.reduce((sum, { files }) => sum + files, 0),
        path === '/partitioned' ? 14 : 4,
      );
      assert.ok(rows.every(({ day }) => partitions.some(({ values }) => values.day === day)));
      assert.deepEqual(await preview.rows(1, 2, { columns: ['branch', 'id'] }), [
        { branch: rows[1]!.branch, id: rows[1]!.id },
      ]);
    }
    await assert.rejects((await openPreview(source(), '/partitioned')).rows(0, 1, { columns: ['x'] }), {
      code: 'invalid',
    });
  });

  it('counts the rows of many Parquet files as they are asked for', async () => {
    const files = new ManyParts('/parquet_groups', 40);
    const preview = await openPreview(files, '/many');
    assert.deepEqual(preview.rowCount(), { rows: 0, isFinal: false });
    const one = await preview.rows(0, 3000);
    assert.equal(one.length, 3000);
    assert.ok(files.opened.size < 10, String(files.opened.size));
    assert.ok(!preview.rowCount().isFinal && preview.rowCount().estimate === 120_000);
    assert.deepEqual(await preview.rows(119_990, 130_000), one.slice(-10));
    assert.deepEqual(preview.rowCount(), { rows: 120_000, isFinal: true });
    assert.deepEqual(await preview.rows(5998, 6002), [...one.slice(-2), ...one.slice(0, 2)]);
    const groups = (await openPreview(source(), '/parquet_groups')).rowGroups?.() ?? [];
    assert.equal(
      groups.reduce((sum, { rows }) => sum + rows, 0),
      3000,
    );
    assert.deepEqual(groups[1]?.codecs, ['snappy']);
  });

  it('tells formats by their first bytes where the name does not', async () => {
    await assert.rejects(openPreview(source(), '/types/_delta_log/_last_checkpoint'), { code: 'not-found' });
    await assert.rejects(openPreview(new LocalSource('test/unit'), '/lake/hdfsPath.test.ts'), /is no table/);
    const orc = new LocalSource(root);
    orc.stat = (path) =>
      new LocalSource(root).stat('/types.json').then((found) => ({ ...found, path, name: 'a.orc' }));
    await assert.rejects(
      openPreview(orc, '/a.orc'),
      /ORC file, which is read through Spark: spark\.read\.orc/,
    );
  });
});

describe('facts of the parts of a column', () => {
  const part = (min: unknown, max: unknown, nullCount = 0): ColumnFacts => ({
    nullCount,
    bounds: { min, max, isExact: true },
    isEmpty: false,
  });
  const unknown: ColumnFacts = { nullCount: undefined, bounds: undefined, isEmpty: false };
  const empty: ColumnFacts = { nullCount: 3, bounds: undefined, isEmpty: true };

  it('are put together by the order of the type, and are unknown if those of one part are', () => {
    const bounds = (type: string, ...parts: ColumnFacts[]): unknown[] => {
      const merged = mergeFacts(parts, type).bounds;
      return [merged?.min, merged?.max];
    };
    assert.deepEqual(bounds('long', part(2, 10n ** 17n), part(-3n, 7), empty), [-3n, 10n ** 17n]);
    assert.deepEqual(bounds('decimal(20,2)', part('-1.00', '9.00'), part('-10.00', '10.00')), [
      '-10.00',
      '10.00',
    ]);
    assert.deepEqual(bounds('string', part('z', 'ｚ'), part('a', '😀')), ['a', '😀']);
    assert.deepEqual(bounds('date', part('-0001-01-01', '2000-01-01'), part('2001-01-01', '2002-01-01')), [
      undefined,
      undefined,
    ]);
    assert.deepEqual(bounds('long', part(1, 2), unknown, part(3, 4)), [undefined, undefined]);
    assert.equal(mergeFacts([part(1, 2, 5), empty], 'long').nullCount, 8);
    assert.equal(mergeFacts([unknown, empty], 'long').nullCount, undefined);
    assert.equal(mergeFacts([empty, empty], 'long').isEmpty, true);
  });
});
