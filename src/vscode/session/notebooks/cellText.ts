/** How much text one cell has: a notebook that is kept in a file should not become larger. */
export class CellText {
  readonly #maxChars: number;
  #chars = 0;

  constructor(maxChars = 16 * 1024 * 1024) {
    this.#maxChars = maxChars;
  }

  /** Whether more text is shown: `last` once, with the text that is the last one. */
  take(text: string): 'whole' | 'last' | 'none' {
    if (this.#chars >= this.#maxChars) return 'none';
    this.#chars += text.length;
    return this.#chars >= this.#maxChars ? 'last' : 'whole';
  }

  /** The cell is empty again. */
  clear(): void {
    this.#chars = 0;
  }
}
