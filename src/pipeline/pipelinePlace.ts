import { LineCounter, parseDocument, type Document } from 'yaml';
import { outlineOf, type PipelineOutline } from './pipelineOutline.ts';
import { schemaAt } from './pipelineSchema.ts';
import { eachScalar, keysOf, nodeAt, words, type PathKey, type Word } from './yamlNodes.ts';

/** Where a cursor stands in a text that is being written. `from` to `to` is the word under it. */
export interface CursorPlace {
  from: number;
  to: number;
  /** `key`: an entry's name in the map at `path`. `value`: the value at `path`. */
  role: 'key' | 'value';
  path: PathKey[];
  /** Whether the word begins its line, so that a list or a map may begin here. */
  isLineStart: boolean;
  /** key: the names that the map has already. value in a list: the other values. */
  present: string[];
  /** key: whether its colon is there. */
  hasColon: boolean;
  /** The text as far as it can be read. */
  outline: PipelineOutline;
}

/** The key or the scalar value that an offset is in. */
export function wordAt(text: string, offset: number): Word | undefined {
  const document = parseDocument(text);
  let found: Word | undefined;
  eachScalar(document, (word) => {
    if (word.from <= offset && offset <= word.to) found = word;
  });
  return found;
}

// A word that no pipeline has; it stands for what is being written, which may be nothing yet.
const mark = 'zCursorz';

/** Where the cursor is; undefined where nothing can be said: in a comment, in running text, in what cannot be read. */
export function placeAt(text: string, offset: number): CursorPlace | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = endOfLine(text, offset);
  const before = text.slice(lineStart, offset);
  const after = text.slice(offset, lineEnd);
  const head = /[^\s,[\]{}"':#]*$/.exec(before)![0];
  const tail = /^[^\s,[\]{}"':#]*/.exec(after)![0];
  const [from, to] = [offset - head.length, offset + tail.length];
  const ahead = text.slice(lineStart, from);
  const rest = text.slice(to, lineEnd);
  const open = openAt(ahead);
  if (open.comment || ahead.endsWith(':')) return undefined;

  const hasColon = /^["']?\s*:(\s|$)/.test(rest);
  const isLineStart = /^\s*(- +)*$/.test(ahead);
  // A word alone on its line reads as an entry's name, so that the next line is not taken for its continuation.
  const isAlone = isLineStart && /^\s*(#.*)?$/.test(rest);
  const closers = isAlone ? ':' : openAt(ahead + mark + rest).closers;
  const analysed = `${text.slice(0, from)}${mark}${isAlone ? closers + rest : rest + closers}${text.slice(lineEnd)}`;
  const lines = new LineCounter();
  const document = parseDocument(analysed, { lineCounter: lines, strict: false });

  let word: Word | undefined;
  eachScalar(document, (one) => {
    if (one.text === mark) word ??= one;
  });
  if (!word) return undefined;
  const common = { from, to, isLineStart, hasColon, outline: outlineOf(document, lines, mark) };
  if (word.role === 'key') {
    const owner = word.path.slice(0, -1);
    const names = keysOf(document, owner).filter((name) => name !== mark);
    if (typeOf(owner) === 'object') return { ...common, role: 'key', path: owner, present: names };
    // It was read as a name only because it is alone.
    if (!isAlone || names.length > 0) return undefined;
    return { ...common, role: 'value', path: owner, present: siblings(document, owner) };
  }
  if (typeOf(word.path) === 'object') return { ...common, role: 'key', path: word.path, present: [] };
  return { ...common, role: 'value', path: word.path, present: siblings(document, word.path) };
}

function typeOf(path: readonly PathKey[]): string | undefined {
  const type = schemaAt(path)?.type;
  return typeof type === 'string' ? type : undefined;
}

/** What is open at the end of a piece of one line: a comment, or quotes and brackets that need these closers. */
function openAt(piece: string): { comment: boolean; closers: string } {
  const closers: string[] = [];
  let quote = '';
  for (let i = 0; i < piece.length; i++) {
    const character = piece[i]!;
    const previous = piece[i - 1] ?? ' ';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '#' && /\s/.test(previous)) return { comment: true, closers: '' };
    else if ((character === '"' || character === "'") && /[\s,[{:]/.test(previous)) quote = character;
    else if (character === '[' || character === '{') closers.unshift(character === '[' ? ']' : '}');
    else if (character === ']' || character === '}') closers.shift();
  }
  return { comment: false, closers: quote + closers.join('') };
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  const stop = end < 0 ? text.length : end;
  return text[stop - 1] === '\r' && stop > offset ? stop - 1 : stop;
}

/** The other values of the list that a place is in, or that stands there. */
function siblings(document: Document.Parsed, path: readonly PathKey[]): string[] {
  const list = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
  return words(nodeAt(document, list)).filter((word) => word !== mark);
}
