import { cancelled } from '../../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../../base/errors.ts';
import type { CancelOptions, FileSource, FileStatus } from '../fileSource.ts';

/** A file as it was when it was opened; that it changed meanwhile is told instead of mixing old bytes with new ones. */
export class WatchedFile {
  readonly path: string;
  readonly bytes: number;
  readonly lastChange: Date;
  readonly #source: FileSource;
  readonly #trustMs: number;
  #checkedAt = -Infinity;

  /** After a look at the file it is trusted for `trustMs`; ranges that come short are always told. */
  constructor(
    source: FileSource,
    status: Pick<FileStatus, 'path' | 'length' | 'modificationTime'>,
    trustMs = 0,
  ) {
    this.#source = source;
    this.#trustMs = trustMs;
    this.path = status.path;
    this.bytes = status.length;
    this.lastChange = new Date(status.modificationTime);
  }

  /** The bytes from `start` up to `end` or the end of the file. Throws `conflict` if it changed, `not-found` if it went. */
  async read(start: number, end: number, options: CancelOptions): Promise<Buffer> {
    const stop = Math.min(end, this.bytes);
    if (start >= stop) return Buffer.alloc(0);
    try {
      if (performance.now() - this.#checkedAt >= this.#trustMs) await this.#check(options);
      const data = await this.#source.read(this.path, {
        offset: start,
        length: stop - start,
        signal: options.signal,
      });
      if (data.length === stop - start) return data;
    } catch (error) {
      if (options.signal?.aborted) throw cancelled(options.signal);
      if (isWorkbenchError(error, 'not-found')) throw this.#gone(error);
      throw error;
    }
    await this.#check(options);
    throw new WorkbenchError(
      'conflict',
      `"${this.path}" is shorter than it was told to be (${this.bytes} bytes): it was being written or cut. Open it again.`,
    );
  }

  /** Throws `conflict` if the file has another length or time of change than when it was opened. */
  async #check(options: CancelOptions): Promise<void> {
    let now: FileStatus;
    try {
      now = await this.#source.stat(this.path, options);
    } catch (error) {
      if (isWorkbenchError(error, 'not-found')) throw this.#gone(error);
      throw error;
    }
    const time = this.lastChange.getTime();
    if (now.length === this.bytes && now.modificationTime === time) {
      this.#checkedAt = performance.now();
      return;
    }
    const how =
      now.length > this.bytes ? 'grew' : now.length < this.bytes ? 'was cut or replaced' : 'was replaced';
    throw new WorkbenchError(
      'conflict',
      `"${this.path}" ${how} since it was opened (${this.bytes} bytes then, ${now.length} now). Open it again to see what it holds now.`,
    );
  }

  #gone(cause: WorkbenchError): WorkbenchError {
    return new WorkbenchError(
      'not-found',
      `"${this.path}" is gone: it was deleted or moved since it was opened.`,
      { cause },
    );
  }
}

/** A window of a Parquet file is many ranges at once. */
const trustMs = 500;

/** The same files, watched for changes while ranges of them are read. */
export function watchedSource(
  source: FileSource,
  files: readonly { path: string; bytes: number; modificationTime: number }[],
): FileSource {
  const watched = new Map(
    files.map(({ path, bytes: length, modificationTime }) => [
      path,
      new WatchedFile(source, { path, length, modificationTime }, trustMs),
    ]),
  );
  return {
    list: (path, options) => source.list(path, options),
    stat: (path, options) => source.stat(path, options),
    read: (path, options = {}) => {
      const { offset = 0, length = Infinity, signal } = options;
      return watched.get(path)?.read(offset, offset + length, { signal }) ?? source.read(path, options);
    },
  };
}
