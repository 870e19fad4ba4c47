import { WorkbenchError } from '../../base/errors.ts';

/** A record, and the offset behind it with what parts it from the next. */
export interface TextRecord<T> {
  value: T;
  end: number;
}

/**
 * Splits bytes into records from a place where one begins. Gets the content's pieces from there on and gives the records in
 * order, with their ends counted from that place. Throws `unsupported` for a record that is too long.
 */
export type SplitRecords<T> = (
  pieces: AsyncIterable<Buffer>,
) => AsyncGenerator<TextRecord<T>, void, undefined>;

/** No record of a table is as long; a quote that is never closed would make all the rest of the file one. */
export const tooLong = {
  bytes: 4 * 1024 * 1024,
  error: (path: string): WorkbenchError =>
    new WorkbenchError(
      'unsupported',
      `A row of "${path}" is longer than 4 MB, which is not shown here (in a CSV file, perhaps a quote is not closed). ` +
        'Read it through Spark.',
    ),
};

interface Growing {
  bytes: Buffer;
  /** Of the first byte, from where the pieces begin. */
  offset: number;
  /** No more bytes follow. */
  isEnd: boolean;
  /** Says how many bytes are done with. */
  take: (bytes: number) => void;
}

/** What was not yet taken of the pieces, with more at each step. Throws `unsupported` if too much is not taken. */
export async function* growingPieces(
  pieces: AsyncIterable<Buffer>,
  path: string,
): AsyncGenerator<Growing, void, undefined> {
  let parts: Buffer[] = [];
  let [length, needed, offset] = [0, 0, 0];
  const step = (isEnd: boolean): Growing => {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    return {
      bytes,
      offset,
      isEnd,
      take: (taken) => {
        const rest = bytes.subarray(taken);
        parts = rest.length > 0 ? [rest] : [];
        length = rest.length;
        offset += taken;
        // A record that is cut is looked at again when it is twice as long, so that its length counts once.
        needed = taken === 0 ? length * 2 : length + 1;
      },
    };
  };
  for await (const piece of pieces) {
    parts.push(piece);
    length += piece.length;
    if (length < needed) continue;
    yield step(false);
    if (length > tooLong.bytes) throw tooLong.error(path);
  }
  yield step(true);
}
