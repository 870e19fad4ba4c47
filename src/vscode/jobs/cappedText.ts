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

  /** Takes up to `count` of the oldest characters away and gives them; what stays is not copied. */
  take(count: number): string {
    const taken: string[] = [];
    let room = count;
    let whole = 0;
    for (; whole < this.#pieces.length && this.#pieces[whole]!.length <= room; whole++) {
      taken.push(this.#pieces[whole]!);
      room -= this.#pieces[whole]!.length;
    }
    const next = this.#pieces[whole];
    // Not between the halves of a character.
    const end = /[\ud800-\udbff]/.test(next?.[room - 1] ?? '') ? room - 1 : room;
    if (next !== undefined) {
      taken.push(next.slice(0, end));
      this.#pieces[whole] = next.slice(end);
    }
    this.#pieces.splice(0, whole);
    const text = taken.join('');
    this.#length -= text.length;
    return text;
  }

  get text(): string {
    // Joined once: what is asked for again costs nothing.
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join('')];
    return this.#pieces[0] ?? '';
  }
}
