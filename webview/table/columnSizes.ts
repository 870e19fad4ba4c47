/** Where the columns stand: pure, lengths in CSS pixels. */
export class ColumnSizes {
  readonly #widths: number[];
  #lefts: number[] = [];

  constructor(widths: readonly number[]) {
    this.#widths = [...widths];
    this.#place();
  }

  get count(): number {
    return this.#widths.length;
  }

  get totalPx(): number {
    return this.#lefts[this.count] ?? 0;
  }

  left(column: number): number {
    return this.#lefts[column] ?? 0;
  }

  width(column: number): number {
    return this.#widths[column] ?? 0;
  }

  resize(column: number, px: number): void {
    this.#widths[column] = Math.round(Math.min(maxResizedPx, Math.max(minPx, px)));
    this.#place();
  }

  /** The columns in sight, from `first` to before `end`, and one more on either side. */
  shown(leftPx: number, viewPx: number): { first: number; end: number } {
    const first = this.#at(leftPx);
    const end = this.#at(leftPx + viewPx) + 1;
    return { first: Math.max(0, first - 1), end: Math.min(this.count, end + 1) };
  }

  /** The column that has this place. */
  #at(px: number): number {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.left(middle) <= px) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  #place(): void {
    let left = 0;
    this.#lefts = [0, ...this.#widths.map((width) => (left += width))];
  }
}

/** Limits for what a person sets, and for what content asks for. */
const minPx = 48;
const maxResizedPx = 1_200;
const minFittedPx = 84;
const maxFittedPx = 340;

/** The width that shows these texts, with room around them. */
function fittedWidth(texts: readonly string[], measure: (text: string) => number, roomPx: number): number {
  // Only the longest: measuring is slow.
  const longest = [...texts].sort((a, b) => b.length - a.length).slice(0, 5);
  const px = Math.max(0, ...longest.map((text) => measure(text.slice(0, 200))));
  return Math.min(maxFittedPx, Math.max(minFittedPx, Math.ceil(px + roomPx)));
}

/** Room beside a name for the signs of sort and filter, and beside a value. */
const headRoomPx = 66;
const cellRoomPx = 22;
/** The line below a column's name is so much smaller. */
const smallText = 0.88;

export interface ColumnTexts {
  name: string;
  /** The line below the name. */
  below: string;
  cells: readonly string[];
}

/** The width that shows a column's head and its values. `measure` gives the pixels of a text. */
export function columnWidth(
  { name, below, cells }: ColumnTexts,
  measure: (text: string, isBold?: boolean) => number,
): number {
  return Math.max(
    fittedWidth([name], (text) => measure(text, true), headRoomPx),
    fittedWidth([below], (text) => measure(text) * smallText, cellRoomPx),
    fittedWidth(cells, measure, cellRoomPx),
  );
}
