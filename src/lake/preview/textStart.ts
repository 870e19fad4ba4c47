import { WorkbenchError } from '../../base/errors.ts';
import type { CancelOptions } from '../fileSource.ts';
import { chunkBytes, type ByteChunks } from './byteChunks.ts';
import type { WatchedFile } from './watchedFile.ts';

const sampleBytes = 64 * 1024;

/** Where the text begins behind its byte order mark, and the first of it, in whole lines; `isWhole` if that is all. Throws `unsupported` for UTF-16. */
export async function contentStart(
  file: WatchedFile,
  chunks: ByteChunks,
  options: CancelOptions,
): Promise<{ start: number; sample: Buffer; isWhole: boolean }> {
  const first = await chunks.chunk(0, options);
  if ((first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff)) {
    throw new WorkbenchError(
      'unsupported',
      `"${file.path}" is UTF-16, which is not shown here. Convert it to UTF-8, or read it through Spark.`,
    );
  }
  if (first.subarray(0, 1024).includes(0)) {
    throw new WorkbenchError(
      'unsupported',
      `"${file.path}" is no text: it has zero bytes. Its name says another format than its content has.`,
    );
  }
  const start = first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf ? 3 : 0;
  let end = Math.min(first.length, start + sampleBytes);
  if (end < first.length || first.length === chunkBytes) {
    const line = first.lastIndexOf(10, end - 1);
    if (line > start) end = line + 1;
  }
  return {
    start,
    sample: first.subarray(start, end),
    isWhole: end === first.length && first.length < chunkBytes,
  };
}

export const invalidTextNote = 'Some bytes are no UTF-8 and are shown as �.';

/** What is to be said of a text file that is packed. */
export function textNotes(isPacked: boolean): string[] {
  return isPacked
    ? ['The file is compressed with gzip, which can only be read from its start: far jumps take their time.']
    : [];
}
