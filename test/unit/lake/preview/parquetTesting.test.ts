import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { isWorkbenchError } from '../../../../src/base/errors.ts';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import type { Row } from '../../../../src/lake/table.ts';
import { LocalSource } from '../../../support/localSource.ts';
import { noted } from './memoryFiles.ts';

const root = 'test/fixtures/preview';

type Golden =
  | { columns: { name: string; type: string }[]; count: number; rows: Row[] }
  | { error: string; message: string };

const checksum = /does not fit its checksum/;
const geo = /Parquet type (GEOMETRY|GEOGRAPHY), which is not supported. Read it through Spark/;
const variant = /Parquet type VARIANT, which is not supported. Read it through Spark/;

/** Files that Spark reads and that are not shown: the sentence that says why. */
const refused: Record<string, RegExp> = {
  // Repetition levels begin in the middle of a row.
  'bad_data/ARROW-GH-45185.parquet': /its content is damaged/,
  // A dictionary page without a header, of no rows.
  'bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet': /a column lies outside of the file/,
  // Spark does not look at checksums, and gives what the damaged bytes are.
  'data/datapage_v1-corrupt-checksum.parquet': checksum,
  'data/rle-dict-uncompressed-corrupt-checksum.parquet': checksum,
  'data/int96_from_spark.parquet': /INT96 timestamp with negative nanoseconds/,
  'data/geospatial/crs-default.parquet': geo,
  'data/geospatial/crs-geography.parquet': geo,
  'data/geospatial/geography-lines.parquet': geo,
  'data/geospatial/geography-points.parquet': geo,
  'data/geospatial/geography-polygons.parquet': geo,
  'data/geospatial/geospatial.parquet': geo,
  'shredded_variant/case-001.parquet': variant,
  'shredded_variant/case-004.parquet': variant,
  'shredded_variant/case-040.parquet': variant,
  'shredded_variant/case-083.parquet': variant,
  'shredded_variant/case-138.parquet': variant,
};

/** Files that Spark, or Python, refuses and that are shown: its reason, and a value of the first row by what the file's own description says. */
const shownBeyondSpark: Record<string, { reason: RegExp; first: [string, unknown] }> = {
  'data/map_no_value.parquet': {
    reason: /Invalid map type/,
    first: ['my_list', [1, 2, 3]],
  },
  // Python ends in the year 9999.
  'data/nested_structs.rust.parquet': { reason: /year 52951 is out of range/, first: ['PC_CUR', undefined] },
  // LZ4 with Hadoop's frame is what Spark expects.
  'data/non_hadoop_lz4_compressed.parquet': { reason: /error occurred/, first: ['v11', 42] },
  'data/unknown-logical-type.parquet': {
    reason: /error occurred/,
    first: ['column with known type', 'known string 1'],
  },
};

const files = readdirSync(`${root}/parquet-testing`, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.parquet(\.encrypted)?$/.test(name))
  .sort();

describe('the files of Apache parquet-testing, read as Spark reads them', () => {
  it('are all there', () => {
    assert.ok(files.length > 90, String(files.length));
    for (const name of [...Object.keys(refused), ...Object.keys(shownBeyondSpark)]) {
      assert.ok(files.includes(name), name);
    }
  });

  for (const file of files) {
    it(file, async () => {
      const golden = JSON.parse(readFileSync(`${root}/parquet-testing/${file}.json`, 'utf8')) as Golden;
      const source = new LocalSource(`${root}/parquet-testing`);
      let rows: Row[];
      let columns: { name: string; type: string }[];
      try {
        const preview = await openPreview(source, `/${file}`);
        rows = await preview.rows(0, 100_000);
        columns = preview.columns.map(({ name, type }) => ({ name, type }));
        assert.deepEqual(preview.rowCount(), { rows: rows.length, isFinal: true });
      } catch (error) {
        assert.ok(
          isWorkbenchError(error, 'unsupported', 'protocol'),
          error instanceof Error ? error.stack : '',
        );
        const expected = refused[file] ?? ('error' in golden ? /./ : undefined);
        assert.ok(expected, `Spark reads it: ${error.message}`);
        assert.match(error.message, expected);
        return;
      }
      assert.ok(!(file in refused), 'it is shown, and was to be refused');
      if ('error' in golden) {
        assert.ok(file in shownBeyondSpark, `Spark refuses it: ${golden.message}`);
        const { reason, first } = shownBeyondSpark[file]!;
        assert.match(golden.message, reason);
        const [name, value] = first;
        if (value !== undefined) assert.deepEqual(rows[0]?.[name], value);
        assert.ok(rows.length > 0);
        return;
      }
      assert.deepEqual(columns, golden.columns);
      assert.equal(rows.length, golden.count);
      assert.deepEqual(rows.slice(0, golden.rows.length).map(noted), golden.rows);
    });
  }
});
