interface Kept {
  path: string;
  start: number;
  data: ArrayBuffer;
}

/** Byte ranges of files that were read, the least lately used of them forgotten above a limit. */
export class RangeCache {
  readonly #limitBytes: number;
  readonly #kept = new Set<Kept>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The bytes from `start` up to `end`, if they are all in one kept range. */
  get(path: string, start: number, end: number): ArrayBuffer | undefined {
    for (const range of this.#kept) {
      if (range.path !== path || range.start > start || range.start + range.data.byteLength < end) continue;
      this.#kept.delete(range);
      this.#kept.add(range);
      return range.start === start && range.data.byteLength === end - start
        ? range.data
        : range.data.slice(start - range.start, end - range.start);
    }
    return undefined;
  }

  put(path: string, start: number, data: ArrayBuffer): void {
    if (data.byteLength > this.#limitBytes / 2) return;
    this.#kept.add({ path, start, data });
    this.#bytes += data.byteLength;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= oldest.data.byteLength;
    }
  }
}
