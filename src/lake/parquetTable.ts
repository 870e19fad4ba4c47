import { WorkbenchError } from '../base/errors.ts';
import type { Field } from './dataType.ts';
import type { CancelOptions, FileSource, FileStatus } from './fileSource.ts';
import { ParquetFile, type Row } from './parquetFile.ts';
import { hivePartition, inferPartitionField, partitionValue } from './partition.ts';
import type { TableContent, TableFile } from './tableContent.ts';

/** More directories than any table of people's own; a limit for a path such as `/`. */
const maxDirectories = 10_000;

/**
 * A Parquet file, or a directory of them with Hive's partition directories (`day=2024-01-01`). As Spark does, it
 * passes over names with a dot or underscore in front, and takes the columns of one file for those of all.
 */
export async function openParquet(
  source: FileSource,
  status: FileStatus,
  options: CancelOptions,
): Promise<TableContent> {
  const { path } = status;
  const found =
    status.type === 'FILE' ? [{ status, directories: [] }] : await findFiles(source, path, options);
  const first = found[0];
  if (!first) {
    throw new WorkbenchError(
      'not-found',
      `"${path}" is no table: it has neither a Delta log nor Parquet files.`,
    );
  }
  const sample = await ParquetFile.open(source, first.status.path, first.status.length, options);
  const partitions = found.map(
    ({ directories }) => hivePartition(directories) ?? new Map<string, string | null>(),
  );
  const names = [...partitions[0]!.keys()];
  if (partitions.some((partition) => [...partition.keys()].join('/') !== names.join('/'))) {
    throw new WorkbenchError(
      'invalid',
      `"${path}" is no table: its directories do not have the same partition columns. Is it a directory of tables?`,
    );
  }
  const partitionFields = names.map((name) =>
    inferPartitionField(
      name,
      partitions.map((partition) => partition.get(name) ?? null),
    ),
  );
  const own = sample.columns().filter(({ name }) => !names.includes(name));
  const files = found.map(({ status: file }, i): TableFile => {
    const partition: Row = Object.fromEntries(
      partitionFields.map(({ name, type }) => [
        name,
        partitionValue(partitions[i]!.get(name), type, `"${file.path}"`),
      ]),
    );
    return { path: file.path, bytes: file.length, modificationTime: file.modificationTime, partition };
  });
  if (files.length === 1) files[0]!.rows = sample.rows;
  const fields: Field[] = [...own.map(nullable), ...partitionFields];
  return {
    path,
    format: 'parquet',
    lastChange: new Date(Math.max(...files.map(({ modificationTime }) => modificationTime))),
    fields,
    matching: 'name',
    partitionColumns: names,
    files,
  };
}

/** Plain files promise nothing, so Spark calls their columns nullable. */
const nullable = (field: Field): Field => ({ ...field, nullable: true });

interface FoundFile {
  status: FileStatus;
  /** Names of the directories between the table and the file. */
  directories: string[];
}

async function findFiles(source: FileSource, path: string, { signal }: CancelOptions): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const open: { path: string; directories: string[] }[] = [{ path, directories: [] }];
  for (let visited = 0; ; visited++) {
    const next = open.shift();
    if (!next) return found;
    if (visited >= maxDirectories) {
      throw new WorkbenchError('unsupported', `"${path}" has more than ${maxDirectories} directories.`);
    }
    for await (const entry of entriesOf(source, next.path, signal)) {
      const hidden = entry.name.startsWith('.') || (entry.name.startsWith('_') && !entry.name.includes('='));
      if (hidden) continue;
      if (entry.type === 'FILE') {
        // A _SUCCESS or CSV beside them is no data; an empty file is none either.
        const isParquet = /\.(parquet|parq)$/.test(entry.name) && entry.length > 0;
        if (isParquet) found.push({ status: entry, directories: next.directories });
      } else if (entry.name.indexOf('=') > 0) {
        open.push({ path: entry.path, directories: [...next.directories, entry.name] });
      }
    }
  }
}

async function* entriesOf(
  source: FileSource,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<FileStatus, void, undefined> {
  let startAfter: string | undefined;
  for (;;) {
    const { entries, remaining } = await source.list(path, { startAfter, signal });
    yield* entries;
    startAfter = entries.at(-1)?.name;
    if (remaining === 0 || startAfter === undefined) return;
  }
}
