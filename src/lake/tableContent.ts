import type { Field } from './dataType.ts';
import type { Commit } from './deltaLog.ts';
import type { CancelOptions } from './fileSource.ts';
import type { Row } from './parquetFile.ts';
import type { Matching } from './parquetSchema.ts';

export interface TableFile {
  path: string;
  bytes: number;
  /** Unknown where the writer kept no statistics, and for plain Parquet. */
  rows?: number;
  /** Milliseconds since 1970. */
  modificationTime: number;
  /** Values of the partition columns. */
  partition: Row;
  /** What a Delta log says of the file's values, as JSON; only where it was asked for. */
  statistics?: string;
}

/** What the two formats tell of a table. */
export interface TableContent {
  path: string;
  format: 'delta' | 'parquet';
  version?: number;
  lastChange: Date;
  fields: readonly Field[];
  matching: Matching;
  partitionColumns: string[];
  /** In the order in which rows are read. */
  files: TableFile[];
  /** Of a Delta table, such as `delta.columnMapping.mode`. */
  properties?: Record<string, string | null>;
  transactions?: ReadonlyMap<string, number>;
  history?: (limit: number, options: CancelOptions) => Promise<Commit[]>;
}
