/** Elements whose content nobody reads. */
const hidden = new Set(['script', 'style', 'head', 'template', 'title']);
/** Elements that begin and end a line. */
const blocks =
  /^(?:article|aside|blockquote|br|center|d[dlt]|details|div|fig(?:ure|caption)|footer|form|h[1-6]|header|hr|li|main|nav|[ou]l|p|pre|section|summary|table|tbody|tfoot|thead|tr)$/;

const characters = new Map(
  Object.entries({
    ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', euro: '€' },
    ...{ hellip: '…', ndash: '–', mdash: '—', bull: '•', middot: '·', times: '×', deg: '°', micro: 'µ' },
    ...{ larr: '←', rarr: '→', le: '≤', ge: '≥', ne: '≠', plusmn: '±' },
  }),
);

/** What markup says, as text in lines; in one pass, however large or broken it is. */
export function htmlText(html: string): string {
  const text = new TextOfMarkup();
  let at = 0;
  /** Goes on after the next `mark`; what never ends goes on to the end. */
  const skip = (mark: RegExp): void => {
    mark.lastIndex = at;
    at = mark.test(html) ? mark.lastIndex : html.length;
  };
  while (at < html.length) {
    const next = html.indexOf('<', at);
    const open = next === -1 ? html.length : next;
    text.add(html.slice(at, open));
    at = open;
    const tag = /^<(\/?)([a-z][a-z\d]*)/i.exec(html.slice(open, open + 32));
    if (tag) {
      const name = tag[2]!.toLowerCase();
      skip(/>/g);
      if (tag[1] === '' && hidden.has(name)) skip(new RegExp(`</${name}[^>]*>`, 'gi'));
      else text.addTag(name, tag[1] === '/');
    } else if (html.startsWith('<!--', open)) skip(/-->/g);
    else if (/[!?]/.test(html.charAt(open + 1))) skip(/>/g);
    else {
      text.add(html.slice(open, open + 1));
      at++;
    }
  }
  return text.end();
}

class TextOfMarkup {
  readonly #lines: string[] = [];
  #line = '';
  /** Space that is there if something follows in the line. */
  #space = '';
  /** Whether space means nothing: at the beginning of a line or a cell. */
  #isFresh = true;
  #isPre = false;

  add(text: string): void {
    if (this.#isPre) {
      const [first = '', ...rest] = decoded(text).split('\n');
      this.#line += first;
      for (const line of rest) {
        this.#lines.push(this.#line);
        this.#line = line;
      }
      return;
    }
    const words = text.replace(/[ \t\r\n]+/g, ' ');
    if (words.startsWith(' ')) this.#space = ' ';
    const body = words.trim();
    if (body === '') return;
    this.#line += `${this.#isFresh ? '' : this.#space}${decoded(body)}`;
    this.#space = words.endsWith(' ') ? ' ' : '';
    this.#isFresh = false;
  }

  addTag(name: string, isEnd: boolean): void {
    if (blocks.test(name)) this.#endLine();
    if (name === 'pre') this.#isPre = !isEnd;
    if (!isEnd || (name !== 'td' && name !== 'th')) return;
    this.#line += '\t';
    this.#isFresh = true;
  }

  end(): string {
    this.#endLine();
    return this.#lines.join('\n');
  }

  #endLine(): void {
    if (this.#line.trim() !== '') this.#lines.push(this.#line.trimEnd());
    this.#line = '';
    this.#isFresh = true;
  }
}

function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return characters.get(name) ?? whole;
      const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
