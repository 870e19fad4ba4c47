import { equal } from 'node:assert/strict';
import { sparkFormatOf, sparkFormatOfFolder, sparkRead } from '../../../../src/vscode/lake/sparkRead.ts';

describe('copy as spark.read', () => {
  it('knows a file by its name', () => {
    for (const [name, format] of [
      ['part-0.snappy.parquet', 'parquet'],
      ['a.csv', 'csv'],
      ['A.CSV.GZ', 'csv'],
      ['b.tsv', 'csv'],
      ['c.jsonl.zst', 'json'],
      ['d.orc', 'orc'],
      ['e.avro', 'avro'],
      ['f.log', 'text'],
      ['g', 'text'],
      ['h.gz', 'text'],
    ]) {
      equal(sparkFormatOf(name!), format, name);
    }
  });

  it('knows a folder by what is in it, as Spark does', () => {
    equal(sparkFormatOfFolder(['_delta_log', 'part-0.parquet']), 'delta');
    equal(sparkFormatOfFolder(['_SUCCESS', '.x.crc', 'part-0.csv']), 'csv');
    equal(sparkFormatOfFolder(['_SUCCESS']), undefined);
  });

  it('writes Python that reads it', () => {
    const at = 'hdfs://127.0.0.1:8020/data';
    equal(sparkRead('delta', `${at}/gold/x`), `spark.read.format("delta").load("${at}/gold/x")`);
    equal(sparkRead('parquet', `${at}/p`), `spark.read.parquet("${at}/p")`);
    equal(sparkRead('csv', `${at}/p.csv`), `spark.read.csv("${at}/p.csv", header=True, inferSchema=True)`);
    equal(
      sparkRead('csv', `${at}/p.tsv.gz`),
      `spark.read.csv("${at}/p.tsv.gz", header=True, sep="\\t", inferSchema=True)`,
    );
  });

  it('escapes what Python or a pattern of Spark would take for something else', () => {
    equal(sparkRead('text', 'hdfs://h/a"b\nc'), 'spark.read.text("hdfs://h/a\\"b\\nc")');
    equal(
      sparkRead('json', 'hdfs://h/[a]*{b}?'),
      'spark.read.json("hdfs://h/\\\\[a\\\\]\\\\*\\\\{b\\\\}\\\\?")',
    );
    equal(sparkRead('delta', 'hdfs://h/[a]'), 'spark.read.format("delta").load("hdfs://h/[a]")');
  });
});
