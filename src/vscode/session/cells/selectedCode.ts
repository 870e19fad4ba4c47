/** Lines of a script that are to be run. */
export interface SelectedCode {
  code: string;
  /** Where its first line stands. */
  line: number;
}

interface Place {
  line: number;
  character: number;
}

/**
 * What a selection means: a part of one line as it is, else whole lines, without the indent that they share. Without a
 * selection the line. Undefined where that is blank.
 */
export function selectedCode(
  lines: readonly string[],
  { start, end }: { start: Place; end: Place },
): SelectedCode | undefined {
  const isEmpty = start.line === end.line && start.character === end.character;
  if (start.line === end.line && !isEmpty) {
    const code = (lines[start.line] ?? '').slice(start.character, end.character).trim();
    return code === '' ? undefined : { code, line: start.line };
  }
  // One that ends before the first character of a line does not mean that line.
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  const whole = lines.slice(start.line, last + 1);
  const first = whole.findIndex((line) => line.trim() !== '');
  if (first < 0) return undefined;
  const filled = whole.filter((line) => line.trim() !== '');
  const indent = filled.map((line) => /^[ \t]*/.exec(line)![0]).reduce(shared);
  const code = whole.slice(first).map((line) => line.slice(line.trim() === '' ? line.length : indent.length));
  return { code: code.join('\n').trimEnd(), line: start.line + first };
}

function shared(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
