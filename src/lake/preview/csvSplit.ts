import { WorkbenchError } from '../../base/errors.ts';
import { growingPieces, tooLong, type SplitRecords } from './textSplit.ts';

/*
 * CSV as RFC 4180 has it, or with Spark's backslashes before quotes, read leniently: rows end with LF, CRLF or CR; a quote
 * within a field, or text behind a closing quote, is text; rows may have any number of fields; empty lines are passed over.
 * Ours, because a look into a big file needs the byte at which each row ends, at no more than some nanoseconds for a byte:
 * `csv-parse` took some fifteen times as long, others know no bytes.
 */

/** The fields of a record; null for an empty one without quotes, as Spark writes null. */
export type Fields = (string | null)[];

export interface Dialect {
  /** One ASCII character. */
  delimiter: string;
  /** What stands before a quote that is text: another quote, or a backslash as Spark writes it. */
  escape: '"' | '\\';
}

const quote = 0x22;
const backslash = 0x5c;
const lf = 0x0a;
const cr = 0x0d;

/** Splits a CSV into records. `path` is for the sentence of an error. Throws `invalid` for an impossible delimiter. */
export function csvSplitter(dialect: Dialect, path: string): SplitRecords<Fields> {
  const { delimiter } = dialect;
  const mark = delimiter.charCodeAt(0);
  if (delimiter.length !== 1 || mark > 127 || mark === quote || mark === lf || mark === cr) {
    throw new WorkbenchError('invalid', `"${delimiter}" cannot part fields: it must be one ASCII character.`);
  }
  return async function* (pieces) {
    for await (const { bytes, offset, isEnd, take } of growingPieces(pieces, path)) {
      let at = 0;
      for (;;) {
        while (bytes[at] === lf || bytes[at] === cr) at++;
        const record = at < bytes.length ? recordAt(bytes, at, dialect, isEnd) : undefined;
        if (record === 'unclosed') {
          throw new WorkbenchError(
            'protocol',
            `"${path}" cannot be read as CSV to its end: a quote is not closed. Mend the file.`,
          );
        }
        if (!record) break;
        if (record.end - at > tooLong.bytes) throw tooLong.error(path);
        at = record.end;
        yield { value: record.fields, end: offset + at };
      }
      take(at);
    }
  };
}

interface SplitRecord {
  fields: Fields;
  /** Behind the end of its line. */
  end: number;
  /** Fields in which text follows a closing quote. */
  odd: number;
}

/** The record that begins at `start`; undefined if more bytes are needed to know where it ends. */
function recordAt(
  bytes: Buffer,
  start: number,
  { delimiter, escape }: Dialect,
  isEnd: boolean,
): SplitRecord | 'unclosed' | undefined {
  const mark = delimiter.charCodeAt(0);
  const fields: Fields = [];
  let odd = 0;
  let at = start;
  for (;;) {
    const first = at;
    let text: string | undefined;
    if (bytes[at] === quote) {
      const close = escape === '"' ? closingQuote(bytes, at + 1, isEnd) : closingBackslashed(bytes, at + 1);
      if (close === -1) return isEnd ? 'unclosed' : undefined;
      text = bytes.toString('utf8', first + 1, close);
      if (escape === '"') text = text.includes('"') ? text.replaceAll('""', '"') : text;
      else if (text.includes('\\')) text = text.replace(/\\(["\\])/g, '$1');
      at = close + 1;
    }
    const closed = at;
    let byte = bytes[at];
    while (byte !== undefined && byte !== mark && byte !== lf && byte !== cr) byte = bytes[++at];
    if (byte === undefined && !isEnd) return undefined;
    // A field that begins with a quoted part and goes on is shown as it is written.
    if (text !== undefined && at > closed) odd++;
    if (text === undefined || at > closed) text = bytes.toString('utf8', first, at);
    fields.push(at === first ? null : text);
    if (byte === mark) {
      at++;
      continue;
    }
    if (byte === cr) {
      // Whether a line feed belongs to it is seen in the next piece.
      if (at + 1 === bytes.length && !isEnd) return undefined;
      if (bytes[at + 1] === lf) at++;
    }
    return { fields, end: byte === undefined ? at : at + 1, odd };
  }
}

/** The place of the first quote from `start` on that is not doubled; -1 if there is none, or more bytes are needed to know. */
function closingQuote(bytes: Buffer, start: number, isEnd: boolean): number {
  for (let at = start; ; at += 2) {
    at = bytes.indexOf(quote, at);
    if (at === -1 || (at + 1 === bytes.length && !isEnd)) return -1;
    if (bytes[at + 1] !== quote) return at;
  }
}

/** The place of the first quote from `start` on without a backslash of its own before it, or -1. */
function closingBackslashed(bytes: Buffer, start: number): number {
  for (let at = start; ; at++) {
    at = bytes.indexOf(quote, at);
    if (at === -1) return -1;
    let slashes = 0;
    while (at - slashes > start && bytes[at - slashes - 1] === backslash) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

/** The records of a piece of text that begins a file, up to one that cannot be read; and how many fields are odd. */
export function sampleRecords(text: Buffer, dialect: Dialect): { records: Fields[]; odd: number } {
  const records: Fields[] = [];
  let [at, odd] = [0, 0];
  for (;;) {
    while (text[at] === lf || text[at] === cr) at++;
    const record = at < text.length ? recordAt(text, at, dialect, true) : undefined;
    if (record === 'unclosed') return { records, odd: odd + 1 };
    if (!record) return { records, odd };
    records.push(record.fields);
    odd += record.odd;
    at = record.end;
  }
}
