import * as l10n from '@vscode/l10n';
import type { ShownTable, TableCell } from '../../src/vscode/session/results/resultsProtocol.ts';
import type { WireCell } from '../../src/vscode/tables/tableProtocol.ts';
import { button } from '../shared/controls.ts';
import { make } from '../shared/elements.ts';
import { CellText, isNumericType, oneLine } from '../table/cellText.ts';
import { shortType } from '../table/columnHead.ts';
import { columnWidth } from '../table/columnSizes.ts';
import { Grid } from '../table/grid.ts';
import { rowPx, shownCell } from '../table/gridRows.ts';
import { measureText } from '../table/measureText.ts';

export interface TableOutputOptions {
  table: ShownTable;
  language: string;
  copy: (text: string) => void;
  openTable: (name: string) => void;
  chartTable: (name: string) => void;
}

const headPx = 40;
const scrollBarPx = 14;
const maxRowsInSight = 12;
const fittedRows = 50;

/** The first rows of a data frame as the grid that tables have. */
export class TableOutput {
  readonly element: HTMLElement;
  readonly #o: TableOutputOptions;
  readonly #grid: Grid;
  readonly #writers: CellText[];
  readonly #whole = make('pre', { class: 'whole-cell', tabindex: 0, hidden: true });

  constructor(options: TableOutputOptions) {
    this.#o = options;
    const { table, language } = options;
    const { columns, rows } = table;
    // Times are texts already.
    this.#writers = columns.map(({ type }) => new CellText(type, { language, zone: 'UTC' }));
    this.#grid = new Grid({
      label: table.name === null ? l10n.t('Rows') : l10n.t('Rows of {0}', table.name),
      columnCount: columns.length,
      rowNumber: (row) => row + 1,
      cell: (row, column) => {
        const cell = this.#cell(row, column);
        return shownCell(
          cell,
          (value) => this.#writers[column]!.text(value),
          () => false,
        );
      },
      isNumeric: (column) => isNumeric(columns[column]!.type),
      fillHead: (column, head) => this.#fillHead(column, head),
      shows: () => {},
      sort: () => {},
      openMenu: () => {},
      openCell: ({ row, column }) => this.#showWhole(row, column),
      moved: () => void (this.#whole.hidden = true),
      scrolled: () => {},
      resized: () => {},
      fit: (column) => this.#fit(column),
      copy: () => this.#copySelected(),
    });
    const place = make('div', { class: 'grid-place' }, this.#grid.element);
    place.style.height = `${headPx + Math.min(maxRowsInSight, rows.length) * rowPx + scrollBarPx}px`;
    this.element = make('div', { class: 'output table' }, this.#foot(), place, this.#whole);
    this.#grid.setWidths(columns.map((_column, i) => this.#fit(i)));
    this.#grid.setRows(rows.length);
  }

  dispose(): void {
    this.#grid.dispose();
  }

  #foot(): HTMLElement {
    const { table, openTable, chartTable } = this.#o;
    const { name } = table;
    const actions = [button(l10n.t('Copy'), () => this.#copyAll())];
    if (name !== null) {
      actions.push(
        button(l10n.t('Open in Table Preview'), () => openTable(name)),
        button(l10n.t('Chart This'), () => chartTable(name)),
      );
    }
    return make(
      'div',
      { class: 'table-head' },
      make('span', { class: 'dim' }, countsText(table, this.#o.language)),
      make('div', { class: 'actions' }, ...actions),
    );
  }

  #cell(row: number, column: number): WireCell | undefined {
    const cell = this.#o.table.rows[row]?.[column];
    return cell === undefined ? null : wireCell(cell, this.#o.table.columns[column]!.type);
  }

  #fillHead(column: number, head: HTMLElement): void {
    const { name, type } = this.#o.table.columns[column]!;
    head.replaceChildren(
      make(
        'span',
        { class: 'head-line' },
        make('span', { class: 'head-name' }, name === '' ? l10n.t('(no name)') : oneLine(name)),
      ),
      make('span', { class: 'head-type' }, make('span', {}, shortType(type))),
      make('span', { class: 'head-edge', 'aria-hidden': 'true' }),
    );
    head.title = `${name}: ${type}`;
  }

  #fit(column: number): number {
    const { name, type } = this.#o.table.columns[column]!;
    const writer = this.#writers[column]!;
    const rows = Math.min(fittedRows, this.#o.table.rows.length);
    const cells = Array.from({ length: rows }, (_x, row) => writer.text(this.#cell(row, column) ?? null));
    return columnWidth({ name, below: shortType(type), cells }, measureText);
  }

  /** A cell is as wide as its column; below the grid is all of it. */
  #showWhole(row: number, column: number): void {
    const cell = this.#o.table.rows[row]?.[column] ?? null;
    this.#whole.textContent = plainCell(cell);
    this.#whole.hidden = false;
    this.#whole.setAttribute('aria-label', this.#o.table.columns[column]!.name);
    this.#whole.setAttribute('role', 'group');
  }

  #copySelected(): void {
    const { top, bottom, left, right } = this.#grid.selection.rectangle;
    const rows = this.#o.table.rows.slice(top, bottom + 1);
    this.#o.copy(
      rows
        .map((row) =>
          row
            .slice(left, right + 1)
            .map(tabless)
            .join('\t'),
        )
        .join('\n'),
    );
  }

  #copyAll(): void {
    const { columns, rows } = this.#o.table;
    const head = columns.map(({ name }) => tabless(name)).join('\t');
    this.#o.copy([head, ...rows.map((row) => row.map(tabless).join('\t'))].join('\n'));
  }
}

function countsText({ columns, rows, more, rowCount }: ShownTable, language: string): string {
  const count = (n: number): string => n.toLocaleString(language);
  const wide = columns.length === 1 ? l10n.t('1 column') : l10n.t('{0} columns', count(columns.length));
  if (!more) {
    const high = rows.length === 1 ? l10n.t('1 row') : l10n.t('{0} rows', count(rows.length));
    return `${high} · ${wide}`;
  }
  const high =
    rowCount === null
      ? l10n.t('The first {0} rows', count(rows.length))
      : l10n.t('The first {0} of {1} rows', count(rows.length), count(rowCount));
  return `${high} · ${wide}`;
}

/** Also of pandas, which has names of its own. */
function isNumeric(type: string): boolean {
  return isNumericType(type) || /^u?int\d+$|^float\d+$|^U?Int\d+$|^Float\d+$/.test(type);
}

function wireCell(cell: TableCell, type: string): WireCell {
  if (typeof cell !== 'string' || !isNumeric(type)) return cell;
  // All digits of what a number of JSON does not hold.
  if (/^-?\d+(\.\d+)?$/.test(cell)) return { t: type.startsWith('decimal') ? 'decimal' : 'long', text: cell };
  return { t: 'float', text: cell };
}

function plainCell(cell: TableCell): string {
  return cell === null ? '' : String(cell);
}

/** Tabs and breaks would make other cells of it. */
function tabless(cell: TableCell): string {
  return plainCell(cell).replace(/[\t\r\n]+/g, ' ');
}
