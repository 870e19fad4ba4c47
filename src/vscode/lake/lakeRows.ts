import * as vscode from 'vscode';
import { describeError } from '../../base/errors.ts';
import { formatBytes, formatCount, plainText } from '../../base/format.ts';
import type { FileStatus } from '../../lake/fileSource.ts';
import { isParquetName } from '../../lake/layers.ts';
import type { TableFacts } from '../../lake/tableFacts.ts';
import { timeAgo } from '../ui/timeAgo.ts';
import type { LakeEntry } from './lakeEntry.ts';

/** A file, folder or table. */
export interface EntryRow extends LakeEntry {
  row: 'entry';
  /** Kept over readings, so that the view keeps what is open and selected. */
  id: string;
  name: string;
  /** `layer` and `all`: the rows that are always there. */
  fixed?: 'layer' | 'all' | undefined;
  inTable: boolean;
  status?: FileStatus | undefined;
  /** How many tables a layer has, once it was read. */
  count?: string | undefined;
  /** Tells whether the facts are of now. */
  changedAt?: number | undefined;
  facts?: TableFacts | undefined;
  factsError?: unknown;
}

/** Shows another page of a folder. */
export interface MoreRow {
  row: 'more';
  folder: EntryRow;
  remaining: number | undefined;
}

/** Says what is wrong or missing; a click does something about it. */
export interface NoteRow {
  row: 'note';
  folder: EntryRow | undefined;
  text: string;
  icon: string;
  command?: vscode.Command | undefined;
}

export type LakeRow = EntryRow | MoreRow | NoteRow;

export interface ItemOptions {
  now: Date;
  freshForMinutes: number;
  /** BCP 47. */
  language: string;
}

const { TreeItem, TreeItemCollapsibleState: State, ThemeIcon, ThemeColor } = vscode;

export function lakeItem(row: LakeRow, options: ItemOptions): vscode.TreeItem {
  if (row.row === 'more') return moreItem(row);
  if (row.row === 'note') return noteItem(row);
  const item = new TreeItem(plainText(row.name), row.kind === 'file' ? State.None : State.Collapsed);
  item.id = row.id;
  item.contextValue = contextOf(row);
  if (row.fixed) {
    item.iconPath = new ThemeIcon(row.fixed === 'layer' ? 'layers' : 'files');
    if (row.fixed === 'layer') item.collapsibleState = State.Expanded;
    if (row.count !== undefined) item.description = row.count;
    return item;
  }
  // The label's own icon, colour and drag come from the URI.
  item.resourceUri = row.uri;
  if (row.kind === 'table') {
    item.iconPath = tableIcon(row, options);
    item.description = tableText(row, options);
  } else if (row.kind === 'folder') {
    item.iconPath = ThemeIcon.Folder;
  } else {
    item.iconPath = ThemeIcon.File;
    item.description = row.status ? formatBytes(row.status.length) : '';
  }
  const command = openCommand(row);
  if (command) item.command = command;
  return item;
}

/** Made only for the row that the pointer is on. */
export function lakeTooltip(row: EntryRow, options: ItemOptions): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**');
  text.appendText(row.name);
  text.appendMarkdown('**\n\n');
  const lines = [row.path, ...factLines(row, options), ...statusLines(row, options)];
  for (const line of lines) {
    text.appendText(line);
    text.appendMarkdown('  \n');
  }
  return text;
}

/** Whether a table has not changed for longer than the user calls fresh. */
export function isStale({ facts }: EntryRow, { now, freshForMinutes }: ItemOptions): boolean {
  return facts !== undefined && now.getTime() - facts.lastChange.getTime() > freshForMinutes * 60_000;
}

function contextOf(row: EntryRow): string {
  const words = ['entry'];
  if (row.fixed) words.push('fixed');
  if (row.kind === 'table') words.push('table', row.table?.format ?? 'parquet', 'readable');
  if (row.kind !== 'file') words.push('folder');
  else words.push('file');
  if (row.kind === 'file' && /\.(parquet|parq|csv|json|jsonl|ndjson|txt|text|log|orc|avro)$/i.test(row.name))
    words.push('readable');
  if (row.kind === 'file' && isParquetName(row.name)) words.push('table', 'parquet');
  return `;${words.join(';')};`;
}

function openCommand(row: EntryRow): vscode.Command | undefined {
  if (row.kind === 'table' || (row.kind === 'file' && isParquetName(row.name)))
    return { command: 'medallion.openTable', title: vscode.l10n.t('Open Table'), arguments: [row] };
  if (row.kind === 'folder') return undefined;
  return { command: 'vscode.open', title: vscode.l10n.t('Open File'), arguments: [row.uri] };
}

function tableIcon(row: EntryRow, options: ItemOptions): vscode.ThemeIcon {
  if (row.factsError !== undefined) return new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
  return new ThemeIcon('table', isStale(row, options) ? new ThemeColor('disabledForeground') : undefined);
}

function tableText(row: EntryRow, options: ItemOptions): string {
  const { facts } = row;
  if (row.factsError !== undefined) return vscode.l10n.t('could not be read');
  if (!facts) return '';
  const ago = timeAgo(facts.lastChange, options.now, options.language);
  return [
    facts.rows === undefined ? undefined : rowsText(facts.rows),
    isStale(row, options) ? vscode.l10n.t('stale, {0}', ago) : ago,
    formatBytes(facts.bytes),
    facts.version === undefined ? undefined : `v${facts.version}`,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

export function rowsText(rows: number): string {
  return rows === 1 ? vscode.l10n.t('1 row') : vscode.l10n.t('{0} rows', formatCount(rows));
}

/** `1.2 MB in 3 files`. */
export function sizeText(bytes: number, files: number): string {
  return files === 1
    ? vscode.l10n.t('{0} in 1 file', formatBytes(bytes))
    : vscode.l10n.t('{0} in {1} files', formatBytes(bytes), formatCount(files));
}

function factLines(row: EntryRow, options: ItemOptions): string[] {
  const { facts, factsError, table } = row;
  if (factsError !== undefined) return [describeError(factsError)];
  if (!facts) return [];
  const format = table?.format === 'delta' ? 'Delta' : 'Parquet';
  const changed = dateText(facts.lastChange, options.language);
  return [
    facts.version === undefined ? format : vscode.l10n.t('{0}, version {1}', format, facts.version),
    ...(facts.rows === undefined ? [] : [rowsText(facts.rows)]),
    sizeText(facts.bytes, facts.files),
    isStale(row, options)
      ? vscode.l10n.t(
          'Last change: {0}; stale, for it is more than {1} minutes ago',
          changed,
          options.freshForMinutes,
        )
      : vscode.l10n.t('Last change: {0}', changed),
  ];
}

function statusLines({ status, kind, facts }: EntryRow, { language }: ItemOptions): string[] {
  if (!status) return [];
  const changed = dateText(new Date(status.modificationTime), language);
  return [
    ...(kind === 'file'
      ? [vscode.l10n.t('{0}, {1} copies', formatBytes(status.length), status.replication)]
      : []),
    ...(facts ? [] : [vscode.l10n.t('Last change: {0}', changed)]),
    vscode.l10n.t('Owner {0}, group {1}, permission {2}', status.owner, status.group, status.permission),
  ];
}

export function dateText(date: Date, language: string): string {
  return date.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium' });
}

function moreItem(row: MoreRow): vscode.TreeItem {
  const item = new TreeItem(vscode.l10n.t('Load More'));
  if (row.remaining !== undefined) item.description = vscode.l10n.t('{0} left', formatCount(row.remaining));
  item.id = `${row.folder.id}\nmore`;
  item.iconPath = new ThemeIcon('ellipsis');
  item.contextValue = ';more;';
  item.command = { command: 'medallion.loadMore', title: vscode.l10n.t('Load More'), arguments: [row] };
  return item;
}

function noteItem(row: NoteRow): vscode.TreeItem {
  const item = new TreeItem(plainText(row.text));
  item.iconPath = new ThemeIcon(row.icon);
  item.tooltip = row.text;
  item.contextValue = ';note;';
  if (row.command) item.command = row.command;
  return item;
}
