import * as vscode from 'vscode';
import { describeError, isWorkbenchError } from '../../base/errors.ts';
import { formatBytes, formatCount, plainText } from '../../base/format.ts';
import type { FileStatus, WebHdfs } from '../../lake/webHdfs.ts';
import { formatOf } from './entryFormat.ts';
import { permissionText } from './permissions.ts';
import type { Property } from './properties.ts';

export interface PropertiesOptions {
  signal?: AbortSignal | undefined;
  /** HDFS reads the whole file for it. */
  checksum?: boolean | undefined;
}

/** So many blocks are listed one by one. */
const maxBlocks = 100;

/** What HDFS knows of a file or folder, and what its log or footers tell of a table. */
export async function entryProperties(
  lake: WebHdfs,
  path: string,
  { signal, checksum = false }: PropertiesOptions,
): Promise<Property[]> {
  const status = await lake.stat(path, { signal });
  const isFolder = status.type === 'DIRECTORY';
  return [
    [vscode.l10n.t('Kind'), isFolder ? vscode.l10n.t('Folder') : vscode.l10n.t('File')],
    [vscode.l10n.t('Path for Spark'), lake.address.fileSystem + plainText(path)],
    [vscode.l10n.t('Owner'), plainText(status.owner)],
    [vscode.l10n.t('Group'), plainText(status.group)],
    [vscode.l10n.t('Permission'), `${permissionText(status.permission)} (${status.permission})`],
    [vscode.l10n.t('Modified'), new Date(status.modificationTime).toISOString()],
    ...(isFolder
      ? await folderProperties(lake, path, signal)
      : await fileProperties(lake, status, checksum, signal)),
    ...(await tableProperties(lake, path, signal)),
  ];
}

function bytesText(bytes: number): string {
  return bytes < 1000
    ? vscode.l10n.t('{0} bytes', bytes)
    : vscode.l10n.t('{0} ({1} bytes)', formatBytes(bytes), formatCount(bytes));
}

async function folderProperties(
  lake: WebHdfs,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Property[]> {
  const sum = await lake.summary(path, { signal });
  const most = (quota: number, text: (n: number) => string): string =>
    quota < 0 ? vscode.l10n.t('none') : text(quota);
  return [
    [vscode.l10n.t('All that is in it')],
    // HDFS counts the folder itself, too.
    [vscode.l10n.t('Folders'), formatCount(Math.max(0, sum.directoryCount - 1))],
    [vscode.l10n.t('Files'), formatCount(sum.fileCount)],
    [vscode.l10n.t('Size'), bytesText(sum.length)],
    [vscode.l10n.t('On the disks'), bytesText(sum.spaceConsumed)],
    [vscode.l10n.t('Quota of names'), most(sum.quota, formatCount)],
    [vscode.l10n.t('Quota of space'), most(sum.spaceQuota, bytesText)],
  ];
}

async function fileProperties(
  lake: WebHdfs,
  { path, length, replication, blockSize }: FileStatus,
  checksum: boolean,
  signal: AbortSignal | undefined,
): Promise<Property[]> {
  const blocks = await lake.blocks(path, { signal });
  const properties: Property[] = [
    [vscode.l10n.t('Size'), bytesText(length)],
    [vscode.l10n.t('Replication'), String(replication)],
    [vscode.l10n.t('Block size'), bytesText(blockSize)],
  ];
  if (checksum) {
    const { algorithm, bytes } = await lake.checksum(path, { signal });
    properties.push([vscode.l10n.t('Checksum'), plainText(`${bytes} (${algorithm})`)]);
  }
  properties.push([vscode.l10n.t('Blocks ({0})', formatCount(blocks.length))]);
  for (const [n, block] of blocks.slice(0, maxBlocks).entries()) {
    const where = plainText(block.names.join(', ')) || vscode.l10n.t('no DataNode has it');
    const damaged = block.corrupt ? `, ${vscode.l10n.t('damaged')}` : '';
    const types = [...new Set(block.storageTypes)].join(', ');
    properties.push([
      `${n + 1}`,
      `${bytesText(block.length)}: ${where}${types ? ` (${plainText(types)})` : ''}${damaged}`,
    ]);
  }
  if (blocks.length > maxBlocks) {
    properties.push(['…', vscode.l10n.t('{0} more', formatCount(blocks.length - maxBlocks))]);
  }
  return properties;
}

async function tableProperties(
  lake: WebHdfs,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Property[]> {
  const format = await formatOf(lake, path, { signal });
  if (format !== 'delta' && format !== 'parquet') return [];
  const heading: Property = [vscode.l10n.t('Table')];
  try {
    const { openTable } = await import('../../lake/table.ts');
    const table = await openTable(lake, path, { signal });
    return [
      heading,
      [
        vscode.l10n.t('Format'),
        table.version === undefined
          ? 'Parquet'
          : vscode.l10n.t('Delta, version {0}', formatCount(table.version)),
      ],
      [
        vscode.l10n.t('Rows'),
        table.rows === undefined ? vscode.l10n.t('not known') : formatCount(table.rows),
      ],
      [vscode.l10n.t('Data files'), formatCount(table.files.length)],
      [vscode.l10n.t('Size of the data'), bytesText(table.bytes)],
      [vscode.l10n.t('Last change'), table.lastChange.toISOString()],
      [
        vscode.l10n.t('Partitioned by'),
        plainText(table.partitionColumns.join(', ')) || vscode.l10n.t('nothing'),
      ],
      [vscode.l10n.t('Columns ({0})', table.columns.length)],
      ...table.columns.map(({ name, type, nullable, comment }): Property => [
        plainText(name),
        plainText(`${type}${nullable ? '' : ' not null'}${comment ? `  -- ${comment}` : ''}`),
      ]),
    ];
  } catch (error) {
    if (isWorkbenchError(error, 'cancelled')) throw error;
    // What HDFS knows is true all the same.
    return [heading, [vscode.l10n.t('Not readable'), plainText(describeError(error))]];
  }
}
