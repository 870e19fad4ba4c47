import { isWorkbenchError } from '../base/errors.ts';
import { ahead } from './ahead.ts';
import type { CancelOptions, FileSource, FileStatus } from './fileSource.ts';
import { joinPath, pathBelow } from './hdfsPath.ts';
import { statIfThere } from './statIfThere.ts';

export const layers = ['bronze', 'silver', 'gold'] as const;
export type Layer = (typeof layers)[number];

export const dataRoot = '/data';

/** Where a layer's tables lie: `/data/bronze`. */
export const layerPath = (layer: Layer, root: string = dataRoot): string => joinPath(root, layer);

export interface LakeTable {
  layer: Layer;
  /** Below the layer: `orders`, `quarantine/orders`. */
  name: string;
  path: string;
  format: 'delta' | 'parquet';
  modificationTime: number;
}

const atOnce = 8;

/**
 * The tables of the three layers, by layer and name. A directory is known by its first page of entries; quarantine and
 * other directories that are no tables are looked into one level deep.
 */
export async function listTables(
  source: FileSource,
  lakeRoot: string = dataRoot,
  options: CancelOptions = {},
): Promise<LakeTable[]> {
  const tables: LakeTable[] = [];
  for (const layer of layers) {
    const root = layerPath(layer, lakeRoot);
    const open = (await entriesOf(source, root, options)).filter(mayBeTable);
    const deeper: FileStatus[] = [];
    const look = async (directory: FileStatus): Promise<[FileStatus, Look]> => [
      directory,
      await lookInto(source, directory, options),
    ];
    const add = (directory: FileStatus, format: LakeTable['format']): number =>
      tables.push({
        layer,
        name: pathBelow(directory.path, root),
        path: directory.path,
        format,
        modificationTime: directory.modificationTime,
      });
    for await (const [directory, { format, directories }] of ahead(open, atOnce, look)) {
      if (format) add(directory, format);
      else deeper.push(...directories);
    }
    for await (const [directory, { format }] of ahead(deeper, atOnce, look))
      if (format) add(directory, format);
  }
  return tables;
}

/** What the first entries of a directory tell. */
export interface Look {
  /** Undefined: it is no table. */
  format: LakeTable['format'] | undefined;
  /** Changes with each commit of a Delta table, and with each file beside the others. */
  changedAt: number;
  /** Where tables may lie if it is none itself. */
  directories: FileStatus[];
}

/** Whether a directory is a table. Asks for its Delta log first, since a table may have any number of files. */
export async function lookInto(
  source: FileSource,
  directory: FileStatus,
  options: CancelOptions = {},
): Promise<Look> {
  const { path, modificationTime } = directory;
  const none: Look = { format: undefined, changedAt: modificationTime, directories: [] };
  const log = await statIfThere(source, joinPath(path, '_delta_log'), options);
  if (log?.type === 'DIRECTORY') return { format: 'delta', changedAt: log.modificationTime, directories: [] };
  const entries = await entriesOf(source, path, options);
  const directories = entries.filter(mayBeTable);
  const isParquet =
    entries.some(({ name, type }) => type === 'FILE' && isParquetName(name)) ||
    directories.some(({ name }) => name.indexOf('=') > 0);
  return { ...none, format: isParquet ? 'parquet' : undefined, directories };
}

/** Whether a directory may be a table by its name: Spark passes over those with a dot or underscore in front. */
export const mayBeTable = ({ type, name }: FileStatus): boolean =>
  type === 'DIRECTORY' && !/^[._]/.test(name);

/** Whether a file is one that readers of Parquet take. */
export const isParquetName = (name: string): boolean => /^[^._].*\.(parquet|parq)$/.test(name);

/** The first page; empty if the directory is not there (any more). */
async function entriesOf(source: FileSource, path: string, { signal }: CancelOptions): Promise<FileStatus[]> {
  try {
    return (await source.list(path, { signal })).entries;
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return [];
    throw error;
  }
}
