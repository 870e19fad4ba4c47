/* eslint-disable no-control-regex -- they are what this file is about */

/** A sequence that ends nowhere near is no sequence. */
const maxSequence = 4096;
/** What may follow the escape of a sequence that has no end of its own: some intermediate characters and a last one. */
const maxShort = 15;
/** Colours and styles, cursor movement, erasing: what progress bars and coloured logs use. */
const harmlessCsi = /^\u001b\[[0-9;:]*[mABCDEFGHJKf]$/;

/**
 * Makes a program's output fit for a terminal: line ends become CR LF, colours and cursor movement pass, and what could
 * do more (titles, links, the clipboard, questions that the terminal would answer, resets) is taken out. Feed it pieces
 * as they come: sequences may be cut anywhere.
 */
export class TerminalText {
  #held = '';
  #last = '\n';

  /** Whether the next character begins a line. */
  get isAtLineStart(): boolean {
    return this.#last === '\n' || this.#last === '\r';
  }

  feed(piece: string): string {
    const text = this.#held + piece;
    this.#held = '';
    let out = '';
    let from = 0;
    const interesting = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
    for (let match = interesting.exec(text); match; match = interesting.exec(text)) {
      const at = match.index;
      out += this.#plain(text.slice(from, at));
      const char = match[0];
      if (char === '\u001b') {
        const length = sequenceLength(text, at);
        if (length === undefined) {
          if (text.length - at <= maxSequence) {
            this.#held = text.slice(at);
            return out;
          }
          from = at + 1;
        } else {
          const sequence = text.slice(at, at + length);
          if (harmlessCsi.test(sequence)) out += sequence;
          from = at + length;
        }
        interesting.lastIndex = from;
        continue;
      }
      if (char === '\n') out += this.#last === '\r' ? '\n' : '\r\n';
      else if (char === '\r' || char === '\b') out += char;
      if (char === '\n' || char === '\r' || char === '\b') this.#last = char;
      from = at + 1;
    }
    return out + this.#plain(text.slice(from));
  }

  #plain(text: string): string {
    if (text !== '') this.#last = text.at(-1)!;
    return text;
  }
}

/** How long the escape sequence at `at` is; undefined while its end is not there. */
function sequenceLength(text: string, at: number): number | undefined {
  const kind = text[at + 1];
  if (kind === undefined) return undefined;
  if (kind === '[') {
    const end = /[^\u0020-\u003f]/g;
    end.lastIndex = at + 2;
    const found = end.exec(text);
    return found ? found.index + 1 - at : undefined;
  }
  // OSC, DCS, SOS, PM, APC: up to ST or BEL. A line's end ends a broken one.
  if (']PX^_'.includes(kind)) {
    const end = /\u0007|\u001b\\|\u009c|(?=[\r\n])/g;
    end.lastIndex = at + 2;
    const found = end.exec(text);
    return found ? found.index + found[0].length - at : undefined;
  }
  const next = text.slice(at + 1, at + 1 + maxShort);
  if (next.length < maxShort && /^[\u0020-\u002f]*$/.test(next)) return undefined;
  const short = /^[\u0020-\u002f]*[\u0030-\u007e]/.exec(next);
  if (short) return 1 + short[0].length;
  return 1;
}
