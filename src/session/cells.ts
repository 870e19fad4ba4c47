/** A part of a script that runs by itself: from a `# %%` line to the next one. Lines count from 0. */
export interface Cell {
  kind: 'python' | 'sql' | 'markdown';
  /** What stands beside the marker; empty where nothing does. */
  title: string;
  /** Of the marker; of the first line for what comes before the first marker. */
  line: number;
  /** The last one that belongs to it. */
  endLine: number;
  hasMarker: boolean;
  /** What runs; empty where there is nothing to run. */
  code: string;
  /** Where the code's first line stands. */
  codeLine: number;
  /** The variable that the rows of SQL are bound to: `# %% [sql] into="orders"`. */
  into?: string;
}

const marker = /^#[ \t]*%%+(?=[\s[]|$)(.*)$/;
/** Metadata as jupytext writes it: `name="value"`, `tags=["a", "b"]`. */
const metadata = /(?:^|\s)([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{[^}]*\})/g;
const kinds: Readonly<Record<string, Cell['kind']>> = {
  markdown: 'markdown',
  md: 'markdown',
  raw: 'markdown',
  sql: 'sql',
};

/**
 * The cells of a Python script in the percent format that Jupyter's tools share; none where it has no marker. Code above
 * the first marker is a cell too. A marker within a string is text.
 */
export function parseCells(text: string): Cell[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (!lines.some((line) => marker.test(line))) return [];
  const inStrings = linesInStrings(lines.join('\n'));
  const starts = lines.flatMap((line, at) => (marker.test(line) && !inStrings.has(at) ? [at] : []));
  const [first] = starts;
  if (first === undefined) return [];
  const cells = starts.map((line, i) => cellAt(lines, line, (starts[i + 1] ?? lines.length) - 1));
  const head = plainCode(lines, 0, first - 1);
  if (head.code === '') return cells;
  return [{ kind: 'python', title: '', line: 0, endLine: first - 1, hasMarker: false, ...head }, ...cells];
}

/** Which cell a line belongs to; undefined above the first one. */
export function cellAtLine(cells: readonly Cell[], line: number): Cell | undefined {
  return cells.findLast((cell) => cell.line <= line);
}

/** SQL as it stands in a script: in comments (jupytext's way), as one string of three quotes, or bare. */
export function sqlOfLines(lines: readonly string[]): { code: string; skippedLines: number } {
  const filled = lines.filter((line) => line.trim() !== '');
  if (filled.every((line) => /^\s*#/.test(line))) {
    return trimmed(lines.map((line) => line.replace(/^\s*#[ ]?/, '')));
  }
  const quoted = /^\s*[rRuU]?("""|''')([^]*?)\1\s*$/.exec(withoutComments(lines).join('\n'));
  if (!quoted) return trimmed(withoutComments(lines));
  const before = quoted[0].slice(0, quoted[0].indexOf(quoted[1]!)).split('\n').length - 1;
  const { code, skippedLines } = trimmed(quoted[2]!.split('\n'));
  return { code, skippedLines: skippedLines + before };
}

function cellAt(lines: readonly string[], line: number, endLine: number): Cell {
  const { kind, title, into } = readMarker(marker.exec(lines[line]!)?.[1] ?? '');
  const place = { kind, title, line, endLine, hasMarker: true };
  if (kind === 'markdown') return { ...place, code: '', codeLine: line + 1 };
  if (kind === 'python') return { ...place, ...plainCode(lines, line + 1, endLine) };
  const { code, skippedLines } = sqlOfLines(lines.slice(line + 1, endLine + 1));
  return { ...place, code, codeLine: line + 1 + skippedLines, ...(into !== undefined && { into }) };
}

function readMarker(text: string): { kind: Cell['kind']; title: string; into?: string } {
  const values = new Map<string, string>();
  const rest = text.replace(metadata, (_all, name: string, value: string) => {
    values.set(name, value.replace(/^"|"$/g, ''));
    return ' ';
  });
  let kind: Cell['kind'] = values.get('language') === 'sql' ? 'sql' : 'python';
  const title = rest.replace(/\[(\w+)\]/, (all, name: string) => {
    const named = kinds[name.toLowerCase()];
    if (!named) return all;
    kind = named;
    return ' ';
  });
  const into = values.get('into');
  const isName = into !== undefined && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(into);
  return { kind, title: title.replace(/\s+/g, ' ').trim(), ...(isName && { into }) };
}

/** Code without the blank lines around it; what is comments alone does nothing. */
function plainCode(lines: readonly string[], from: number, to: number): { code: string; codeLine: number } {
  const own = lines.slice(from, to + 1);
  const isEmpty = own.every((line) => /^\s*(?:#.*)?$/.test(line));
  const { code, skippedLines } = trimmed(own);
  return { code: isEmpty ? '' : code, codeLine: Math.min(from + skippedLines, Math.max(from, to)) };
}

function trimmed(lines: readonly string[]): { code: string; skippedLines: number } {
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0) return { code: '', skippedLines: 0 };
  return { code: lines.slice(first).join('\n').trimEnd(), skippedLines: first };
}

function withoutComments(lines: readonly string[]): string[] {
  return lines.map((line) => (/^\s*#/.test(line) ? '' : line));
}

/** The lines that begin within a string. One that is never closed is being written: it holds nothing yet. */
function linesInStrings(text: string): Set<number> {
  const inside = new Set<number>();
  const next = /\n|#.*|"""|'''|"|'/g;
  let line = 0;
  for (let match = next.exec(text); match; match = next.exec(text)) {
    const [found] = match;
    if (found === '\n') line++;
    if (found === '\n' || found.startsWith('#')) continue;
    const end = endOfString(text, next.lastIndex, found);
    if (end === undefined) continue;
    for (let at = text.indexOf('\n', match.index); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
      inside.add(++line);
    }
    next.lastIndex = end;
  }
  return inside;
}

function endOfString(text: string, from: number, quote: string): number | undefined {
  const isLong = quote.length === 3;
  const stop = new RegExp(`\\\\[^]|${isLong ? '' : '\\n|'}${quote}`, 'g');
  stop.lastIndex = from;
  for (let match = stop.exec(text); match; match = stop.exec(text)) {
    if (match[0] === quote) return stop.lastIndex;
    // A short string ends with its line, unless that ends with a backslash.
    if (match[0] === '\n') return match.index;
  }
  return isLong ? undefined : text.length;
}
