import { isWorkbenchError } from '../../base/errors.ts';
import type { FileSource, FileStatus } from '../../lake/fileSource.ts';
import { joinPath } from '../../lake/hdfsPath.ts';

/**
 * The entries of a directory that are shown: a page, and another one each time that more are asked for. With a prefix,
 * only names that begin with it, which HDFS finds without giving the others.
 */
export class DirectoryPages {
  readonly path: string;
  readonly prefix: string;
  readonly #pageSize: number;
  /** What the server gave, in its order; its pages are not ours. */
  readonly #known: FileStatus[] = [];
  #shown = 0;
  /** Entries that follow the known ones, as the server last told. */
  #unread = 0;
  #readAll = false;

  constructor(path: string, pageSize: number, prefix = '') {
    this.path = path;
    this.#pageSize = pageSize;
    this.prefix = prefix;
  }

  get entries(): readonly FileStatus[] {
    return this.#known.slice(0, this.#shown);
  }

  get hasMore(): boolean {
    return this.#shown < this.#known.length || !this.#readAll;
  }

  /** How many entries are not shown; undefined where only reading on would tell. */
  get remaining(): number | undefined {
    if (this.prefix !== '' && !this.#readAll) return undefined;
    return this.#known.length - this.#shown + this.#unread;
  }

  /** Shows a page more. Throws as `list` does; what is shown stays. */
  async more(source: FileSource, signal?: AbortSignal): Promise<void> {
    const wanted = this.#shown + this.#pageSize;
    if (this.#known.length === 0 && this.prefix !== '' && !this.#readAll)
      await this.#readExact(source, signal);
    // One beyond, so that a page is not offered that turns out to be empty.
    while (!this.#readAll && this.#known.length <= wanted) await this.#read(source, signal);
    this.#shown = Math.min(wanted, this.#known.length);
  }

  /** The same directory read anew, with as many entries as are shown now. */
  async readAnew(source: FileSource, signal?: AbortSignal): Promise<DirectoryPages> {
    const anew = new DirectoryPages(this.path, this.#pageSize, this.prefix);
    do await anew.more(source, signal);
    while (anew.hasMore && anew.#shown < this.#shown);
    return anew;
  }

  async #read(source: FileSource, signal: AbortSignal | undefined): Promise<void> {
    const startAfter = this.#known.at(-1)?.name ?? (this.prefix === '' ? undefined : this.prefix);
    const { entries, remaining } = await source.list(this.path, { startAfter, signal });
    const matching = entries.filter(({ name }) => name.startsWith(this.prefix));
    this.#known.push(...matching);
    this.#unread = remaining;
    // Names come sorted by their bytes: after the first one that does not begin so, none does.
    this.#readAll = remaining === 0 || entries.length === 0 || matching.length < entries.length;
    if (this.#readAll) this.#unread = 0;
  }

  /** An entry that is called just as the prefix: the list starts after it. */
  async #readExact(source: FileSource, signal: AbortSignal | undefined): Promise<void> {
    try {
      this.#known.push(await source.stat(joinPath(this.path, this.prefix), { signal }));
    } catch (error) {
      if (!isWorkbenchError(error, 'not-found', 'invalid')) throw error;
    }
  }
}
