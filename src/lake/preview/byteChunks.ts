import { Readable, pipeline } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import type { CancelOptions } from '../fileSource.ts';
import type { WatchedFile } from './watchedFile.ts';

/** What is read, and kept, at once. */
export const chunkBytes = 256 * 1024;
/** Of both kinds of files: what is kept for scrolling back. */
const keptBytes = 32 * 1024 * 1024;
/** From here on a compressed file must be worth its length: zlib's best ratio is 1032, real data's some 20. */
const suspiciousBytes = 1024 * 1024 * 1024;
const maxRatio = 200;

/** The content of a text file, piece by piece. */
export interface ByteChunks {
  /** Bytes `number * chunkBytes` and following; shorter than `chunkBytes` at the end of the content, empty behind it. */
  chunk(number: number, options: CancelOptions): Promise<Buffer>;
  /** How much of the file, from 0 to 1, the content up to this offset is; undefined if that is unknown. */
  share(offset: number): number | undefined;
}

/** The chunks that were used last. */
class Kept {
  readonly #chunks = new Map<number, Buffer>();

  get(number: number): Buffer | undefined {
    const chunk = this.#chunks.get(number);
    if (chunk) {
      this.#chunks.delete(number);
      this.#chunks.set(number, chunk);
    }
    return chunk;
  }

  put(number: number, chunk: Buffer): void {
    this.#chunks.set(number, chunk);
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size * chunkBytes <= keptBytes) break;
      this.#chunks.delete(oldest);
    }
  }
}

/** A file that is not compressed: any chunk costs one read. */
export class PlainChunks implements ByteChunks {
  readonly #file: WatchedFile;
  readonly #kept = new Kept();

  constructor(file: WatchedFile) {
    this.#file = file;
  }

  async chunk(number: number, options: CancelOptions): Promise<Buffer> {
    const kept = this.#kept.get(number);
    if (kept) return kept;
    throwIfCancelled(options.signal);
    const chunk = await this.#file.read(number * chunkBytes, (number + 1) * chunkBytes, options);
    this.#kept.put(number, chunk);
    return chunk;
  }

  share(offset: number): number {
    return this.#file.bytes === 0 ? 1 : Math.min(1, offset / this.#file.bytes);
  }
}

/** A gzip file: what was not kept can only be had by unpacking from the start. */
export class GzipChunks implements ByteChunks {
  readonly #file: WatchedFile;
  readonly #kept = new Kept();
  #stream: Unpacking | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(file: WatchedFile) {
    this.#file = file;
  }

  chunk(number: number, options: CancelOptions): Promise<Buffer> {
    const kept = this.#kept.get(number);
    if (kept) return Promise.resolve(kept);
    const result = this.#queue.then(() => this.#unpackTo(number, options));
    this.#queue = result.catch(() => {});
    return result;
  }

  share(offset: number): number | undefined {
    const stream = this.#stream;
    if (!stream || stream.packedBytes === 0 || stream.plainBytes === 0) return undefined;
    return Math.min(1, ((offset / stream.plainBytes) * stream.packedBytes) / this.#file.bytes);
  }

  async #unpackTo(number: number, options: CancelOptions): Promise<Buffer> {
    const kept = this.#kept.get(number);
    if (kept) return kept;
    if (this.#stream && this.#stream.next > number && !this.#stream.isAtEnd) this.#drop();
    if (this.#stream?.isAtEnd) {
      if (number >= this.#stream.next) return Buffer.alloc(0);
      this.#drop();
    }
    const stream = (this.#stream ??= new Unpacking(this.#file));
    try {
      for (;;) {
        throwIfCancelled(options.signal);
        const current = stream.next;
        const chunk = await stream.read(options);
        this.#kept.put(current, chunk);
        if (current === number) return chunk;
        if (chunk.length < chunkBytes) return Buffer.alloc(0);
      }
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  #drop(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }
}

/** One pass over a gzip file. */
class Unpacking {
  readonly #file: WatchedFile;
  readonly #output: AsyncIterator<Buffer>;
  readonly #gunzip: Gunzip;
  #options: CancelOptions = {};
  #rest: Buffer = Buffer.alloc(0);
  packedBytes = 0;
  plainBytes = 0;
  /** The number of the chunk that is read next. */
  next = 0;
  isAtEnd = false;

  constructor(file: WatchedFile) {
    this.#file = file;
    this.#gunzip = createGunzip({ chunkSize: 64 * 1024 });
    // Its failure is thrown by the iterator.
    pipeline(Readable.from(this.#packed()), this.#gunzip, () => {});
    this.#output = this.#gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  close(): void {
    this.#gunzip.destroy();
  }

  async read(options: CancelOptions): Promise<Buffer> {
    this.#options = options;
    const parts = [this.#rest];
    let bytes = this.#rest.length;
    while (bytes < chunkBytes) {
      throwIfCancelled(options.signal);
      const part = await this.#nextPart();
      if (!part) break;
      parts.push(part);
      bytes += part.length;
    }
    const all = Buffer.concat(parts);
    this.#rest = all.subarray(chunkBytes);
    this.next++;
    this.isAtEnd = all.length < chunkBytes;
    return all.subarray(0, chunkBytes);
  }

  async *#packed(): AsyncGenerator<Buffer, void, undefined> {
    while (this.packedBytes < this.#file.bytes) {
      const piece = await this.#file.read(this.packedBytes, this.packedBytes + chunkBytes, this.#options);
      this.packedBytes += piece.length;
      yield piece;
    }
  }

  async #nextPart(): Promise<Buffer | undefined> {
    let result: IteratorResult<Buffer, unknown>;
    try {
      result = await this.#output.next();
    } catch (error) {
      if (isWorkbenchError(error)) throw error;
      throw new WorkbenchError(
        'protocol',
        `"${this.#file.path}" cannot be unpacked: ${describeError(error)}. It is damaged, cut short, or no gzip file.`,
        { cause: error },
      );
    }
    if (result.done) return undefined;
    this.plainBytes += result.value.length;
    if (this.plainBytes > suspiciousBytes && this.plainBytes > this.packedBytes * maxRatio) {
      throw new WorkbenchError(
        'unsupported',
        `"${this.#file.path}" unpacks to more than ${maxRatio} times its length, which is not shown here. Read it through Spark.`,
      );
    }
    return result.value;
  }
}
