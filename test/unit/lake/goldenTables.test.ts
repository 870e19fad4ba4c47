import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { openTable, type Row, type Table } from '../../../src/lake/table.ts';
import { Timestamp } from '../../../src/lake/values.ts';
import { LocalSource } from '../../support/localSource.ts';

const root = 'test/fixtures/tables';

interface Golden {
  columns: { name: string; type: string }[];
  rows: Row[];
  version?: number;
  history?: { version: number; operation: string }[];
  transactions?: Record<string, number>;
  count?: number;
}

/** The value as the goldens note it. */
function noted(value: unknown): unknown {
  if (value instanceof Timestamp) return { $micros: String(value.epochMicros) };
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (value instanceof Uint8Array) return { $hex: Buffer.from(value).toString('hex') };
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { $number: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
  }
  if (Array.isArray(value)) return value.map(noted);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, noted(inner)]));
  }
  return value;
}

function sorted(rows: Row[]): unknown[] {
  return [...rows].sort((a, b) => Number(a.id) - Number(b.id)).map(noted);
}

describe('tables that Spark wrote, read as Spark reads them', () => {
  it('refuses by name what only Spark can read', async () => {
    const refused = async (path: string, feature: RegExp): Promise<void> => {
      await assert.rejects(openTable(new LocalSource(root), path), (error) => {
        assert.ok(isWorkbenchError(error, 'unsupported'));
        assert.match(error.message, feature);
        assert.match(error.message, /through Spark/);
        return true;
      });
    };
    await refused('/deletion_vectors', /deletionVectors/);
    await refused('/variant', /variantType/);
    const before = await openTable(new LocalSource(root), '/deletion_vectors', { version: 1 });
    assert.equal(before.rows, 200);
  });

  for (const file of readdirSync(root).filter((name) => name.endsWith('.json'))) {
    if (file === 'deletion_vectors.json') continue;
    const name = file.slice(0, -'.json'.length);
    const golden = JSON.parse(readFileSync(`${root}/${file}`, 'utf8')) as Golden;
    const path = `/${name.replace(/_v\d+$/, '')}`;
    const open = (): Promise<Table> =>
      openTable(new LocalSource(root), path, name.endsWith('_v5') ? { version: 5 } : {});

    it(name, async () => {
      const table = await open();
      assert.deepEqual(
        table.columns.map((column) => ({ name: column.name, type: column.type })),
        golden.columns,
      );
      let rows = await table.head(Infinity);
      if (golden.count !== undefined) {
        assert.equal(rows.length, golden.count);
        const ids = new Set(golden.rows.map((row) => row.id));
        rows = rows.filter((row) => ids.has(row.id));
      }
      assert.deepEqual(sorted(rows), golden.rows);
      if (golden.version !== undefined) {
        assert.equal(table.version, golden.version);
        assert.equal(table.rows, golden.rows.length);
      }
      if (golden.transactions) assert.deepEqual(Object.fromEntries(table.transactions), golden.transactions);
      if (golden.history) {
        const history = await table.history(100);
        assert.deepEqual(
          history.map(({ version, operation }) => ({ version, operation })),
          golden.history,
        );
      }
      const [first, ...others] = table.columns;
      assert.ok(first && others.length > 0);
      const [row] = await table.head(1, { columns: [first.name] });
      assert.deepEqual(Object.keys(row ?? { [first.name]: 0 }), [first.name]);
    });
  }
});
