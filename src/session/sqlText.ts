/** A piece of Spark SQL; blanks are none. */
export interface SqlToken {
  /** `quoted`: a name in backticks. `sign`: one character of anything else. */
  kind: 'word' | 'quoted' | 'string' | 'number' | 'comment' | 'sign';
  from: number;
  to: number;
  text: string;
  /** False for what is still open at the end of the text. */
  isClosed: boolean;
}

/** Offsets count from 0 in the text, lines from 0. */
export interface SqlStatement {
  /** Of its first word: comments and blanks before it are not its own. */
  from: number;
  /** After its last word or comment, without the semicolon. */
  to: number;
  line: number;
  endLine: number;
  text: string;
  /** After its semicolon, or the end of the text. */
  end: number;
}

/** The tokens of a text as Spark's own lexer tells them apart. Reads any text. */
export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at]!)) {
      at += 1;
      continue;
    }
    const { kind, to, isClosed } = tokenAt(text, at);
    tokens.push({ kind, from: at, to, text: text.slice(at, to), isClosed });
    at = to;
  }
  return tokens;
}

/** The statements of a text; one that has nothing but comments is none. */
export function sqlStatements(text: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let first: SqlToken | undefined;
  let last: SqlToken | undefined;
  let line = 0;
  let counted = 0;
  const lineOf = (offset: number): number => {
    for (; counted < offset; counted++) if (text[counted] === '\n') line += 1;
    return line;
  };
  const finish = (end: number): void => {
    if (first && last) {
      const [{ from }, { to }] = [first, last];
      statements.push({ from, to, line: lineOf(from), endLine: lineOf(to), text: text.slice(from, to), end });
    }
    first = last = undefined;
  };
  for (const token of sqlTokens(text)) {
    if (token.kind === 'sign' && token.text === ';') finish(token.to);
    else if (first) last = token;
    else if (token.kind !== 'comment') first = last = token;
  }
  finish(text.length);
  return statements;
}

/**
 * The statement that a cursor means: the one that it is in or behind on the same line, else the next one, else the last.
 */
export function sqlStatementAt(text: string, offset: number): SqlStatement | undefined {
  const statements = sqlStatements(text);
  const found = statements.findIndex(({ end }) => offset <= end);
  const next = statements[found] ?? statements.at(-1);
  const before = statements[found - 1];
  if (next && before && offset < next.from && !text.slice(before.end, offset).includes('\n')) return before;
  return next;
}

interface Extent {
  kind: SqlToken['kind'];
  to: number;
  isClosed: boolean;
}

function tokenAt(text: string, at: number): Extent {
  const char = text[at]!;
  const next = text[at + 1] ?? '';
  if (char === '-' && next === '-')
    return { kind: 'comment', to: endOfLineComment(text, at), isClosed: true };
  if (char === '/' && next === '*') return { kind: 'comment', ...endOfBlockComment(text, at) };
  if (char === "'" || char === '"') return { kind: 'string', ...endOfString(text, at, true) };
  if ((char === 'r' || char === 'R') && (next === "'" || next === '"')) {
    return { kind: 'string', ...endOfString(text, at + 1, false) };
  }
  if (char === '`') return { kind: 'quoted', ...endOfName(text, at) };
  if (char === '$') {
    const tag = sticky(/\$[A-Za-z]*\$/y, text, at);
    if (tag !== undefined) {
      const close = text.indexOf(tag, at + tag.length);
      const isClosed = close >= 0;
      return { kind: 'string', to: isClosed ? close + tag.length : text.length, isClosed };
    }
  }
  const word = sticky(/[\p{L}\p{N}_]+/uy, text, at);
  if (word === undefined) return { kind: 'sign', to: at + 1, isClosed: true };
  const number = /^\d/.test(word)
    ? sticky(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_])/uy, text, at)
    : '';
  if (number) return { kind: 'number', to: at + number.length, isClosed: true };
  return { kind: 'word', to: at + word.length, isClosed: true };
}

function sticky(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** A backslash at a line's end takes the next line along. */
function endOfLineComment(text: string, from: number): number {
  return from + sticky(/--(?:\\\n|[^\r\n])*/y, text, from)!.length;
}

/** Comments in comments count. */
function endOfBlockComment(text: string, from: number): { to: number; isClosed: boolean } {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      depth += 1;
      at += 1;
    } else if (text.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return { to: at + 1, isClosed: true };
    }
  }
  return { to: text.length, isClosed: false };
}

/** Two quotes within are two strings side by side, which comes to the same. */
function endOfString(text: string, from: number, escapes: boolean): { to: number; isClosed: boolean } {
  const quote = text[from]!;
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === quote) return { to: at + 1, isClosed: true };
    if (escapes && text[at] === '\\') at += 1;
  }
  return { to: text.length, isClosed: false };
}

function endOfName(text: string, from: number): { to: number; isClosed: boolean } {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] !== '`') continue;
    if (text[at + 1] !== '`') return { to: at + 1, isClosed: true };
    at += 1;
  }
  return { to: text.length, isClosed: false };
}

/** The name that a word or a name in backticks stands for. */
export function sqlName({ kind, text, isClosed }: SqlToken): string {
  if (kind !== 'quoted') return text;
  return text.slice(1, isClosed ? -1 : undefined).replaceAll('``', '`');
}

/** A name as SQL takes it: in backticks where it would not be one word. */
export function quoteSqlName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}
