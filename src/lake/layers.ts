import { isWorkbenchError } from '../base/errors.ts';
import { ahead } from './ahead.ts';
import type { CancelOptions, FileSource, FileStatus } from './fileSource.ts';
import { joinPath } from './hdfsPath.ts';

export const layers = ['bronze', 'silver', 'gold'] as const;
export type Layer = (typeof layers)[number];

export const dataRoot = '/data';

/** Where a layer's tables lie: `/data/bronze`. */
export const layerPath = (layer: Layer): string => joinPath(dataRoot, layer);

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
export async function listTables(source: FileSource, options: CancelOptions = {}): Promise<LakeTable[]> {
  const tables: LakeTable[] = [];
  for (const layer of layers) {
    const root = layerPath(layer);
    const open = [...(await directoriesIn(source, root, options))];
    const deeper: FileStatus[] = [];
    const look = async (directory: FileStatus): Promise<[FileStatus, Look]> => [
      directory,
      await lookInto(source, directory.path, options),
    ];
    const add = (directory: FileStatus, format: LakeTable['format']): number =>
      tables.push({
        layer,
        name: directory.path.slice(root.length + 1),
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

interface Look {
  format: LakeTable['format'] | undefined;
  directories: FileStatus[];
}

async function lookInto(source: FileSource, path: string, options: CancelOptions): Promise<Look> {
  const entries = await entriesOf(source, path, options);
  const directories = entries.filter(({ type, name }) => type === 'DIRECTORY' && !/^[._]/.test(name));
  if (entries.some(({ name, type }) => name === '_delta_log' && type === 'DIRECTORY')) {
    return { format: 'delta', directories };
  }
  const parquet =
    entries.some(({ name, type }) => type === 'FILE' && /^[^._].*\.parquet$/.test(name)) ||
    directories.some(({ name }) => name.indexOf('=') > 0);
  return { format: parquet ? 'parquet' : undefined, directories };
}

async function directoriesIn(
  source: FileSource,
  path: string,
  options: CancelOptions,
): Promise<FileStatus[]> {
  const entries = await entriesOf(source, path, options);
  return entries.filter(({ type, name }) => type === 'DIRECTORY' && !/^[._]/.test(name));
}

/** The first page; empty if the directory is not there (any more). `_delta_log` sorts before lower-case names. */
async function entriesOf(source: FileSource, path: string, { signal }: CancelOptions): Promise<FileStatus[]> {
  try {
    return (await source.list(path, { signal })).entries;
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return [];
    throw error;
  }
}
