/** Longer lines are cut for display. */
const maxLineChars = 10_000;

/**
 * Printed text as lines, as a terminal would leave them: what follows a carriage return takes the line's place. Lines
 * keep their numbers, counted from 0, when the oldest are dropped.
 */
export class TextLines {
  /** The last one is open: text that comes is added to it. */
  #lines: string[] = [''];
  /** How many at the beginning were dropped: to move all others for each would take long. */
  #gone = 0;
  #first = 0;
  #chars = 0;

  /** The number of the first line that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number after the last line; an open line without text is none. */
  get end(): number {
    return this.#first + this.#size - (this.#lines.at(-1) === '' ? 1 : 0);
  }

  /** How many lines are kept. */
  get count(): number {
    return this.end - this.#first;
  }

  get chars(): number {
    return this.#chars;
  }

  /** What is kept, as it would be printed again. */
  get text(): string {
    return this.#lines.slice(this.#gone).join('\n');
  }

  /** Gives the number of the first line that is another one now. */
  add(text: string): number {
    const changed = this.#first + this.#size - 1;
    const [head = '', ...rest] = text.split('\n');
    const last = this.#lines.pop() ?? '';
    this.#chars -= last.length;
    this.#push(last + head);
    for (const line of rest) {
      this.#close();
      this.#push(line);
    }
    return changed;
  }

  /** Drops the oldest lines: the open one stays. */
  drop(count: number): void {
    const end = this.#gone + Math.min(count, this.#size - 1);
    for (let i = this.#gone; i < end; i++) {
      this.#chars -= this.#lines[i]!.length;
      this.#lines[i] = '';
    }
    this.#first += end - this.#gone;
    this.#gone = end;
    if (this.#gone <= this.#size) return;
    this.#lines = this.#lines.slice(this.#gone);
    this.#gone = 0;
  }

  /** Lines from `from` to before `to`, as far as they are kept. */
  slice(from: number, to = this.end): string[] {
    const at = (line: number): number => line - this.#first + this.#gone;
    const start = Math.max(this.#gone, at(from));
    return this.#lines.slice(start, Math.max(start, at(Math.min(to, this.end)))).map(withoutReturn);
  }

  get #size(): number {
    return this.#lines.length - this.#gone;
  }

  #push(line: string): void {
    const kept = cut(line.includes('\r') ? overwritten(line) : line);
    this.#chars += kept.length;
    this.#lines.push(kept);
  }

  /** A line feed has come: a carriage return before it belongs to it. */
  #close(): void {
    const last = this.#lines.at(-1)!;
    if (!last.endsWith('\r')) return;
    this.#lines[this.#lines.length - 1] = withoutReturn(last);
    this.#chars--;
  }
}

/** A carriage return at the end waits for what comes after it. */
function overwritten(line: string): string {
  const body = withoutReturn(line);
  const kept = body.slice(body.lastIndexOf('\r') + 1);
  return body === line ? kept : `${kept}\r`;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The same again for a line that was cut before and has grown. */
function cut(line: string): string {
  return line.length > maxLineChars ? `${line.slice(0, maxLineChars)}…` : line;
}
