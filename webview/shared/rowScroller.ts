import {
  reveal,
  rowsPerPage,
  scrolledTo,
  scrollFor,
  shownRows,
  sizerPx,
  type RowScroll,
  type RowSizes,
  type ShownRows,
} from './virtualRows.ts';

/** After the last move the scaled bar is put where it belongs. */
const settleMs = 150;

export interface RowScrollerOptions {
  /** Scrolls; has `sizer` in it, below a sticky head if there is one. */
  scroller: HTMLElement;
  /** Positioned (`position: relative`); the rows are put into it at their places. */
  sizer: HTMLElement;
  rowPx: number;
  /** The height of the sticky head, in pixels. Default 0. */
  headPx?: () => number;
  /** Makes the rows of `shown` to elements: the first one at `firstPx`, the others below, each `rowPx` high. */
  paint: (shown: ShownRows) => void;
}

/** Keeps the rows in sight painted while a table of any length is scrolled. */
export class RowScroller {
  readonly #o: RowScrollerOptions;
  readonly #resize: ResizeObserver;
  #rows = 0;
  #at: RowScroll = { topPx: 0, barPx: 0 };
  #painted: ShownRows | undefined;
  #settling: number | undefined;

  constructor(options: RowScrollerOptions) {
    this.#o = options;
    options.scroller.addEventListener('scroll', this.#onScroll, { passive: true });
    this.#resize = new ResizeObserver(() => this.#paint());
    this.#resize.observe(options.scroller);
  }

  get rowsPerPage(): number {
    return rowsPerPage(this.#sizes);
  }

  /** The row at the top of the view. */
  get topRow(): number {
    return Math.floor(this.#at.topPx / this.#o.rowPx);
  }

  /** There are other rows, or others behind the same numbers: paints anew, and stays where it is as far as it can. */
  setRows(rows: number): void {
    this.#rows = rows;
    this.#o.sizer.style.height = `${sizerPx(this.#sizes)}px`;
    this.#painted = undefined;
    this.#move(scrollFor(this.#sizes, this.#at.topPx));
  }

  /** Paints the rows in sight again. */
  repaint(): void {
    this.#painted = undefined;
    this.#paint();
  }

  scrollToRow(row: number): void {
    this.#move(scrollFor(this.#sizes, row * this.#o.rowPx));
  }

  /** Moves as little as shows the row. */
  reveal(row: number): void {
    this.#move(reveal(this.#sizes, this.#at, row));
  }

  dispose(): void {
    this.#o.scroller.removeEventListener('scroll', this.#onScroll);
    this.#resize.disconnect();
    clearTimeout(this.#settling);
  }

  get #sizes(): RowSizes {
    const { scroller, rowPx, headPx } = this.#o;
    const viewPx = Math.max(0, scroller.clientHeight - (headPx?.() ?? 0));
    return { rows: this.#rows, rowPx, viewPx };
  }

  readonly #onScroll = (): void => {
    const { scrollTop } = this.#o.scroller;
    // Set by us: the browser rounds it.
    if (Math.abs(scrollTop - this.#at.barPx) < 1) return;
    this.#at = scrolledTo(this.#sizes, this.#at, scrollTop);
    this.#paint();
    clearTimeout(this.#settling);
    this.#settling = window.setTimeout(() => this.#move(scrollFor(this.#sizes, this.#at.topPx)), settleMs);
  };

  #move(to: RowScroll): void {
    this.#at = to;
    const { scroller } = this.#o;
    if (Math.abs(scroller.scrollTop - to.barPx) >= 1) scroller.scrollTop = to.barPx;
    this.#paint();
  }

  #paint(): void {
    const shown = shownRows(this.#sizes, this.#at);
    const { start, end, firstPx } = this.#painted ?? {};
    if (shown.start === start && shown.end === end && shown.firstPx === firstPx) return;
    this.#painted = shown;
    this.#o.paint(shown);
  }
}
