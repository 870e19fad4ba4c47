/** The reader of Spark for an entry. */
export type SparkFormat = 'delta' | 'parquet' | 'csv' | 'json' | 'orc' | 'avro' | 'text';

const byEnding: Readonly<Record<string, SparkFormat>> = {
  parquet: 'parquet',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  orc: 'orc',
  avro: 'avro',
};

/** By a file's name, compressed or not; anything else is text. */
export function sparkFormatOf(name: string): SparkFormat {
  const [, ending] = /\.([a-z0-9]+)(?:\.(?:gz|bz2|zst|lz4|snappy|deflate))?$/i.exec(name) ?? [];
  return byEnding[ending?.toLowerCase() ?? ''] ?? 'text';
}

/** A directory's format by the names in it: what Spark would read, for it passes over `_…` and `.…`. */
export function sparkFormatOfFolder(names: readonly string[]): SparkFormat | undefined {
  if (names.includes('_delta_log')) return 'delta';
  const first = names.find((name) => !/^[._]/.test(name));
  return first === undefined ? undefined : sparkFormatOf(first);
}

/** PySpark that reads `location` (`hdfs://host:port/path`). */
export function sparkRead(format: SparkFormat, location: string): string {
  // Delta takes its path as it is; file sources expand patterns in theirs.
  const path = pythonString(format === 'delta' ? location : location.replace(/[\\{}[\]*?]/g, '\\$&'));
  switch (format) {
    case 'delta':
    case 'avro':
      return `spark.read.format("${format}").load(${path})`;
    case 'csv': {
      const separator = /\.tsv(\.\w+)?$/i.test(location) ? ', sep="\\t"' : '';
      return `spark.read.csv(${path}, header=True${separator}, inferSchema=True)`;
    }
    default:
      return `spark.read.${format}(${path})`;
  }
}

/** JSON's escapes mean the same in Python. */
function pythonString(text: string): string {
  return JSON.stringify(text);
}
