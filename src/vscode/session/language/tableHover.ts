import * as vscode from 'vscode';
import { formatBytes, formatCount } from '../../../base/format.ts';
import { joinPath } from '../../../lake/hdfsPath.ts';
import { timeAgo } from '../../ui/timeAgo.ts';
import type { LakeCatalog } from './lakeCatalog.ts';

const maxColumns = 40;

/** What a table of the lake is: rows, size, age, columns. Undefined where there is none, or it cannot be read now. */
export async function tableHover(
  catalog: LakeCatalog,
  table: string,
  range: vscode.Range,
): Promise<vscode.Hover | undefined> {
  const summary = await catalog.summary(table);
  if (!summary) return undefined;
  const { rows, bytes, lastChange, version, format, columns } = summary;
  const text = new vscode.MarkdownString('', true);
  text.appendMarkdown('$(table) **').appendText(table).appendMarkdown('**\n\n');
  const facts = [
    format === 'delta' ? 'Delta' : 'Parquet',
    rows === undefined ? '' : vscode.l10n.t('{0} rows', formatCount(rows)),
    formatBytes(bytes),
    timeAgo(lastChange, new Date(), vscode.env.language),
    version === undefined ? '' : `v${version}`,
  ];
  text.appendText(facts.filter((fact) => fact !== '').join(' · '));
  appendColumns(text, columns);
  const link = encodeURIComponent(JSON.stringify([joinPath(catalog.root, table)]));
  text
    .appendMarkdown('\n\n[')
    .appendText(vscode.l10n.t('Open Table'))
    .appendMarkdown(`](command:medallion.openTable?${link})`);
  text.isTrusted = { enabledCommands: ['medallion.openTable'] };
  return new vscode.Hover(text, range);
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
