/**
 * Where the rows of a long table stand, when only those in sight are elements. Pure: lengths in CSS pixels, no DOM.
 *
 * The scrolled element (the sizer) cannot be as high as ten million rows: Chromium cuts elements at 2^25 px, on fine
 * screens earlier. Above `maxSizerPx` the scroll bar is scaled: a short move (wheel, keys) goes row by row, a long one
 * (the thumb is dragged) goes to the same share of the table.
 */
export interface RowSizes {
  /** How many rows there are. */
  rows: number;
  rowPx: number;
  /** Of the part of the scroller that shows rows: without a sticky head. */
  viewPx: number;
}

/** Where the reader is: what is at the top of the view, and where the scroll bar stands. They differ when scaled. */
export interface RowScroll {
  /** In rows times `rowPx`: from 0 to all rows less the view. */
  topPx: number;
  /** The scroller's `scrollTop`. */
  barPx: number;
}

/** The rows to have as elements: `start` to before `end`, the first one at `firstPx` of the sizer. */
export interface ShownRows {
  start: number;
  end: number;
  firstPx: number;
}

export const maxSizerPx = 8_000_000;

/** How high the sizer is. */
export function sizerPx(sizes: RowSizes): number {
  return Math.min(allPx(sizes), maxSizerPx);
}

/** The reader moved the scroll bar to `barPx`. */
export function scrolledTo(sizes: RowSizes, before: RowScroll, barPx: number): RowScroll {
  const moved = barPx - before.barPx;
  const bar = clamp(barPx, barRoom(sizes));
  const isAtEnd = bar === 0 || bar === barRoom(sizes);
  if (!isScaled(sizes)) return { topPx: bar, barPx: bar };
  // At the ends both agree, however one came there.
  const topPx = Math.abs(moved) <= sizes.viewPx && !isAtEnd ? before.topPx + moved : bar * scale(sizes);
  return { topPx: clamp(topPx, topRoom(sizes)), barPx: bar };
}

/** Both where they belong for this row at the top; what short moves shifted is set right again. */
export function scrollFor(sizes: RowSizes, topPx: number): RowScroll {
  const top = clamp(topPx, topRoom(sizes));
  return { topPx: top, barPx: isScaled(sizes) ? top / scale(sizes) : top };
}

/** As little moved as shows the whole row. */
export function reveal(sizes: RowSizes, at: RowScroll, row: number): RowScroll {
  const first = row * sizes.rowPx;
  if (first < at.topPx) return scrollFor(sizes, first);
  const last = first + sizes.rowPx - sizes.viewPx;
  return last > at.topPx ? scrollFor(sizes, last) : at;
}

/** Those in sight, and `spare` more on either side. */
export function shownRows(sizes: RowSizes, at: RowScroll, spare = 8): ShownRows {
  const { rows, rowPx, viewPx } = sizes;
  const start = Math.max(0, Math.floor(at.topPx / rowPx) - spare);
  const end = Math.min(rows, Math.ceil((at.topPx + viewPx) / rowPx) + spare);
  return { start: Math.min(start, end), end, firstPx: at.barPx + start * rowPx - at.topPx };
}

/** The rows of one page, for PageUp and PageDown. */
export function rowsPerPage({ rowPx, viewPx }: RowSizes): number {
  return Math.max(1, Math.floor(viewPx / rowPx) - 1);
}

function allPx({ rows, rowPx }: RowSizes): number {
  return rows * rowPx;
}

function isScaled(sizes: RowSizes): boolean {
  return allPx(sizes) > maxSizerPx;
}

function topRoom(sizes: RowSizes): number {
  return Math.max(0, allPx(sizes) - sizes.viewPx);
}

function barRoom(sizes: RowSizes): number {
  return Math.max(0, sizerPx(sizes) - sizes.viewPx);
}

/** Pixels of rows for each pixel of the bar. */
function scale(sizes: RowSizes): number {
  const room = barRoom(sizes);
  return room === 0 ? 1 : topRoom(sizes) / room;
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, value), most);
}
