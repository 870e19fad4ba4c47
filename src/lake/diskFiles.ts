import { open, readdir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { WorkbenchError, describeError, systemErrorCode } from '../base/errors.ts';
import type { FileSource, FileStatus, ListOptions, ListPage, ReadOptions } from './fileSource.ts';
import { baseName, joinPath } from './hdfsPath.ts';

/** The files of this machine, as the lake's are read. Paths are those of `file:` URIs: `/data/a.csv`, `/C:/data/a.csv`. */
export class DiskFiles implements FileSource {
  readonly #platform: NodeJS.Platform;
  readonly #pageSize: number;

  /** `pageSize` is how many entries a page of a listing has. */
  constructor(platform: NodeJS.Platform = process.platform, pageSize = 1000) {
    this.#platform = platform;
    this.#pageSize = pageSize;
  }

  async list(path: string, { startAfter = '' }: ListOptions = {}): Promise<ListPage> {
    const names = (await this.#try(path, (name) => readdir(name)))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(startAfter)) > 0);
    const page = names.slice(0, this.#pageSize);
    return {
      entries: await Promise.all(page.map((name) => this.stat(joinPath(path, name)))),
      remaining: names.length - page.length,
    };
  }

  async stat(path: string): Promise<FileStatus> {
    return toStatus(path, await this.#try(path, (name) => stat(name)));
  }

  async read(path: string, { offset = 0, length, signal }: ReadOptions = {}): Promise<Buffer> {
    return this.#try(path, async (name) => {
      const file = await open(name);
      try {
        const { size } = await file.stat();
        const wanted = Math.max(0, Math.min(length ?? Infinity, size - offset));
        const buffer = Buffer.allocUnsafe(wanted);
        let filled = 0;
        while (filled < wanted) {
          signal?.throwIfAborted();
          const { bytesRead } = await file.read(buffer, filled, wanted - filled, offset + filled);
          // It was cut short meanwhile.
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      } finally {
        await file.close();
      }
    });
  }

  async #try<T>(path: string, task: (name: string) => Promise<T>): Promise<T> {
    const name = this.#platform === 'win32' ? path.slice(1) : path;
    try {
      return await task(name);
    } catch (cause) {
      const code = systemErrorCode(cause);
      if (code === undefined) throw cause;
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        throw new WorkbenchError('not-found', `"${name}" does not exist.`, { cause });
      }
      const isDenied = code === 'EACCES' || code === 'EPERM';
      throw new WorkbenchError(
        isDenied ? 'denied' : 'failed',
        `"${name}" cannot be read: ${describeError(cause)}.`,
        {
          cause,
        },
      );
    }
  }
}

function toStatus(path: string, found: Stats): FileStatus {
  const isDirectory = found.isDirectory();
  return {
    path,
    name: baseName(path),
    type: isDirectory ? 'DIRECTORY' : 'FILE',
    length: isDirectory ? 0 : found.size,
    owner: String(found.uid),
    group: String(found.gid),
    permission: (found.mode & 0o7777).toString(8),
    replication: 1,
    blockSize: found.blksize,
    modificationTime: Math.floor(found.mtimeMs),
    childrenNum: 0,
  };
}
