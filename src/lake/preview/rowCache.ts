import type { Row } from '../parquetFile.ts';

/** Blocks of decoded rows by a key, the least lately used of them forgotten above a limit. */
export class RowCache {
  readonly #limitBytes: number;
  readonly #kept = new Map<string, { rows: Row[]; bytes: number }>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(key: string): Row[] | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.rows;
  }

  put(key: string, rows: Row[]): void {
    const bytes = sizeOf(rows, this.#limitBytes);
    if (bytes > this.#limitBytes / 2 || this.#kept.has(key)) return;
    this.#kept.set(key, { rows, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }
}

/** About what a value takes in memory; counting ends above the limit. */
function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return 16 + value.length * 2;
  if (value instanceof Uint8Array) return 64 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 32;
  for (const inner of Object.values(value)) {
    bytes += 8 + sizeOf(inner, limit);
    if (bytes > limit) break;
  }
  return bytes;
}
