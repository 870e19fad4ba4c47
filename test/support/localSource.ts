import { open, readdir, stat } from 'node:fs/promises';
import { WorkbenchError, systemErrorCode } from '../../src/base/errors.ts';
import type {
  FileSource,
  FileStatus,
  ListOptions,
  ListPage,
  ReadOptions,
} from '../../src/lake/fileSource.ts';
import { baseName, joinPath } from '../../src/lake/hdfsPath.ts';

/** A local directory as a lake, for tests of what reads tables. It counts what is asked of it. */
export class LocalSource implements FileSource {
  readonly #root: string;
  readonly #pageSize: number;
  readonly reads: { path: string; offset: number; length: number }[] = [];
  lists = 0;
  /** Changes what a path reads as; for damage. */
  corrupt: (path: string, content: Buffer) => Buffer = (_, content) => content;

  constructor(root: string, pageSize = 1000) {
    this.#root = root;
    this.#pageSize = pageSize;
  }

  async list(path: string, { startAfter = '' }: ListOptions = {}): Promise<ListPage> {
    this.lists++;
    const names = (await this.#known(path, readdir(this.#root + path)))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(startAfter)) > 0);
    const page = names.slice(0, this.#pageSize);
    return {
      entries: await Promise.all(page.map((name) => this.stat(joinPath(path, name)))),
      remaining: names.length - page.length,
    };
  }

  async stat(path: string): Promise<FileStatus> {
    const found = await this.#known(path, stat(this.#root + path));
    return {
      path,
      name: baseName(path),
      type: found.isDirectory() ? 'DIRECTORY' : 'FILE',
      length: found.isDirectory() ? 0 : found.size,
      owner: 'me',
      group: 'me',
      permission: '644',
      replication: 1,
      blockSize: 128 * 1024 * 1024,
      modificationTime: Math.floor(found.mtimeMs),
      childrenNum: 0,
    };
  }

  async read(path: string, { offset = 0, length = Infinity }: ReadOptions = {}): Promise<Buffer> {
    const file = await this.#known(path, open(this.#root + path));
    try {
      const content = this.corrupt(path, await file.readFile());
      const part = content.subarray(offset, Math.min(content.length, offset + length));
      this.reads.push({ path, offset, length: part.length });
      return part;
    } finally {
      await file.close();
    }
  }

  async #known<T>(path: string, promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      throw new WorkbenchError('not-found', `"${path}" does not exist.`, { cause: error });
    }
  }
}
