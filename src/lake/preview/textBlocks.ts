import { throwIfCancelled } from '../../base/cancellation.ts';
import { isWorkbenchError, type WorkbenchError } from '../../base/errors.ts';
import type { CancelOptions } from '../fileSource.ts';
import { chunkBytes, type ByteChunks } from './byteChunks.ts';
import type { RowCount } from './preview.ts';
import type { SplitRecords } from './textSplit.ts';

/** A block ends at so many records or bytes, whichever comes first; where it began is noted. */
const blockRecords = 500;
const blockBytes = 1024 * 1024;
/** Blocks that stay decoded, by the bytes that they were read from. */
const keptBytes = 24 * 1024 * 1024;
const damage = ['protocol', 'unsupported'] as const;

interface Block<T> {
  records: T[];
  bytes: number;
}

/** Where a block begins. */
interface Start {
  record: number;
  offset: number;
}

/** The records of a text by their numbers. Where blocks of them begin is noted as the text is read on, so that going back is cheap. */
export class TextBlocks<T> {
  readonly #chunks: ByteChunks;
  readonly #split: SplitRecords<T>;
  /** The last one is where the unknown begins, until all is known. */
  readonly #starts: Start[];
  readonly #kept = new Map<number, Block<T>>();
  #keptBytes = 0;
  #isFinal = false;
  #failure: WorkbenchError | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** Records begin at the offset `start`. */
  constructor(chunks: ByteChunks, start: number, split: SplitRecords<T>) {
    this.#chunks = chunks;
    this.#split = split;
    this.#starts = [{ record: 0, offset: start }];
  }

  count(): RowCount {
    const { record: rows, offset } = this.#starts.at(-1)!;
    if (this.#isFinal) return { rows, isFinal: true };
    const share = this.#chunks.share(offset);
    const isEstimated = share !== undefined && share > 0 && rows > 0;
    return {
      rows,
      isFinal: false,
      ...(isEstimated && { estimate: Math.max(rows, Math.round(rows / share)) }),
    };
  }

  /** Why the text cannot be read further, if so; what comes before is read nonetheless. */
  get failure(): WorkbenchError | undefined {
    return this.#failure;
  }

  /** Records from `start` up to `end`, fewer at the end of the text. Calls wait for each other. */
  records(start: number, end: number, options: CancelOptions): Promise<T[]> {
    const result = this.#queue.then(() => this.#records(start, end, options));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #records(start: number, end: number, options: CancelOptions): Promise<T[]> {
    const records: T[] = [];
    while (this.#starts.at(-1)!.record <= start && !this.#isFinal) await this.#readOn(options);
    for (let number = this.#blockOf(start); number < this.#starts.length - 1;) {
      const { record: first } = this.#starts[number]!;
      if (first >= end) break;
      const block = await this.#block(number, options);
      for (const record of block.records.slice(Math.max(0, start - first), end - first)) records.push(record);
      number++;
      if (first + block.records.length < end && number === this.#starts.length - 1 && !this.#isFinal) {
        await this.#readOn(options);
      }
    }
    return records;
  }

  /** The block that has the record, by halving. */
  #blockOf(record: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]!.record <= record) low = middle;
      else high = middle;
    }
    return low;
  }

  async #block(number: number, options: CancelOptions): Promise<Block<T>> {
    const kept = this.#kept.get(number);
    if (!kept) return this.#read(number, options);
    this.#kept.delete(number);
    this.#kept.set(number, kept);
    return kept;
  }

  async #readOn(options: CancelOptions): Promise<void> {
    const { record, offset } = this.#starts.at(-1)!;
    let read: Block<T>;
    try {
      read = await this.#read(this.#starts.length - 1, options);
    } catch (error) {
      if (record === 0 || !isWorkbenchError(error, ...damage)) throw error;
      this.#failure = error;
      this.#isFinal = true;
      return;
    }
    const { records, bytes } = read;
    if (records.length === 0) this.#isFinal = true;
    else this.#starts.push({ record: record + records.length, offset: offset + bytes });
  }

  async #read(number: number, { signal }: CancelOptions): Promise<Block<T>> {
    throwIfCancelled(signal);
    const { offset, record } = this.#starts[number]!;
    // Read again, a block has as many records as it had.
    const limit = (this.#starts[number + 1]?.record ?? Infinity) - record;
    const block: Block<T> = { records: [], bytes: 0 };
    try {
      for await (const { value, end } of this.#split(this.#pieces(offset, signal))) {
        block.records.push(value);
        block.bytes = end;
        if (block.records.length >= Math.min(blockRecords, limit) || end >= blockBytes) break;
      }
    } catch (error) {
      // What was read before is shown; the next block begins at the damage.
      if (block.records.length === 0 || !isWorkbenchError(error, ...damage)) throw error;
    }
    if (block.records.length > 0) this.#keep(number, block);
    return block;
  }

  async *#pieces(start: number, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void, undefined> {
    for (let number = Math.floor(start / chunkBytes); ; number++) {
      const chunk = await this.#chunks.chunk(number, { signal });
      const first = Math.max(0, start - number * chunkBytes);
      // Small pieces: a splitter takes a piece as a whole, and a block is a part of a chunk, mostly.
      for (let at = first; at < chunk.length; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes);
      if (chunk.length < chunkBytes) return;
    }
  }

  #keep(number: number, block: Block<T>): void {
    this.#kept.set(number, block);
    this.#keptBytes += block.bytes;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= keptBytes || oldest === number) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes;
    }
  }
}

const pieceBytes = 32 * 1024;
