import type { Commit } from '../deltaLog.ts';
import type { CancelOptions } from '../fileSource.ts';
import type { Row } from '../parquetFile.ts';

/** `spark` and `pandas` are frames of the session. */
export type PreviewFormat = 'delta' | 'parquet' | 'csv' | 'json' | 'jsonl' | 'avro' | 'spark' | 'pandas';

export interface PreviewColumn {
  name: string;
  /** As Spark shows it: `bigint`, `array<struct<a:int>>`. Of CSV and JSON: of the first rows; a value that does not fit it is as written. */
  type: string;
  nullable: boolean;
  comment?: string;
  isPartition?: boolean;
  /** Of all rows, from the statistics that the files keep; not there where a file keeps none. */
  nullCount?: number;
  /** Bounds of all rows, as rows show values (see values.ts). Left out where they are not certain. */
  min?: unknown;
  max?: unknown;
  /** False where a writer cuts bounds short: then no value is below `min` or above `max`, and they may not occur. */
  isBoundExact?: boolean;
}

export interface RowCount {
  /** Known to be there; of a text file it grows while it is read on. */
  rows: number;
  isFinal: boolean;
  /** While it is not final: how many there may be, judged by the bytes. */
  estimate?: number;
}

export interface RowGroupFact {
  /** Path of the file that the row group is in. */
  path: string;
  /** Number of the first row within the file. */
  firstRow: number;
  rows: number;
  /** As stored, and without compression. */
  bytes: number;
  plainBytes: number;
  codecs: string[];
}

export interface PartitionFact {
  values: Row;
  files: number;
  bytes: number;
  /** Undefined if a file does not tell. */
  rows?: number;
}

export interface PreviewRowsOptions extends CancelOptions {
  /** Only these columns are read; default all. */
  columns?: readonly string[] | undefined;
}

export interface OpenPreviewOptions extends CancelOptions {
  /** Of a Delta table; default the newest. */
  version?: number | undefined;
  /** Of a CSV file; default what its first rows look like. */
  delimiter?: string | undefined;
  /** Whether the first row of a CSV file names the columns; default what it looks like. */
  header?: boolean | undefined;
}

/** A labelled value, both to be shown as they are. */
export interface Fact {
  label: string;
  value: string;
}

/**
 * One file or table, opened for looking at. What was read of it is kept within a limit, so that scrolling back is cheap.
 * All may throw `cancelled`; `conflict` if the file changed since it was opened, `not-found` if it went (open it again);
 * `unsupported` for what only Spark can read, `protocol` for damage.
 */
export interface Preview {
  readonly path: string;
  readonly format: PreviewFormat;
  /** Of CSV and JSON more may come when rows have them; never others in between. */
  readonly columns: readonly PreviewColumn[];
  readonly bytes: number;
  /** Delta's version. */
  readonly version?: number;
  readonly lastChange: Date;
  /** Sentences that a person should know: that the file is read from its start, that bytes are no UTF-8, … */
  readonly notes: readonly string[];
  rowCount(): RowCount;
  /** The rows from `start` up to `end`, fewer at the end of the data. Values are as values.ts says. */
  rows(start: number, end: number, options?: PreviewRowsOptions): Promise<Row[]>;
  facts(): Fact[];
  /** Parquet only: of the files that were opened so far. */
  rowGroups?(): RowGroupFact[];
  /** Key-value metadata of the file (Parquet, Avro). */
  metadata?(): { key: string; value: string }[];
  /** Only of tables with partition columns. */
  partitions?(): PartitionFact[];
  /** Delta only: the last commits, newest first. */
  history?(limit: number, options?: CancelOptions): Promise<Commit[]>;
}
