import { gunzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import type { Compressors } from 'hyparquet';
import { compressors as allCompressors } from 'hyparquet-compressors';

/** No writer makes pages that are near it; a limit, since the size comes from the file. */
export const maxPageBytes = 128 * 1024 * 1024;

type Unpack = (input: Uint8Array, outputLength: number) => Uint8Array;

/** Zstandard, block by block: as a whole, fzstd takes what the frame says for its size, and is silent if it is another. */
export function unpackZstd(input: Uint8Array, maxLength: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress((block) => {
    length += block.length;
    if (length > maxLength) throw new Error('its Zstandard data is longer than it may be');
    blocks.push(block.slice());
  });
  stream.push(input, true);
  return Buffer.concat(blocks);
}

/** How many bytes an LZ4 block unpacks to; the decompressor fills up with zeros what a cut one lacks. */
function lz4Length(input: Uint8Array): number {
  let at = 0;
  const long = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let more = 255; more === 255; length += more) {
      if (at >= input.length) throw new Error('a page is cut short');
      more = input[at++]!;
    }
    return length;
  };
  let length = 0;
  while (at < input.length) {
    const token = input[at++]!;
    const literals = long(token >> 4);
    length += literals;
    at += literals;
    if (at > input.length) throw new Error('a page is cut short');
    if (at === input.length) break;
    at += 2;
    length += long(token & 15) + 4;
  }
  return length;
}

const unpack: Record<string, Unpack> = {
  ...(allCompressors as Record<string, Unpack>),
  // zlib knows files of several members, and stops at the length that the page tells.
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: unpackZstd,
  LZ4_RAW: (input, length) => {
    if (lz4Length(input) !== length) throw new Error('a page does not unpack to the length that it tells');
    return (allCompressors as Record<string, Unpack>).LZ4_RAW!(input, length);
  },
};

/** All codecs of Parquet, within limits: what comes out has the length that the page tells, or it throws. */
export const compressors: Compressors = Object.fromEntries(
  Object.entries(unpack).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number): Uint8Array => {
      if (!(length >= 0 && length <= maxPageBytes))
        throw new Error(`a page of ${length} bytes is not supported`);
      if (length === 0) return new Uint8Array();
      const output = decompress(input, length);
      if (output.length !== length) throw new Error('a page does not unpack to the length that it tells');
      return output;
    },
  ]),
);
