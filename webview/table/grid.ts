import { make, newId } from '../shared/elements.ts';
import { RowScroller } from '../shared/rowScroller.ts';
import type { ShownRows } from '../shared/virtualRows.ts';
import { ColumnSizes } from './columnSizes.ts';
import { gridMove } from './gridMove.ts';
import { GridRows, rowPx, type GridValues } from './gridRows.ts';
import { Selection, type Place } from './selection.ts';

export interface GridOptions extends GridValues {
  label: string;
  columnCount: number;
  fillHead: (column: number, head: HTMLElement) => void;
  /** These are in sight: rows to before `end`, columns to before `lastColumn`. */
  shows: (start: number, end: number, firstColumn: number, lastColumn: number) => void;
  sort: (column: number) => void;
  openMenu: (column: number, head: HTMLElement) => void;
  openCell: (place: Place) => void;
  /** Another cell is active, or others are selected. */
  moved: () => void;
  scrolled: () => void;
  resized: (column: number, widthPx: number) => void;
  fit: (column: number) => number;
  copy: () => void;
}

const keyStepPx = 16;

/**
 * The grid: rows and columns in sight are elements, which are used again as it scrolls. One cell or head is active and
 * takes part in the tab order (the roving focus of the ARIA grid pattern); row -1 is the head.
 */
export class Grid {
  readonly element: HTMLElement;
  readonly selection = new Selection();
  readonly #o: GridOptions;
  readonly #head: HTMLElement;
  readonly #headRow: HTMLElement;
  readonly #corner: HTMLElement;
  readonly #numbers: HTMLElement;
  readonly #body: HTMLElement;
  readonly #scroller: RowScroller;
  readonly #id = newId('cell');
  readonly #resizing: ResizeObserver;
  #sizes: ColumnSizes;
  #numberPx = 56;
  #rows = 0;
  #columns = { first: 0, end: 0 };
  #heads = new Map<number, HTMLElement>();
  readonly #painted: GridRows;
  #last: ShownRows = { start: 0, end: 0, firstPx: 0 };
  /** Counts what makes all rows stale. */
  #content = 0;
  #layout = 0;
  #hasFocus = false;

  constructor(options: GridOptions) {
    this.#o = options;
    this.#sizes = new ColumnSizes(new Array<number>(options.columnCount).fill(120));
    this.#corner = make('div', { class: 'corner', 'aria-hidden': 'true' });
    this.#headRow = make('div', { class: 'head-row', role: 'row', 'aria-rowindex': 1 }, this.#corner);
    this.#head = make('div', { class: 'head', role: 'rowgroup' }, this.#headRow);
    // One for all rows: a sticky element in each would be a layer in each.
    this.#numbers = make('div', { class: 'numbers', 'aria-hidden': 'true' });
    this.#body = make('div', { class: 'body', role: 'rowgroup' }, this.#numbers);
    this.element = make(
      'div',
      {
        class: 'grid',
        role: 'grid',
        tabindex: -1,
        'aria-label': options.label,
        'aria-multiselectable': 'true',
        'aria-colcount': options.columnCount,
      },
      this.#head,
      this.#body,
    );
    this.#painted = new GridRows(this.#body, this.#numbers, options, this.selection);
    this.#scroller = new RowScroller({
      scroller: this.element,
      sizer: this.#body,
      rowPx,
      headPx: () => this.#head.offsetHeight,
      paint: (shown) => this.#paint(shown),
    });
    this.#listen();
    this.#resizing = new ResizeObserver(() => this.#paint(this.#last));
    this.#resizing.observe(this.element);
  }

  get rowCount(): number {
    return this.#rows;
  }

  get topRow(): number {
    return this.#scroller.topRow;
  }

  get leftPx(): number {
    return this.element.scrollLeft;
  }

  /** There are so many rows now, or others: all are painted again. */
  setRows(rows: number): void {
    this.#rows = rows;
    this.#content++;
    this.element.setAttribute('aria-rowcount', String(rows + 1));
    const digits = String(Math.max(1, this.#o.rowNumber(Math.max(0, rows - 1)))).length;
    this.#numberPx = 20 + Math.max(3, digits + Math.floor((digits - 1) / 3)) * 8;
    this.selection.limit(rows, this.#o.columnCount);
    this.#resize();
    this.#scroller.setRows(rows);
  }

  setWidths(widths: readonly number[]): void {
    this.#sizes = new ColumnSizes(widths);
    this.#resize();
    this.repaint();
  }

  width(column: number): number {
    return this.#sizes.width(column);
  }

  /** Values or heads are others. */
  repaint(): void {
    this.#content++;
    this.#scroller.repaint();
  }

  scrollTo(topRow: number, leftPx: number): void {
    this.#scroller.scrollToRow(topRow);
    this.element.scrollLeft = leftPx;
  }

  /** Makes a cell the active one, in sight. */
  activate(place: Place, { extend = false, focus = true } = {}): void {
    this.selection.move(place, extend);
    if (place.row >= 0) this.#scroller.reveal(place.row);
    this.#revealColumn(place.column);
    if (focus) this.#hasFocus = true;
    this.#content++;
    this.#scroller.repaint();
    this.#o.moved();
  }

  focus(): void {
    this.#hasFocus = true;
    this.#placeFocus();
  }

  dispose(): void {
    this.#scroller.dispose();
    this.#resizing.disconnect();
  }

  #listen(): void {
    const { element } = this;
    element.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    element.addEventListener('keydown', (event) => this.#onKey(event));
    element.addEventListener('focusin', () => (this.#hasFocus = true));
    element.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && element.contains(relatedTarget)) return;
      // A focused element that is used for another row is no leaving.
      this.#hasFocus = false;
    });
    element.addEventListener('mousedown', (event) => this.#onMouseDown(event));
    element.addEventListener('mouseover', (event) => {
      if ((event.buttons & 1) === 0 || !this.#isDragging) return;
      const place = placeOf(event.target);
      if (place && place.row >= 0 && !this.selection.isActive(place)) this.activate(place, { extend: true });
    });
    window.addEventListener('mouseup', () => (this.#isDragging = false));
    element.addEventListener('dblclick', (event) => {
      const place = placeOf(event.target);
      if (!place) return;
      if (event.target instanceof Element && event.target.closest('.head-edge')) this.#fit(place.column);
      else if (place.row >= 0) this.#o.openCell(place);
    });
  }

  #isDragging = false;

  #onScroll(): void {
    const { first, end } = this.#shownColumns();
    if (first !== this.#columns.first || end !== this.#columns.end) this.#paint(this.#last);
    this.#o.scrolled();
  }

  #onMouseDown(event: MouseEvent): void {
    if (event.button !== 0 || !(event.target instanceof Element)) return;
    const { target } = event;
    if (target.closest('.corner')) return;
    const rowNumber = target.closest('.row-number');
    if (rowNumber instanceof HTMLElement) {
      const row = Number(rowNumber.dataset.row);
      this.selection.selectRow(row, this.#o.columnCount);
      this.#hasFocus = true;
      this.repaint();
      this.#o.moved();
      event.preventDefault();
      return;
    }
    const place = placeOf(target);
    if (!place) return;
    event.preventDefault();
    if (place.row < 0) {
      if (target.closest('.head-edge')) return this.#drag(place.column, event);
      this.activate(place);
      const head = this.#heads.get(place.column);
      if (target.closest('.head-menu') && head) this.#o.openMenu(place.column, head);
      else this.#o.sort(place.column);
      return;
    }
    this.#isDragging = true;
    this.activate(place, { extend: event.shiftKey });
  }

  /** A column's edge is drawn with the mouse. */
  #drag(column: number, { clientX }: MouseEvent): void {
    const before = this.#sizes.width(column);
    const stop = new AbortController();
    const { signal } = stop;
    const move = (event: MouseEvent): void => this.#setWidth(column, before + event.clientX - clientX);
    window.addEventListener('mousemove', move, { signal });
    window.addEventListener('mouseup', () => stop.abort(), { signal });
  }

  #setWidth(column: number, px: number): void {
    this.#sizes.resize(column, px);
    this.#resize();
    this.repaint();
    this.#o.resized(column, this.#sizes.width(column));
  }

  #fit(column: number): void {
    this.#setWidth(column, this.#o.fit(column));
  }

  #onKey(event: KeyboardEvent): void {
    const { active } = this.selection;
    const { key, shiftKey, altKey } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    const done = (): void => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (isCommand && key.toLowerCase() === 'c') {
      this.#o.copy();
      return done();
    }
    if (isCommand && key.toLowerCase() === 'a') {
      this.selection.selectAll(this.#rows, this.#o.columnCount);
      this.repaint();
      this.#o.moved();
      return done();
    }
    if (active.row < 0) {
      const head = this.#heads.get(active.column);
      if ((altKey && key === 'ArrowDown') || key === 'F10' || key === 'ContextMenu') {
        if (head) this.#o.openMenu(active.column, head);
        return done();
      }
      if (key === 'Enter' || key === ' ') {
        this.#o.sort(active.column);
        return done();
      }
      if (shiftKey && (key === 'ArrowLeft' || key === 'ArrowRight')) {
        const step = key === 'ArrowLeft' ? -keyStepPx : keyStepPx;
        this.#setWidth(active.column, this.#sizes.width(active.column) + step);
        return done();
      }
    } else if (key === 'Enter' || key === 'F2') {
      this.#o.openCell(active);
      return done();
    } else if (key === ' ' && shiftKey) {
      this.selection.selectRow(active.row, this.#o.columnCount);
      this.repaint();
      this.#o.moved();
      return done();
    }
    if (altKey) return;
    const to = gridMove(key, isCommand, active, {
      rows: this.#rows,
      columns: this.#o.columnCount,
      pageRows: this.#scroller.rowsPerPage,
    });
    if (!to) return;
    this.activate(to, { extend: shiftKey && to.row >= 0 && active.row >= 0 });
    done();
  }

  #revealColumn(column: number): void {
    const { element } = this;
    const left = this.#sizes.left(column);
    const room = element.clientWidth - this.#numberPx;
    const right = left + this.#sizes.width(column);
    if (left < element.scrollLeft) element.scrollLeft = left;
    else if (right > element.scrollLeft + room) element.scrollLeft = Math.min(left, right - room);
  }

  /** The table is as wide as its columns. */
  #resize(): void {
    this.#layout++;
    const width = `${this.#numberPx + this.#sizes.totalPx}px`;
    this.#body.style.width = width;
    this.#headRow.style.width = width;
    this.#corner.style.width = `${this.#numberPx}px`;
    this.#numbers.style.width = `${this.#numberPx}px`;
  }

  #shownColumns(): { first: number; end: number } {
    return this.#sizes.shown(this.element.scrollLeft, this.element.clientWidth - this.#numberPx);
  }

  #paint(shown: ShownRows): void {
    this.#last = shown;
    this.#columns = this.#shownColumns();
    const { first, end } = this.#columns;
    if (this.#o.columnCount > 0) this.#o.shows(shown.start, shown.end, first, end);
    const { active } = this.selection;
    const isActiveShown = active.row < 0 || (active.row >= shown.start && active.row < shown.end);
    // Before its element becomes another cell.
    if (this.#hasFocus && !isActiveShown && document.activeElement !== this.element)
      this.#focusOn(this.element);
    this.#paintHeads();
    this.#painted.paint(shown, {
      columns: this.#columns,
      leftOf: (column) => this.#numberPx + this.#sizes.left(column),
      widthOf: (column) => this.#sizes.width(column),
      layout: this.#layout,
      content: this.#content,
    });
    this.#placeFocus();
  }

  #paintHeads(): void {
    const { first, end } = this.#columns;
    for (const [column, head] of this.#heads) {
      if (column >= first && column < end) continue;
      head.remove();
      this.#heads.delete(column);
    }
    for (let column = first; column < end; column++) {
      let head = this.#heads.get(column);
      const stamp = `${this.#content} ${this.#layout}`;
      if (head?.dataset.stamp === stamp) continue;
      if (!head) {
        head = make('div', {
          class: 'head-cell',
          role: 'columnheader',
          id: `${this.#id}-head-${column}`,
          'aria-colindex': column + 1,
          'data-row': -1,
          'data-column': column,
        });
        this.#heads.set(column, head);
        const next = [...this.#heads.keys()].filter((other) => other > column).sort((a, b) => a - b)[0];
        this.#headRow.insertBefore(head, next === undefined ? null : this.#heads.get(next)!);
      }
      head.dataset.stamp = stamp;
      head.style.left = `${this.#numberPx + this.#sizes.left(column)}px`;
      head.style.width = `${this.#sizes.width(column)}px`;
      head.tabIndex = -1;
      this.#o.fillHead(column, head);
    }
  }

  /** The active cell is in the tab order and, if the grid has the focus, has it. */
  #placeFocus(): void {
    const { active } = this.selection;
    const target =
      active.row < 0
        ? this.#heads.get(active.column)
        : this.#painted.cellAt(active.row, active.column - this.#columns.first);
    this.element.tabIndex = target ? -1 : 0;
    if (target) target.tabIndex = 0;
    if (this.#hasFocus) this.#focusOn(target ?? this.element);
  }

  #focusOn(element: HTMLElement): void {
    if (document.activeElement === element) return;
    // Not if something outside has taken it meanwhile.
    element.focus({ preventScroll: true });
    this.#hasFocus = true;
  }
}

/** The cell or head that is under the mouse. */
function placeOf(target: EventTarget | null): Place | undefined {
  const cell = target instanceof Element ? target.closest('.cell, .head-cell') : null;
  if (!(cell instanceof HTMLElement)) return undefined;
  return { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
}
