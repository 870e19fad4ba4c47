import { WorkbenchError } from '../../base/errors.ts';
import type { FileSource, FileStatus } from '../fileSource.ts';
import { openTable } from '../table.ts';
import { AvroPreview } from './avroPreview.ts';
import { GzipChunks, PlainChunks, type ByteChunks } from './byteChunks.ts';
import { CsvPreview } from './csvPreview.ts';
import { JsonDocumentPreview, JsonLinesPreview, hasJsonLines } from './jsonPreview.ts';
import type { OpenPreviewOptions, Preview } from './preview.ts';
import { TablePreview } from './tablePreview.ts';
import { WatchedFile } from './watchedFile.ts';

/** Names of files that can be looked at, by what they end with. */
const endings: [RegExp, Kind][] = [
  [/\.(parquet|parq)$/i, 'parquet'],
  [/\.(csv|tsv)$/i, 'csv'],
  [/\.(csv|tsv)\.gz$/i, 'csv.gz'],
  [/\.json$/i, 'json'],
  [/\.json\.gz$/i, 'json.gz'],
  [/\.(jsonl|ndjson)$/i, 'jsonl'],
  [/\.(jsonl|ndjson)\.gz$/i, 'jsonl.gz'],
  [/\.avro$/i, 'avro'],
  [/\.orc$/i, 'orc'],
];

type Kind = 'parquet' | 'csv' | 'csv.gz' | 'json' | 'json.gz' | 'jsonl' | 'jsonl.gz' | 'avro' | 'orc';

/** What files of a format begin with. */
const beginnings: [string, Kind][] = [
  ['PAR1', 'parquet'],
  ['Obj\x01', 'avro'],
  ['ORC', 'orc'],
];

/**
 * Opens a table (Delta, Parquet, or a directory of Parquet files) or a file by its path. The format is told by the name, or
 * else by the first bytes. Throws `not-found`; `unsupported` for what is not shown here, with what to do instead;
 * `protocol` for damage; `invalid` if a version is asked of what has none.
 */
export async function openPreview(
  source: FileSource,
  path: string,
  options: OpenPreviewOptions = {},
): Promise<Preview> {
  const { signal } = options;
  const clean = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const status = await source.stat(clean, { signal });
  const kind = status.type === 'DIRECTORY' ? 'parquet' : await kindOf(source, status, options);
  if (kind === 'parquet') {
    const { version } = options;
    return TablePreview.open(
      source,
      await openTable(source, clean, { version, signal, statistics: true }),
      options,
    );
  }
  if (options.version !== undefined) {
    throw new WorkbenchError('invalid', `"${clean}" is not a Delta table, so it has no versions.`);
  }
  const file = new WatchedFile(source, status);
  const isPacked = kind.endsWith('.gz');
  const chunks = (): ByteChunks => (isPacked ? new GzipChunks(file) : new PlainChunks(file));
  switch (kind) {
    case 'csv':
    case 'csv.gz':
      return CsvPreview.open(file, chunks(), isPacked, options);
    case 'jsonl':
    case 'jsonl.gz':
      return JsonLinesPreview.open(file, chunks(), isPacked, options);
    case 'json':
    case 'json.gz': {
      const content = chunks();
      return (await hasJsonLines(file, content, options))
        ? JsonLinesPreview.open(file, content, isPacked, options)
        : JsonDocumentPreview.open(file, content, options);
    }
    case 'avro':
      return AvroPreview.open(file, options);
    case 'orc':
      throw new WorkbenchError(
        'unsupported',
        `"${clean}" is an ORC file, which is read through Spark: spark.read.orc("${clean}").show()`,
      );
  }
}

async function kindOf(source: FileSource, status: FileStatus, { signal }: OpenPreviewOptions): Promise<Kind> {
  const named = endings.find(([ending]) => ending.test(status.name));
  if (named) return named[1];
  const first = (await source.read(status.path, { length: 4, signal })).toString('latin1');
  const begun = beginnings.find(([beginning]) => first.startsWith(beginning));
  if (begun) return begun[1];
  throw new WorkbenchError(
    'unsupported',
    `"${status.path}" is no table: tables are Delta, Parquet, CSV, TSV, JSON, JSONL (these four with .gz too) and Avro.`,
  );
}
