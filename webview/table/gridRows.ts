import type { WireCell } from '../../src/vscode/tables/tableProtocol.ts';
import { make } from '../shared/elements.ts';
import type { ShownRows } from '../shared/virtualRows.ts';
import { cellKind, oneLine, type CellKind } from './cellText.ts';
import type { Selection } from './selection.ts';

export const rowPx = 22;

/** What a cell shows. */
export interface ShownCell {
  text: string;
  kind: CellKind;
  isFound: boolean;
}

/** What the rows of a grid are filled with. */
export interface GridValues {
  /** The number that the row has in the table, from 1. */
  rowNumber: (row: number) => number;
  /** Undefined while it is on its way. */
  cell: (row: number, column: number) => ShownCell | undefined;
  isNumeric: (column: number) => boolean;
}

/** Where cells stand. `layout` and `content` are other numbers when places or values are others. */
export interface GridLayout {
  /** `end` is not in it. */
  columns: { first: number; end: number };
  leftOf: (column: number) => number;
  widthOf: (column: number) => number;
  layout: number;
  content: number;
}

interface RowElement {
  element: HTMLElement;
  number: HTMLElement;
  cells: HTMLElement[];
  /** What it was filled with: it is filled again only when this differs. */
  stamp: string;
  layout: string;
}

/** The elements of the rows in sight; those that go out of sight are used again. */
export class GridRows {
  readonly #body: HTMLElement;
  readonly #numbers: HTMLElement;
  readonly #values: GridValues;
  readonly #selection: Selection;
  readonly #shown = new Map<number, RowElement>();
  readonly #free: RowElement[] = [];

  constructor(body: HTMLElement, numbers: HTMLElement, values: GridValues, selection: Selection) {
    this.#body = body;
    this.#numbers = numbers;
    this.#values = values;
    this.#selection = selection;
  }

  /** The element of a cell, counted from the first column in sight; undefined if it is out of sight. */
  cellAt(row: number, index: number): HTMLElement | undefined {
    return this.#shown.get(row)?.cells[index];
  }

  paint({ start, end, firstPx }: ShownRows, layout: GridLayout): void {
    for (const [row, painted] of this.#shown) {
      if (row >= start && row < end) continue;
      this.#shown.delete(row);
      this.#free.push(painted);
    }
    for (let row = start; row < end; row++) {
      let painted = this.#shown.get(row);
      if (!painted) {
        painted = this.#free.pop() ?? this.#newRow();
        this.#shown.set(row, painted);
        painted.element.hidden = false;
        painted.number.hidden = false;
      }
      const top = `${firstPx + (row - start) * rowPx}px`;
      if (painted.element.style.top !== top) {
        painted.element.style.top = top;
        painted.number.style.top = top;
      }
      this.#fillRow(painted, row, layout);
    }
    for (const { element, number } of this.#free) {
      element.hidden = true;
      number.hidden = true;
    }
  }

  #newRow(): RowElement {
    const number = make('div', { class: 'row-number' });
    const element = make('div', { class: 'row', role: 'row' });
    this.#numbers.append(number);
    this.#body.append(element);
    return { element, number, cells: [], stamp: '', layout: '' };
  }

  #fillRow(
    painted: RowElement,
    row: number,
    { columns, leftOf, widthOf, layout, content }: GridLayout,
  ): void {
    const { first, end } = columns;
    const places = `${layout} ${first} ${end}`;
    const stamp = `${row} ${content} ${places}`;
    if (painted.stamp === stamp) return;
    const isMoved = painted.layout !== places;
    painted.stamp = stamp;
    painted.layout = places;
    painted.element.setAttribute('aria-rowindex', String(row + 2));
    const { number, cells } = painted;
    number.textContent = this.#values.rowNumber(row).toLocaleString(document.documentElement.lang || 'en');
    number.dataset.row = String(row);
    number.classList.toggle('selected', this.#selection.hasRow(row));
    while (cells.length > end - first) cells.pop()!.remove();
    while (cells.length < end - first) {
      const cell = make('div', { class: 'cell', role: 'gridcell', tabindex: -1 });
      cells.push(cell);
      painted.element.append(cell);
    }
    cells.forEach((cell, i) => {
      const column = first + i;
      if (isMoved) {
        cell.style.left = `${leftOf(column)}px`;
        cell.style.width = `${widthOf(column)}px`;
        cell.setAttribute('aria-colindex', String(column + 1));
        cell.dataset.column = String(column);
      }
      cell.dataset.row = String(row);
      this.#fillCell(cell, row, column);
    });
  }

  #fillCell(cell: HTMLElement, row: number, column: number): void {
    const shown = this.#values.cell(row, column);
    const isSelected = this.#selection.has(row, column);
    const classes = ['cell'];
    if (!shown) classes.push('waiting');
    else {
      if (shown.kind !== 'text') classes.push(shown.kind);
      if (this.#values.isNumeric(column)) classes.push('number');
      if (shown.isFound) classes.push('found');
    }
    if (isSelected) classes.push('selected');
    const className = classes.join(' ');
    if (cell.className !== className) cell.className = className;
    const text = shown?.text ?? '';
    if (cell.textContent !== text) cell.textContent = text;
    const selected = String(isSelected);
    if (cell.getAttribute('aria-selected') !== selected) cell.setAttribute('aria-selected', selected);
    if (cell.tabIndex !== -1) cell.tabIndex = -1;
  }
}

export function shownCell(
  cell: WireCell | undefined,
  text: (cell: WireCell) => string,
  isFound: (cell: WireCell) => boolean,
): ShownCell | undefined {
  if (cell === undefined) return undefined;
  return { text: oneLine(text(cell)), kind: cellKind(cell), isFound: isFound(cell) };
}
