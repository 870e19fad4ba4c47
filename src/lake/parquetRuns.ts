/*
 * The two ways in which Parquet packs integers, read with every length checked:
 * https://github.com/apache/parquet-format/blob/master/Encodings.md
 */

const damaged = (what: string): Error => new Error(`a page is damaged: ${what}`);

/** What runs of the RLE and bit-packing hybrid hold: the biggest value, and how often `wanted` occurs. */
export interface RunFacts {
  biggest: number;
  wantedCount: number;
}

/** Walks `count` values of `width` bits in `bytes`. Throws if they are not there, or a run reaches beyond them. */
export function walkRuns(bytes: Uint8Array, width: number, count: number, wanted = -1): RunFacts {
  if (!(width >= 0 && width <= 32)) throw damaged(`its integers have ${width} bits`);
  const facts: RunFacts = { biggest: 0, wantedCount: 0 };
  const mask = width === 32 ? 0xffffffff : 2 ** width - 1;
  const valueBytes = (width + 7) >> 3;
  let at = 0;
  let seen = 0;
  while (seen < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 28) throw damaged('its runs end too early');
      const byte = bytes[at++]!;
      header += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (header % 2 === 0) {
      const length = header / 2;
      if (length === 0 || length > count - seen) throw damaged('a run is longer than the page');
      if (at + valueBytes > bytes.length) throw damaged('its runs end too early');
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value += bytes[at++]! * 2 ** (8 * i);
      if (value > facts.biggest) facts.biggest = value;
      if (value === wanted) facts.wantedCount += length;
      seen += length;
      continue;
    }
    const groups = (header - 1) / 2;
    const here = Math.min(groups * 8, count - seen);
    // The last group may be cut where the page ends, and is padded to eight values. Of width 0 nothing is stored.
    if (groups === 0 || (groups - 1) * 8 >= count - seen + 8) throw damaged('a run is longer than the page');
    if (Math.ceil((here * width) / 8) > bytes.length - at) throw damaged('its runs end too early');
    for (let i = 0, bit = 0; i < here; i++, bit += width) {
      const byte = at + Math.floor(bit / 8);
      const whole =
        bytes[byte]! +
        (bytes[byte + 1] ?? 0) * 2 ** 8 +
        (bytes[byte + 2] ?? 0) * 2 ** 16 +
        (bytes[byte + 3] ?? 0) * 2 ** 24 +
        (bytes[byte + 4] ?? 0) * 2 ** 32;
      const value = width === 0 ? 0 : Math.floor(whole / 2 ** (bit % 8)) % (mask + 1);
      if (value > facts.biggest) facts.biggest = value;
      if (value === wanted) facts.wantedCount++;
    }
    at += groups * width;
    seen += here;
  }
  return facts;
}

/** `count` integers of DELTA_BINARY_PACKED, wrapped to 32 bits, and where they end. */
export function deltaInts(
  bytes: Uint8Array,
  start: number,
  count: number,
): { values: Int32Array; end: number } {
  let at = start;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (at >= bytes.length || shift > 63n) throw damaged('its numbers end too early');
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const zigzag = (): number => {
    const value = varint();
    return Number(BigInt.asIntN(32, (value >> 1n) ^ -(value & 1n)));
  };
  const { blockSize, miniblocks } = checkedDeltaHeader(varint(), varint(), Number(varint()), count);
  const values = new Int32Array(count);
  let value = zigzag();
  let filled = 0;
  if (count > 0) values[filled++] = value;
  const perMiniblock = blockSize / miniblocks;
  while (filled < count) {
    const least = zigzag();
    const widths = bytes.subarray(at, at + miniblocks);
    if (widths.length < miniblocks) throw damaged('its numbers end too early');
    at += miniblocks;
    for (let m = 0; m < miniblocks && filled < count; m++) {
      const width = widths[m]!;
      const end = at + (perMiniblock * width) / 8;
      if (width > 64 || end > bytes.length) throw damaged('its numbers end too early');
      for (let i = 0, bit = 0; i < perMiniblock && filled < count; i++, bit += width) {
        let delta = 0;
        // Bits above 32 vanish in the sum's 32.
        for (let b = 0; b < width && b < 32; b++) {
          const position = bit + b;
          delta |= ((bytes[at + (position >> 3)]! >> (position & 7)) & 1) << b;
        }
        value = (value + least + delta) | 0;
        values[filled++] = value;
      }
      at = end;
    }
  }
  return { values, end: at };
}

/** The header of DELTA_BINARY_PACKED: blocks are of 128 values or a multiple, miniblocks of 32 or a multiple. */
export function checkedDeltaHeader(
  block: bigint,
  perBlock: bigint,
  total: number,
  count: number,
): { blockSize: number; miniblocks: number } {
  const [blockSize, miniblocks] = [Number(block), Number(perBlock)];
  const isRight =
    blockSize > 0 &&
    blockSize <= 2 ** 20 &&
    miniblocks > 0 &&
    blockSize % miniblocks === 0 &&
    (blockSize / miniblocks) % 8 === 0;
  if (!isRight || total !== count) throw damaged('its numbers have an impossible header');
  return { blockSize, miniblocks };
}
