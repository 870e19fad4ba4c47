import type { Row } from '../../lake/table.ts';
import { exactText } from './wireCell.ts';

export type CopyFormat = 'tsv' | 'csv' | 'markdown';

/** Rows as text for the clipboard, with all digits and whole texts; TSV goes without a head, as spreadsheets copy. */
export function selectionText(columns: readonly string[], rows: readonly Row[], format: CopyFormat): string {
  const cells = rows.map((row) => columns.map((name) => row[name]));
  switch (format) {
    case 'tsv':
      return cells.map((row) => row.map((value) => tsvField(exactText(value))).join('\t')).join('\n');
    case 'csv':
      return [columns.map(csvField), ...cells.map((row) => row.map(csvValue))]
        .map((fields) => `${fields.join(',')}\r\n`)
        .join('');
    case 'markdown':
      return markdown(columns, cells);
  }
}

/** RFC 4180. An empty text is quoted, so that it differs from null. */
function csvValue(value: unknown): string {
  return value === '' ? '""' : csvField(exactText(value));
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? quoted(text) : text;
}

function tsvField(text: string): string {
  return /[\t"\r\n]/.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function markdown(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const isNumeric = columns.map((_name, i) =>
    rows.every((row) => row[i] === null || typeof row[i] === 'number' || typeof row[i] === 'bigint'),
  );
  const line = (fields: readonly string[]): string => `| ${fields.join(' | ')} |\n`;
  return [
    line(columns.map(markdownField)),
    line(isNumeric.map((right) => (right ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((value) => markdownField(exactText(value))))),
  ].join('');
}

/** On one line, and nothing in it is markup. */
function markdownField(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#~&!]/g, (character) => `\\${character}`).replace(/\r\n|\r|\n/g, ' ');
}
