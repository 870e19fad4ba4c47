import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { tablesOfScript } from '../../../src/session/scriptTables.ts';

describe('the tables of a script', () => {
  for (const [what, source, reads, writes] of [
    ['nothing', 'print("silver")', [], []],
    [
      'load and save',
      'spark.read.load(job.path("bronze/a"))\ndf.write.save(job.path("silver/b"))',
      ['bronze/a'],
      ['silver/b'],
    ],
    [
      'paths from the root',
      'spark.read.format("delta").load("/data/bronze/a").write.format("delta").mode("overwrite").save("/data/gold/b")',
      ['bronze/a'],
      ['gold/b'],
    ],
    [
      'names',
      'spark.table("bronze.a").write.mode("append").saveAsTable("silver.b")',
      ['bronze/a'],
      ['silver/b'],
    ],
    ['writeTo', 'spark.read.table("bronze.a").writeTo("silver.b").append()', ['bronze/a'], ['silver/b']],
    [
      'Parquet',
      'spark.read.parquet("/data/bronze/a").write.parquet("/data/gold/b")',
      ['bronze/a'],
      ['gold/b'],
    ],
    [
      'SQL',
      'spark.sql("INSERT INTO gold.b SELECT * FROM silver.a JOIN bronze.c")',
      ['silver/a', 'bronze/c'],
      ['gold/b'],
    ],
    [
      'SQL of several lines',
      'spark.sql("""\nSELECT * -- from x\nFROM silver.a\n""").show()',
      ['silver/a'],
      [],
    ],
    ['formatted SQL', 'spark.sql(f"SELECT * FROM silver.a WHERE day = {day}")', ['silver/a'], []],
    [
      'names of paths',
      'SRC = "bronze/a"\nTO = "gold/b"\ndf = spark.read.load(job.path(SRC))\ndf.write.save(job.path(TO))',
      ['bronze/a'],
      ['gold/b'],
    ],
    [
      'a path in a name',
      'path = job.path("gold/b")\ndf.write.save(path)\nspark.read.load(path)',
      [],
      ['gold/b'],
    ],
    ['a name that is not used', 'SRC = "bronze/a"\n', ['bronze/a'], []],
    ['a merge', 'DeltaTable.forPath(spark, job.path("silver/b")).merge(x, "y").execute()', [], ['silver/b']],
    ['a Delta table that is read', 'DeltaTable.forName(spark, "silver.b").toDF()', ['silver/b'], []],
    [
      'a stream',
      's = spark.readStream.load(job.path("bronze/a"))\ns.writeStream.option("checkpointLocation", job.path("silver/b/_c")).start(job.path("silver/b"))',
      ['bronze/a'],
      ['silver/b'],
    ],
    [
      'a table that is read and written',
      'spark.table("silver.a").write.insertInto("silver.a")',
      [],
      ['silver/a'],
    ],
    ['ingestion', 'ingest(job, job.source("retail"), "orders", key="id")', [], ['bronze/orders']],
    ['a list', 'for t in ("bronze/a", "bronze/b"):\n    use(t)', ['bronze/a', 'bronze/b'], []],
    ['files and docstrings', '"""Reads bronze/a."""\nopen("gold/b.csv")', [], []],
    ['what is put together', 'job.path(f"bronze/{name}")', [], []],
    ['comments', '# spark.table("bronze.a")', [], []],
  ] as const) {
    it(`are found: ${what}`, () => assert.deepEqual(tablesOfScript(source, '/data'), { reads, writes }));
  }

  it('are found in the retail pipeline', async () => {
    const read = (name: string): Promise<string> => readFile(`pyspark/retail/${name}`, 'utf8');
    assert.deepEqual(tablesOfScript(await read('silver.py'), '/data'), {
      reads: ['bronze/orders'],
      writes: ['silver/allorders', 'silver/quarantine'],
    });
    assert.deepEqual(tablesOfScript(await read('gold.py'), '/data').reads, ['silver/allorders']);
  });

  it('are found by the root of their pipeline', () => {
    assert.deepEqual(
      tablesOfScript('spark.read.load("/lake/bronze/a"); spark.read.load("/data/bronze/b")', '/lake'),
      {
        reads: ['bronze/a'],
        writes: [],
      },
    );
  });

  it('are looked for in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        tablesOfScript(source, '/data');
      }),
    );
  });
});
