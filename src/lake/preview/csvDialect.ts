import { sampleRecords, type Dialect, type Fields } from './csvSplit.ts';
import { looksLikeValue } from './textTypes.ts';

const delimiters = [',', ';', '\t', '|'];

/** How the rows of a text look: the delimiter is given, or the one by which most rows have the same number of fields. */
export function sniffDialect(sample: Buffer, given: string | undefined): Dialect {
  let best: { delimiter: string; score: number } = { delimiter: given ?? ',', score: 0 };
  for (const delimiter of given === undefined ? delimiters : []) {
    const score = evenness(sampleRecords(sample, { delimiter, escape: '"' }).records);
    if (score > best.score) best = { delimiter, score };
  }
  const { delimiter } = best;
  const odd = (escape: Dialect['escape']): number => sampleRecords(sample, { delimiter, escape }).odd;
  return { delimiter, escape: odd('"') > odd('\\') ? '\\' : '"' };
}

/** The share of rows that have as many fields as most have, and a little for each field; 0 if that is one field. */
function evenness(records: readonly Fields[]): number {
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [fields, rows] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0];
  return fields < 2 ? 0 : rows / records.length + Math.min(fields, 50) / 1000;
}

/** Whether the first row names the columns: all its fields are there, differ, and are no numbers, dates or truth values. */
export function looksLikeHeader(first: Fields | undefined): boolean {
  if (!first || first.length === 0) return false;
  if (!first.every((field) => field !== null && field.trim() !== '' && !looksLikeValue(field))) return false;
  return new Set(first).size === first.length;
}
