import { wholeCharacters, type LogRange } from './logRange.ts';

/** Largest piece asked for at once. Spark's log page answers at most what is asked. */
const pieceBytes = 512 * 1024;
/** Pieces of one read: a log that grows as fast as it is read must not hold up who reads it. */
const maxPieces = 4;

export type ReadLog = (offset: number, length: number) => Promise<LogRange>;

/**
 * Follows one growing log by byte offset. It gives each character once and whole, however the log's end or a piece's
 * end cuts it, and keeps the last `keepChars` characters.
 */
export class LogTail {
  offset = 0;
  /** Everything so far, or its end where it was longer than `keepChars`; then `complete` is false. */
  kept = '';
  complete = true;
  /** Whether the last read stopped before the log's end. */
  behind = false;
  readonly #keepChars: number;

  constructor(keepChars = 8 * 1024 * 1024) {
    this.#keepChars = keepChars;
  }

  /** Reads what is new, up to a limit: see `behind`. With `final` the log grows no more, and a cut character at its end is given as it is. */
  async read(readLog: ReadLog, final = false): Promise<string> {
    let text = '';
    this.behind = false;
    for (let pieces = 1; ; pieces++) {
      const range = await readLog(this.offset, pieceBytes);
      // Truncated or replaced: start over with what is there.
      if (range.total < this.offset) this.offset = range.total;
      if (range.end <= this.offset) break;
      const piece = await this.#aligned(range, readLog, final);
      text += piece.text;
      this.offset = piece.next;
      if (piece.next >= range.total || (piece.text === '' && !final)) break;
      if (pieces === maxPieces) {
        this.behind = true;
        break;
      }
    }
    if (text !== '') this.#keep(text);
    return text;
  }

  async #aligned(range: LogRange, readLog: ReadLog, final: boolean): Promise<{ text: string; next: number }> {
    const atEnd = range.end >= range.total;
    if (final && atEnd) return { text: range.text, next: range.end };
    const whole = wholeCharacters(range);
    if (whole) return whole;
    // Bytes that are not UTF-8 are among them: look for an end that cuts nothing.
    for (let shorter = 1; shorter <= 3 && range.end - shorter > range.start; shorter++) {
      const again = await readLog(range.start, range.end - shorter - range.start);
      if (!again.text.endsWith('\ufffd')) return { text: again.text, next: again.end };
    }
    return { text: range.text, next: range.end };
  }

  #keep(text: string): void {
    this.kept += text;
    if (this.kept.length > this.#keepChars * 2) {
      this.kept = this.kept.slice(this.kept.length - this.#keepChars);
      this.complete = false;
    }
  }
}
