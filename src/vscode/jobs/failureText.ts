import type { PythonFailure } from '../../spark/job.ts';

const maxLines = 8;
const maxChars = 1000;

/** `AnalysisException: [UNRESOLVED_COLUMN] …`: the last part of the type, and what is said. */
export function failureText({ type, message }: PythonFailure): string {
  const name = type.split('.').at(-1) ?? type;
  const lines = message.split('\n');
  const text = [message === '' ? name : `${name}: ${lines.slice(0, maxLines).join('\n')}`]
    .concat(lines.length > maxLines ? ['…'] : [])
    .join('\n');
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}

/** The same in one line, for a notification. */
export function failureLine(failure: PythonFailure): string {
  const [first = ''] = failureText(failure).split('\n');
  return first.length > 300 ? `${first.slice(0, 300)}…` : first;
}

/** All that a failure was raised from, nearest first, whatever the depth. */
export function allCauses(failure: PythonFailure): PythonFailure[] {
  return failure.causes.flatMap((cause) => [cause, ...allCauses(cause)]);
}

/**
 * The line, counted from 0, that a run meant by line `line` (from 1) with this `code`: the file may have been edited
 * since; then it is the nearest line that reads the same.
 */
export function findLine(lines: readonly string[], line: number, code: string | undefined): number {
  const expected = Math.min(Math.max(line - 1, 0), Math.max(lines.length - 1, 0));
  if (code === undefined || lines[expected]?.trim() === code.trim()) return expected;
  let nearest: number | undefined;
  for (const [at, text] of lines.entries()) {
    if (text.trim() !== code.trim()) continue;
    if (nearest === undefined || Math.abs(at - expected) < Math.abs(nearest - expected)) nearest = at;
  }
  return nearest ?? expected;
}
