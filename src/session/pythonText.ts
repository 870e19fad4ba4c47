/** A piece of Python; blanks, line ends and comments are none. */
export interface PythonToken {
  /** `sign`: one character of anything else. */
  kind: 'name' | 'number' | 'string' | 'sign';
  from: number;
  to: number;
  text: string;
  /** Of a string: what is between its quotes. */
  content?: { from: number; to: number; isClosed: boolean; isFormatted: boolean };
}

/** What a call or a subscript is of: `spark.read.format("delta").load(` has the names spark, read, format, load. */
export interface PythonCallee {
  names: string[];
  /** False where the first of the names belongs to something that has no name: a text, or what is in brackets. */
  hasRoot: boolean;
}

/** A bracket that is open at a place, from within to without. */
export interface OpenBracket {
  sign: '(' | '[' | '{';
  /** Undefined for a tuple, a list, a set or a dictionary. */
  callee: PythonCallee | undefined;
  /** How many commas are before the place. */
  argument: number;
  /** `subset` in `subset=`. */
  keyword: string | undefined;
}

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

export function isPythonKeyword(name: string): boolean {
  return keywords.has(name);
}

/** The tokens of a Python source, right or wrong, and its brackets. */
export class PythonText {
  readonly tokens: readonly PythonToken[];
  /** The opening bracket of each closing one, by index. */
  readonly #partners = new Map<number, number>();
  /** Of each token: the bracket that is open around it, or -1, and how many commas are between. */
  readonly #around: { open: number; argument: number }[] = [];

  constructor(text: string) {
    this.tokens = [...tokensOf(text)];
    const open: { at: number; commas: number }[] = [];
    this.tokens.forEach(({ kind, text: sign }, at) => {
      const wanted = kind === 'sign' ? opening[sign] : undefined;
      if (wanted !== undefined) {
        // One that nobody closes does not keep those around it open.
        const first = open.findLastIndex((one) => this.tokens[one.at]!.text === wanted);
        if (first >= 0) {
          this.#partners.set(at, open[first]!.at);
          open.length = first;
        }
      }
      const inner = open.at(-1);
      this.#around.push({ open: inner?.at ?? -1, argument: inner?.commas ?? 0 });
      if (kind !== 'sign') return;
      if (sign === ',' && inner) inner.commas += 1;
      if (isOpening(sign)) open.push({ at, commas: 0 });
    });
  }

  /** The string whose text an offset is in, by index; -1 for none. */
  stringAt(offset: number): number {
    return this.tokens.findIndex(
      ({ content }) => content !== undefined && content.from <= offset && offset <= content.to,
    );
  }

  /** The name that an offset is in, by index; -1 for none. */
  nameAt(offset: number): number {
    return this.tokens.findIndex(({ kind, from, to }) => kind === 'name' && from <= offset && offset <= to);
  }

  isSign(at: number, sign: string): boolean {
    const token = this.tokens[at];
    return token?.kind === 'sign' && token.text === sign;
  }

  /** The brackets that are open before a token, the innermost first. */
  bracketsAround(at: number): OpenBracket[] {
    const found: OpenBracket[] = [];
    for (let inner = at, around = this.#around[at]; around && around.open >= 0;) {
      const { open, argument } = around;
      const sign = this.tokens[open]!.text;
      if (!isOpening(sign)) break;
      const callee = sign === '{' ? undefined : this.calleeBefore(open);
      found.push({ sign, callee, argument, keyword: this.#keywordBefore(inner) });
      inner = open;
      around = this.#around[open];
    }
    return found;
  }

  /** What stands before an opening bracket, or before a dot. */
  calleeBefore(open: number): PythonCallee | undefined {
    const names: string[] = [];
    for (let at = open - 1; at >= 0;) {
      const token = this.tokens[at]!;
      if (token.kind === 'name' && !isPythonKeyword(token.text)) {
        names.unshift(token.text);
        if (!this.isSign(at - 1, '.')) return { names, hasRoot: true };
        at -= 2;
      } else if (token.text === ')' || token.text === ']') {
        const start = this.#partners.get(at);
        if (start === undefined) break;
        const before = this.tokens[start - 1];
        const isCall =
          before !== undefined &&
          ((before.kind === 'name' && !isPythonKeyword(before.text)) || [')', ']'].includes(before.text));
        if (!isCall) break;
        at = start - 1;
      } else break;
    }
    return names.length === 0 ? undefined : { names, hasRoot: false };
  }

  #keywordBefore(at: number): string | undefined {
    const name = this.tokens[at - 2];
    const isOne = this.isSign(at - 1, '=') && name?.kind === 'name';
    return isOne && (this.isSign(at - 3, '(') || this.isSign(at - 3, ',')) ? name.text : undefined;
  }
}

const opening: Partial<Record<string, OpenBracket['sign']>> = { ')': '(', ']': '[', '}': '{' };

function isOpening(sign: string): sign is OpenBracket['sign'] {
  return sign === '(' || sign === '[' || sign === '{';
}

function* tokensOf(text: string): Generator<PythonToken> {
  const next = /#[^\r\n]*|(?<prefix>[A-Za-z]{0,2})(?<quote>"""|'''|"|')|[\p{L}_][\p{L}\p{N}_]*|\d[\w.]*|\S/gu;
  for (let match = next.exec(text); match; match = next.exec(text)) {
    const from = match.index;
    const [found] = match;
    const { prefix, quote } = match.groups!;
    if (quote !== undefined) {
      const start = from + found.length;
      const { to, isClosed } = endOfString(text, start, quote);
      next.lastIndex = isClosed ? to + quote.length : to;
      const isFormatted = /[ft]/i.test(prefix ?? '');
      const content = { from: start, to, isClosed, isFormatted };
      yield { kind: 'string', from, to: next.lastIndex, text: text.slice(from, next.lastIndex), content };
    } else if (!found.startsWith('#')) {
      yield { kind: kindOf(found), from, to: next.lastIndex, text: found };
    }
  }
}

function kindOf(found: string): PythonToken['kind'] {
  if (/^\d/.test(found)) return 'number';
  return /^[\p{L}_]/u.test(found) ? 'name' : 'sign';
}

/** A short one that is not closed ends with its line. */
function endOfString(text: string, from: number, quote: string): { to: number; isClosed: boolean } {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text.startsWith(quote, at)) return { to: at, isClosed: true };
    else if (quote.length === 1 && (text[at] === '\n' || text[at] === '\r'))
      return { to: at, isClosed: false };
  }
  return { to: text.length, isClosed: false };
}
