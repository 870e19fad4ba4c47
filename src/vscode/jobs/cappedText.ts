/** Text that grows at its end and loses its oldest pieces above a limit. */
export class CappedText {
  readonly #limit: number;
  #pieces: string[] = [];
  #length = 0;
  /** Characters that were dropped, in all. */
  dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    if (text === '') return;
    this.#pieces.push(text);
    this.#length += text.length;
    let over = this.#length - this.#limit;
    let whole = 0;
    while (over > 0 && this.#pieces[whole]!.length <= over) over -= this.#pieces[whole++]!.length;
    if (whole > 0) this.#pieces.splice(0, whole);
    if (over > 0) this.#pieces[0] = this.#pieces[0]!.slice(over);
    const length = Math.min(this.#length, this.#limit);
    this.dropped += this.#length - length;
    this.#length = length;
  }

  /** Takes up to `count` of the oldest characters away and gives them. */
  take(count: number): string {
    const { text } = this;
    // Not between the halves of a character.
    const end = /[\ud800-\udbff]/.test(text[count - 1] ?? '') ? count - 1 : count;
    this.#pieces = text.length > end ? [text.slice(end)] : [];
    this.#length = Math.max(0, text.length - end);
    return text.slice(0, end);
  }

  get text(): string {
    // Joined once: what is asked for again costs nothing.
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join('')];
    return this.#pieces[0] ?? '';
  }
}
