import * as vscode from 'vscode';
import { formatBytes, formatCount } from '../../base/format.ts';
import { joinPath } from '../../lake/hdfsPath.ts';
import { timeAgo } from '../ui/timeAgo.ts';
import type { TableSummary } from './lakeTables.ts';

const maxColumns = 40;

/** What a table below `root` is, for a hover: rows, size, age, its `columns` if they are wanted, and what opens it. */
export function tableText(
  root: string,
  table: string,
  { rows, bytes, lastChange, version, format }: TableSummary,
  columns: TableSummary['columns'] = [],
): vscode.MarkdownString {
  const text = tableTitle(table);
  const facts = [
    format === 'delta' ? 'Delta' : 'Parquet',
    rows === undefined ? '' : vscode.l10n.t('{0} rows', formatCount(rows)),
    formatBytes(bytes),
    timeAgo(lastChange, new Date(), vscode.env.language),
    version === undefined ? '' : `v${version}`,
  ];
  text.appendText(facts.filter((fact) => fact !== '').join(' · '));
  appendColumns(text, columns);
  const link = encodeURIComponent(JSON.stringify([joinPath(root, table)]));
  text
    .appendMarkdown('\n\n[')
    .appendText(vscode.l10n.t('Open Table'))
    .appendMarkdown(`](command:medallion.openTable?${link})`);
  text.isTrusted = { enabledCommands: ['medallion.openTable'] };
  return text;
}

export function tableTitle(table: string): vscode.MarkdownString {
  return new vscode.MarkdownString('', true)
    .appendMarkdown('$(table) **')
    .appendText(table)
    .appendMarkdown('**\n\n');
}

/** A line for each column. */
export function appendColumns(
  text: vscode.MarkdownString,
  columns: readonly { name: string; type: string }[],
): void {
  if (columns.length === 0) return;
  const shown = columns.slice(0, maxColumns);
  const width = Math.min(40, Math.max(...shown.map(({ name }) => name.length)));
  const lines = shown.map(({ name, type }) => `${name.padEnd(width)}  ${type}`.replace(/[\r\n]/g, ' '));
  text.appendMarkdown('\n').appendCodeblock(lines.join('\n'), 'text');
  const more = columns.length - shown.length;
  if (more > 0) text.appendText(vscode.l10n.t('{0} more columns', more));
}
