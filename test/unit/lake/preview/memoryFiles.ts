import { WorkbenchError } from '../../../../src/base/errors.ts';
import type { FileSource, FileStatus, ListPage, ReadOptions } from '../../../../src/lake/fileSource.ts';
import { baseName } from '../../../../src/lake/hdfsPath.ts';
import { Timestamp } from '../../../../src/lake/values.ts';

/** Files in memory that can be changed while they are read, and that count the bytes that are read of them. */
export class MemoryFiles implements FileSource {
  readonly files = new Map<string, { content: Buffer; modificationTime: number }>();
  bytesRead = 0;
  reads = 0;
  /** Runs before each read. */
  beforeRead: () => void = () => {};

  constructor(files: Record<string, Buffer | string> = {}) {
    for (const [path, content] of Object.entries(files)) this.put(path, content);
  }

  put(path: string, content: Buffer | string, modificationTime = 1_700_000_000_000): void {
    this.files.set(path, { content: Buffer.from(content), modificationTime });
  }

  list(): Promise<ListPage> {
    return Promise.resolve({ entries: [], remaining: 0 });
  }

  async stat(path: string): Promise<FileStatus> {
    const { content, modificationTime } = await this.#file(path);
    return {
      path,
      name: baseName(path),
      type: 'FILE',
      length: content.length,
      owner: 'me',
      group: 'me',
      permission: '644',
      replication: 1,
      blockSize: 1024,
      modificationTime,
      childrenNum: 0,
    };
  }

  async read(path: string, { offset = 0, length = Infinity, signal }: ReadOptions = {}): Promise<Buffer> {
    this.beforeRead();
    signal?.throwIfAborted();
    const { content } = await this.#file(path);
    const part = content.subarray(offset, Math.min(content.length, offset + length));
    this.reads++;
    this.bytesRead += part.length;
    return part;
  }

  #file(path: string): Promise<{ content: Buffer; modificationTime: number }> {
    const file = this.files.get(path);
    return file
      ? Promise.resolve(file)
      : Promise.reject(new WorkbenchError('not-found', `"${path}" does not exist.`));
  }
}

/** The entries of a map that is not by texts: pyspark loses their order. */
function inKeyOrder(values: unknown[]): unknown[] {
  const isMap = values.every(
    (value): value is { key: number } =>
      typeof value === 'object' && value !== null && Object.keys(value).join() === 'key,value',
  );
  return isMap ? [...values].sort((a, b) => a.key - b.key) : values;
}

/** A value as the golden files note it. */
export function noted(value: unknown): unknown {
  if (value instanceof Timestamp) return { $micros: String(value.epochMicros) };
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (value instanceof Uint8Array) return { $hex: Buffer.from(value).toString('hex') };
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { $number: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
  }
  if (Array.isArray(value)) return inKeyOrder(value).map(noted);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, noted(inner)]));
  }
  return value;
}
