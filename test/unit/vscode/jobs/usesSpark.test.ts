import { equal } from 'node:assert/strict';
import { usesSpark } from '../../../../src/vscode/jobs/usesSpark.ts';

describe('Whether a script uses Spark', () => {
  for (const source of [
    'from pyspark.sql import functions as F\n',
    'import os\nimport pyspark\n',
    'from medallion import table\n',
    'def main():\n    from pyspark.sql import SparkSession\n',
    'import delta\n',
    'spark = SparkSession.builder.getOrCreate()\n',
  ]) {
    it(`yes: ${JSON.stringify(source)}`, () => equal(usesSpark(source), true));
  }

  for (const source of [
    'print("hello")\n',
    'import pysparkling\n',
    '# import of SparkSession comes later\n',
    'from deltalake import DeltaTable\n',
    '',
  ]) {
    it(`no: ${JSON.stringify(source)}`, () => equal(usesSpark(source), false));
  }
});
