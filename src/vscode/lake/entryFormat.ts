import type { CancelOptions } from '../../lake/fileSource.ts';
import type { WebHdfs } from '../../lake/webHdfs.ts';
import { sparkFormatOf, sparkFormatOfFolder, type SparkFormat } from './sparkRead.ts';

/** How Spark would read a file or folder; undefined for an empty folder. Looks at its first page, and into one partition. */
export async function formatOf(
  lake: WebHdfs,
  path: string,
  options: CancelOptions = {},
): Promise<SparkFormat | undefined> {
  const { type, name } = await lake.stat(path, options);
  if (type === 'FILE') return sparkFormatOf(name);
  const { entries } = await lake.list(path, options);
  const partition = entries.find((entry) => entry.type === 'DIRECTORY' && /^[^._].*=/.test(entry.name));
  const isDelta = entries.some((entry) => entry.name === '_delta_log' && entry.type === 'DIRECTORY');
  if (partition && !isDelta) return formatOf(lake, partition.path, options);
  return sparkFormatOfFolder(entries.map((entry) => (entry.type === 'FILE' || isDelta ? entry.name : '.')));
}
