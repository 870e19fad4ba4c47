import { compareCells, compareNumbers, isNumber, numberText } from '../../src/vscode/tables/compareCells.ts';
import type { Filter, Sort, WireCell } from '../../src/vscode/tables/tableProtocol.ts';
import { plainCellText, type CellText } from './cellText.ts';

/** What of the rows is shown, and in which order. */
export interface ViewOptions {
  sort: Sort | undefined;
  filters: readonly Filter[];
  search: string;
}

/** What a view is made from: rows that are loaded. */
export interface ViewSource {
  /** Numbers of the rows. */
  rows: readonly number[];
  columnCount: number;
  cell: (row: number, column: number) => WireCell | undefined;
  /** How the cells of a column are written. */
  writer: (column: number) => CellText;
}

export function isPlain({ sort, filters, search }: ViewOptions): boolean {
  return sort === undefined && filters.length === 0 && search === '';
}

/** Numbers of the rows that fit, in the order of `sort`; equal ones stay in their order, nulls come last either way. */
export function viewRows(source: ViewSource, { sort, filters, search }: ViewOptions): number[] {
  const tests = filters.map((filter) => filterTest(filter, source.writer(filter.column)));
  const wanted = search.toLowerCase();
  const fits = (row: number): boolean =>
    filters.every(({ column }, i) => {
      const cell = source.cell(row, column);
      return cell !== undefined && tests[i]!(cell);
    }) &&
    (wanted === '' || hasText(source, row, wanted));
  const rows = source.rows.filter(fits);
  if (!sort) return rows;
  const { column, descending } = sort;
  const keyed = rows.map((row) => ({ row, cell: source.cell(row, column) ?? null }));
  keyed.sort((a, b) => {
    if (a.cell === null || b.cell === null) return compareCells(a.cell, b.cell) || a.row - b.row;
    return (descending ? compareCells(b.cell, a.cell) : compareCells(a.cell, b.cell)) || a.row - b.row;
  });
  return keyed.map(({ row }) => row);
}

/** Whether the cell has the searched text (in small letters): as it is shown, or as plain digits. */
export function isFound(cell: WireCell, writer: CellText, wanted: string): boolean {
  if (cell === null) return false;
  if (writer.text(cell).toLowerCase().includes(wanted)) return true;
  return isNumber(cell) && numberText(cell).includes(wanted);
}

function hasText({ columnCount, cell, writer }: ViewSource, row: number, wanted: string): boolean {
  for (let column = 0; column < columnCount; column++) {
    const value = cell(row, column);
    if (value !== undefined && isFound(value, writer(column), wanted)) return true;
  }
  return false;
}

/** Says of each cell of the column whether the filter lets it through. */
export function filterTest(filter: Filter, writer: CellText): (cell: WireCell) => boolean {
  const { is, value } = filter;
  switch (is) {
    case 'null':
      return (cell) => cell === null;
    case 'notNull':
      return (cell) => cell !== null;
    case 'contains': {
      const wanted = value.toLowerCase();
      return (cell) => isFound(cell, writer, wanted);
    }
    default: {
      const compare = comparison(value, writer);
      return (cell) => {
        if (cell === null) return false;
        const order = compare(cell);
        if (order === undefined) return false;
        return is === 'equals' ? order === 0 : is === 'less' ? order < 0 : order > 0;
      };
    }
  }
}

/** How a cell stands to what the person wrote; undefined where they cannot be compared. */
function comparison(value: string, writer: CellText): (cell: Exclude<WireCell, null>) => number | undefined {
  const number = numberIn(value);
  return (cell) => {
    if (isNumber(cell)) {
      return number === undefined ? undefined : compareNumbers(numberText(cell), number);
    }
    if (typeof cell === 'object' && cell.t === 'timestamp') {
      return order(wholeTime(writer.text(cell)), wholeTime(value.trim()));
    }
    return order(plainCellText(cell, writer), value);
  };
}

/** Digits may be grouped as the page shows them in English: `1,234.5`. */
function numberIn(value: string): string | undefined {
  const text = value.trim();
  const plain = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  if (/^-?(infinity|nan)$/i.test(plain))
    return plain.toLowerCase().replace('infinity', 'Infinity').replace('nan', 'NaN');
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? plain.replace(/\.$/, '') : undefined;
}

const noTime = '0000-01-01 00:00:00.000000';

/** A time that is written in part, such as a date, filled up to its microseconds, so that times compare as text. */
function wholeTime(text: string): string {
  const time = text.replace('T', ' ').replace(/Z$/, '');
  return time.length < noTime.length && /^\d/.test(time)
    ? `${time}${time.length === 19 ? '.' : ''}${noTime.slice(time.length + (time.length === 19 ? 1 : 0))}`
    : time;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
