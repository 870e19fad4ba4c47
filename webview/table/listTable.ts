import type { WireCell } from '../../src/vscode/tables/tableProtocol.ts';
import { make } from '../shared/elements.ts';
import { CellText, type CellStyle } from './cellText.ts';

export interface ListTable {
  caption: string;
  heads: readonly { title: string; isNumeric: boolean }[];
  rows: readonly (readonly (WireCell | Node)[])[];
  style: CellStyle;
}

/** A small table, all of it elements. */
export function listTable({ caption, heads, rows, style }: ListTable): HTMLElement {
  const writer = new CellText('', style);
  const head = heads.map(({ title, isNumeric }) =>
    make('th', { scope: 'col', class: isNumeric ? 'number' : undefined }, title),
  );
  const body = rows.map((row) =>
    make(
      'tr',
      {},
      ...row.map((cell, i) => {
        const isNumeric = heads[i]?.isNumeric === true;
        if (cell instanceof Node) return make('td', { class: isNumeric ? 'number' : undefined }, cell);
        const text = writer.text(cell);
        const classes = [cell === null ? 'null' : '', isNumeric ? 'number' : ''].join(' ').trim();
        return make('td', { class: classes === '' ? undefined : classes, title: text }, text);
      }),
    ),
  );
  return make(
    'table',
    {},
    make('caption', { class: 'unseen' }, caption),
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...body),
  );
}
