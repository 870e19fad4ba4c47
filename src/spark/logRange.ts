import { WorkbenchError } from '../base/errors.ts';

/** One answer of a Spark worker's `log` page. Offsets are bytes of the file. */
export interface LogRange {
  start: number;
  end: number;
  total: number;
  /** Decoded by the worker: a character that is cut by the range is a U+FFFD in it. */
  text: string;
}

// core/.../deploy/worker/ui/LogPage.scala, renderLog
const header = /^==== Bytes (\d+)-(\d+) of (\d+) of [^\n]* ====\n/;

/** Reads the worker's answer. Throws `not-found` for a driver that the worker does not know (or not any more). */
export function parseLogRange(answer: string): LogRange {
  const match = header.exec(answer);
  if (!match) {
    throw new WorkbenchError(
      'protocol',
      `The Spark worker's log page answered something that is not a log: ${answer.slice(0, 120).trim()}`,
    );
  }
  const [head, start, end, total] = match;
  const range = {
    start: Number(start),
    end: Number(end),
    total: Number(total),
    text: answer.slice(head.length),
  };
  // Its own errors come as the text of an empty range.
  if (range.start === range.end && range.text.startsWith('Error')) {
    throw new WorkbenchError(
      'not-found',
      `The Spark worker has no such log: ${range.text.slice(0, 200).trim()}`,
    );
  }
  return range;
}

const replacement = '\ufffd';

/**
 * The whole characters of a range and the byte after them. The worker decodes each range by itself, so a character
 * that its end cuts comes as U+FFFD: it is left out, and read whole with the next range. `undefined` when this cannot
 * be told (the file holds bytes that are not UTF-8): ask again for a range that ends up to three bytes earlier.
 */
export function wholeCharacters(range: LogRange): { text: string; next: number } | undefined {
  const bytes = range.end - range.start;
  if (!range.text.endsWith(replacement)) return { text: range.text, next: range.end };
  const whole = range.text.slice(0, -1);
  const cut = bytes - Buffer.byteLength(whole);
  // A sequence of UTF-8 has at most four bytes, so a cut one has one to three. A real U+FFFD has three as well, and
  // comes with the next range or at the end of the log.
  if (cut >= 1 && cut <= 3) return { text: whole, next: range.end - cut };
  return undefined;
}
