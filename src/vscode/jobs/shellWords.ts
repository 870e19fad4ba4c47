import { WorkbenchError } from '../../base/errors.ts';

/**
 * Splits a line as a POSIX shell splits a command: blanks part words, `'…'` and `"…"` and a backslash keep them. Nothing
 * is expanded. Throws `invalid` for a quote that does not end.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (char === "'" || char === '"') {
      const quoted = readQuoted(line, at);
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\') {
      if (at + 1 === line.length) throw new WorkbenchError('invalid', 'A backslash stands at the end.');
      word = (word ?? '') + line[++at]!;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function readQuoted(line: string, start: number): { text: string; end: number } {
  const quote = line[start]!;
  let text = '';
  for (let at = start + 1; at < line.length; at++) {
    const char = line[at]!;
    if (char === quote) return { text, end: at };
    // Within "…" a backslash is one, unless it stands before what it could protect.
    if (quote === '"' && char === '\\' && /["\\$`]/.test(line[at + 1] ?? '')) text += line[++at]!;
    else text += char;
  }
  throw new WorkbenchError('invalid', `The quote ${quote} does not end.`);
}

/** One line that `splitWords` takes apart into the same words. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** `spark.x=1 'spark.y=a b'` as Spark properties. Throws `invalid`. */
export function parseProperties(line: string): Record<string, string> {
  return Object.fromEntries(
    splitWords(line).map((word) => {
      const [, key, value] = /^(spark\.[\w.-]+)=(.*)$/s.exec(word) ?? [];
      if (key === undefined || value === undefined) {
        throw new WorkbenchError('invalid', `"${word}" is not of the form spark.name=value.`);
      }
      return [key, value];
    }),
  );
}

/** The line that `parseProperties` reads. */
export function formatProperties(properties: Readonly<Record<string, string>>): string {
  return joinWords(Object.entries(properties).map(([key, value]) => `${key}=${value}`));
}
