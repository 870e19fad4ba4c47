import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../../src/base/errors.ts';
import { order } from '../../../../src/lake/preview/columnFacts.ts';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import type { Preview } from '../../../../src/lake/preview/preview.ts';
import type { Row } from '../../../../src/lake/table.ts';
import { LocalSource } from '../../../support/localSource.ts';
import { MemoryFiles, noted } from './memoryFiles.ts';

const root = 'test/fixtures/preview/spark';

interface Golden {
  columns: { name: string; type: string }[];
  rows: Row[];
}

const golden = (name: string): Golden => JSON.parse(readFileSync(`${root}/${name}.json`, 'utf8')) as Golden;
const open = (name: string): Promise<Preview> => openPreview(new LocalSource(root), `/${name}`);
const parquetFiles = readdirSync(root).filter((name) => name.endsWith('.parquet'));

/** The bounds that a reader of all the rows would find, without NaN. */
function boundsOf(values: unknown[], type: string): { min: unknown; max: unknown } | undefined {
  const sorted = values
    .filter((value) => value !== null && !Number.isNaN(value))
    .sort((a, b) => order(a, b, type) ?? 0);
  return sorted.length === 0 ? undefined : { min: sorted[0], max: sorted.at(-1) };
}

describe('files that Spark wrote, with every type and codec, read as Spark reads them', () => {
  for (const file of parquetFiles.filter((name) => name !== 'variant.parquet')) {
    const name = file.startsWith('types_') ? 'types' : file.slice(0, -'.parquet'.length);

    it(file, async () => {
      const expected = golden(name);
      const preview = await open(file);
      assert.deepEqual(
        preview.columns.map((column) => ({ name: column.name, type: column.type })),
        // By which rules texts are compared is not shown.
        expected.columns.map((column) => ({ ...column, type: column.type.replace(/ collate .*/, '') })),
      );
      const rows = await preview.rows(0, 1000);
      assert.deepEqual(rows.map(noted), expected.rows);
      assert.deepEqual(preview.rowCount(), { rows: expected.rows.length, isFinal: true });
    });

    it(`${file}: its statistics are those of its values`, async () => {
      const preview = await open(file);
      const rows = await preview.rows(0, 1000);
      for (const column of preview.columns) {
        const values = rows.map((row) => row[column.name]);
        if (column.nullCount !== undefined) {
          assert.equal(column.nullCount, values.filter((value) => value === null).length, column.name);
        }
        const bounds = boundsOf(values, column.type);
        if (column.min === undefined || !bounds) continue;
        const low = order(column.min, bounds.min, column.type);
        const high = order(column.max, bounds.max, column.type);
        assert.ok(low !== undefined && low <= 0 && high !== undefined && high >= 0, column.name);
        if (column.isBoundExact) assert.deepEqual([low, high], [0, 0], column.name);
      }
      const bounded = preview.columns.filter(({ min }) => min !== undefined);
      if (name === 'types') assert.ok(bounded.length >= 15, bounded.map((column) => column.name).join());
    });
  }

  it('refuses by name what only Spark can read', async () => {
    await assert.rejects((await open('variant.parquet')).rows(0, 1), (error) => {
      assert.ok(isWorkbenchError(error, 'unsupported'));
      assert.match(error.message, /VARIANT|variant/);
      assert.match(error.message, /through Spark/);
      return true;
    });
  });

  for (const file of ['flat.csv', 'flat.csv.gz', 'flat.tsv', 'words.csv', 'words_rfc.csv']) {
    it(file, async () => {
      const expected = golden(file.startsWith('flat') ? 'flat.csv' : file);
      const preview = await open(file);
      assert.deepEqual(
        preview.columns.map(({ name }) => name),
        expected.columns.map(({ name }) => name),
      );
      const rows = await preview.rows(0, 1000);
      assert.equal(rows.length, expected.rows.length);
      for (const [i, row] of rows.entries()) {
        for (const [name, value] of Object.entries(row)) {
          const text = expected.rows[i]![name] as string | null;
          if (typeof value === 'number') assert.equal(value, Number(text), name);
          else if (value instanceof Date) assert.equal(value.getTime(), Date.parse(text!), name);
          // Spark reads an empty text as null, though it writes one with quotes and the other without.
          else if (value === '' && text === null) continue;
          else
            assert.equal(
              value === null ? null : `${value as string | bigint | boolean}`,
              text,
              `${name} of row ${i}`,
            );
        }
      }
    });
  }

  for (const file of ['lines.json', 'lines.jsonl.gz']) {
    it(file, async () => {
      const expected = golden('lines.json');
      const preview = await open(file);
      assert.equal(preview.format, 'jsonl');
      const rows = await preview.rows(0, 1000);
      const whole = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(noted(value), (_, inner: unknown) => inner ?? undefined));
      for (const [i, row] of rows.entries()) {
        for (const { name } of expected.columns) {
          const [mine, theirs] = [row[name] ?? null, expected.rows[i]![name] ?? null];
          // Spark rounds what it takes for a double, and makes texts of numbers beside texts.
          const isLoose =
            typeof mine !== typeof theirs && ['number', 'string'].includes(typeof theirs) && mine !== null;
          if (isLoose) assert.equal(Number(mine), Number(theirs), `${name} of row ${i}`);
          else assert.deepEqual(whole([mine]), whole([theirs]), `${name} of row ${i}`);
        }
      }
    });
  }
});

describe('windows of a Parquet file', () => {
  for (const file of ['types_pages_v1.parquet', 'types_pages_v2.parquet', 'types_snappy_v1.parquet']) {
    it(`${file}: are slices of the whole, also without the indexes of its pages`, async () => {
      const whole = await (await open(file)).rows(0, 1000);
      await fc.assert(
        fc.asyncProperty(fc.nat(310), fc.nat(80), fc.boolean(), async (start, length, isPart) => {
          const preview = await open(file);
          const columns = isPart ? ['text', 'structs', 'dec38'] : undefined;
          const rows = await preview.rows(start, start + length, { columns });
          const expected = whole
            .slice(start, start + length)
            .map((row) => (columns ? Object.fromEntries(columns.map((name) => [name, row[name]])) : row));
          assert.deepEqual(rows, expected);
        }),
        { numRuns: 12 },
      );
    }).timeout(60_000);
  }
});

describe('damaged Parquet files', () => {
  const content = readFileSync(`${root}/types_pages_v1.parquet`);
  const footerBytes = content.readUInt32LE(content.length - 8);

  const read = async (altered: Buffer): Promise<Row[] | string> => {
    try {
      const preview = await openPreview(new MemoryFiles({ '/a.parquet': altered }), '/a.parquet');
      return await preview.rows(0, 400);
    } catch (error) {
      assert.ok(isWorkbenchError(error), error instanceof Error ? error.stack : String(error));
      return error.code;
    }
  };

  it('give rows or an error of ours, and end: altered footers', async () => {
    const footerStart = content.length - 8 - footerBytes;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(footerBytes + 7), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const altered = Buffer.from(content);
          for (const [at, byte] of changes) altered[footerStart + at] = byte;
          await read(altered);
        },
      ),
      { numRuns: 400 },
    );
  }).timeout(120_000);

  it('give rows or an error of ours, and end: altered pages and indexes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(content.length - 9 - footerBytes), fc.nat(255)), {
          minLength: 1,
          maxLength: 30,
        }),
        async (changes) => {
          const altered = Buffer.from(content);
          for (const [at, byte] of changes) altered[4 + at] = byte;
          await read(altered);
        },
      ),
      { numRuns: 200 },
    );
  }).timeout(120_000);

  it('cut short anywhere give an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), async (length) => {
        assert.equal(await read(content.subarray(0, length)), 'protocol');
      }),
      { numRuns: 50 },
    );
  });
});
