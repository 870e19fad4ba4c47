import { DiskFiles } from '../../src/lake/diskFiles.ts';
import type {
  FileSource,
  FileStatus,
  ListOptions,
  ListPage,
  ReadOptions,
} from '../../src/lake/fileSource.ts';

/** A local directory as a lake, for tests of what reads tables. It counts what is asked of it. */
export class LocalSource implements FileSource {
  readonly #root: string;
  readonly #disk: DiskFiles;
  readonly reads: { path: string; offset: number; length: number }[] = [];
  lists = 0;
  /** Changes what a path reads as; for damage. */
  corrupt: (path: string, content: Buffer) => Buffer = (_, content) => content;

  constructor(root: string, pageSize = 1000) {
    this.#root = root;
    this.#disk = new DiskFiles(process.platform, pageSize);
  }

  async list(path: string, options?: ListOptions): Promise<ListPage> {
    this.lists++;
    const { entries, remaining } = await this.#disk.list(this.#root + path, options);
    return { entries: entries.map((entry) => this.#below(entry)), remaining };
  }

  async stat(path: string): Promise<FileStatus> {
    return this.#below(await this.#disk.stat(this.#root + path));
  }

  async read(path: string, { offset = 0, length = Infinity }: ReadOptions = {}): Promise<Buffer> {
    const content = this.corrupt(path, await this.#disk.read(this.#root + path));
    const part = content.subarray(offset, Math.min(content.length, offset + length));
    this.reads.push({ path, offset, length: part.length });
    return part;
  }

  #below(entry: FileStatus): FileStatus {
    return { ...entry, path: entry.path.slice(this.#root.length) };
  }
}
