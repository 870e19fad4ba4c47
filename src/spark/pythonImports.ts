/** One import statement: `from ..pkg import a, b` is level 2, module `pkg`, names a and b. */
export interface PythonImport {
  /** Leading dots: 0 is absolute. */
  level: number;
  /** Dotted; empty for `from . import x`. */
  module: string;
  /** What is taken from it: empty for `import module`, `*` for all. */
  names: string[];
}

const dotted = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

/** All import statements of a Python source, wherever they stand: in functions, in `try`, over several lines. */
export function pythonImports(source: string): PythonImport[] {
  const found: PythonImport[] = [];
  for (const statement of statements(source)) {
    const plain = /^import\s+(.+)$/s.exec(statement);
    if (plain) {
      for (const { name } of aliases(plain[1]!)) {
        if (dotted.test(name)) found.push({ level: 0, module: name, names: [] });
      }
      continue;
    }
    const from = /^from\s*(\.[.\s]*)?\s*([\p{L}_][\p{L}\p{N}_.\s]*?)??\s*\bimport\b\s*(.+)$/su.exec(
      statement,
    );
    if (!from) continue;
    const level = (from[1] ?? '').replace(/\s/g, '').length;
    const module = (from[2] ?? '').replace(/\s/g, '');
    if (module === '' ? level === 0 : !dotted.test(module)) continue;
    const list = from[3]!.replace(/^\(|\)$/g, '');
    const names = aliases(list)
      .map(({ name }) => name)
      .filter((name) => name === '*' || dotted.test(name));
    if (names.length > 0) found.push({ level, module, names });
  }
  return found;
}

function aliases(list: string): { name: string }[] {
  return list
    .replace(/[()]/g, ' ')
    .split(',')
    .map((part) => ({ name: part.trim().split(/\s+/)[0] ?? '' }))
    .filter(({ name }) => name !== '');
}

/**
 * Simple statements that may be imports: strings and comments are taken out, lines within brackets and after a
 * backslash joined, and what follows a `;` or a block's `:` is a statement too.
 */
function statements(source: string): string[] {
  const out: string[] = [];
  let current = '';
  let depth = 0;
  const end = (): void => {
    const statement = current.trim();
    if (/^(?:import|from)\b/.test(statement)) out.push(statement);
    current = '';
  };
  for (let at = 0; at < source.length;) {
    const char = source[at]!;
    if (char === '#') {
      while (at < source.length && source[at] !== '\n') at++;
    } else if (char === '"' || char === "'") {
      at = skipString(source, at);
      current += ' ""';
    } else if (char === '\\' && /^\r?\n/.test(source.slice(at + 1, at + 3))) {
      current += ' ';
      at += source[at + 1] === '\r' ? 3 : 2;
    } else if (char === '\n' || char === '\r') {
      if (depth > 0) current += ' ';
      else end();
      at++;
    } else {
      if ('([{'.includes(char)) depth++;
      if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
      at++;
      // A block's colon: `try: import x`. Within brackets it is a slice or a dict.
      if (depth === 0 && (char === ';' || char === ':')) end();
      else current += char;
    }
  }
  end();
  return out;
}

function skipString(source: string, at: number): number {
  const quote = source[at]!;
  const long = source.startsWith(quote.repeat(3), at);
  const close = long ? quote.repeat(3) : quote;
  for (let i = at + close.length; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source.startsWith(close, i)) return i + close.length;
    // An unfinished string ends with its line; the script will fail to compile anyway.
    else if (!long && source[i] === '\n') return i;
  }
  return source.length;
}
