import { ahead } from './ahead.ts';
import type { CancelOptions, FileSource, FileStatus } from './fileSource.ts';
import { isParquetName, type LakeTable } from './layers.ts';
import { ParquetFile } from './parquetFile.ts';
import { openTable } from './table.ts';

/** What a row of a view says of a table. */
export interface TableFacts {
  /** Undefined where only reading all of it would tell. */
  rows: number | undefined;
  bytes: number;
  files: number;
  lastChange: Date;
  /** Delta's version. */
  version: number | undefined;
}

/** A file system that sums up a directory; WebHDFS does it in one call. */
export interface SummingSource extends FileSource {
  summary(path: string, options?: CancelOptions): Promise<{ length: number; fileCount: number }>;
}

/** Above so many files, a plain Parquet table's rows are not counted: each footer is two reads. */
const maxFooters = 16;
const footersAtOnce = 4;

/**
 * What a table tells of itself at little cost: a Delta table by its log; a Parquet directory by its listing and, if it
 * is small and not partitioned, by the footers of its files. Throws as `openTable` does.
 */
export async function readTableFacts(
  source: SummingSource,
  directory: FileStatus,
  format: LakeTable['format'],
  options: CancelOptions = {},
): Promise<TableFacts> {
  if (format === 'delta' || directory.type === 'FILE') {
    const { rows, bytes, files, lastChange, version } = await openTable(source, directory.path, options);
    return { rows, bytes, files: files.length, lastChange, version };
  }
  const { entries, remaining } = await source.list(directory.path, options);
  const files = entries.filter(
    ({ type, name, length }) => type === 'FILE' && isParquetName(name) && length > 0,
  );
  const isFlat =
    remaining === 0 && !entries.some(({ type, name }) => type === 'DIRECTORY' && name.includes('='));
  if (!isFlat) {
    const { length, fileCount } = await source.summary(directory.path, options);
    return {
      rows: undefined,
      bytes: length,
      files: fileCount,
      lastChange: latest([directory, ...entries]),
      version: undefined,
    };
  }
  let rows: number | undefined;
  if (files.length <= maxFooters) {
    rows = 0;
    const open = ({ path, length }: FileStatus): Promise<ParquetFile> =>
      ParquetFile.open(source, path, length, options);
    for await (const file of ahead(files, footersAtOnce, open)) rows += file.rows;
  }
  const bytes = files.reduce((sum, { length }) => sum + length, 0);
  return { rows, bytes, files: files.length, lastChange: latest(files), version: undefined };
}

function latest(entries: readonly FileStatus[]): Date {
  return new Date(entries.reduce((time, { modificationTime }) => Math.max(time, modificationTime), 0));
}
