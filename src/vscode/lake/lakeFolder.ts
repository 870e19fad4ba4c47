import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import { ahead } from '../../lake/ahead.ts';
import type { FileStatus } from '../../lake/fileSource.ts';
import { isParquetName, lookInto, mayBeTable } from '../../lake/layers.ts';
import type { WebHdfs } from '../../lake/webHdfs.ts';
import { DirectoryPages } from './directoryPages.ts';
import type { EntryTable } from './lakeEntry.ts';
import type { EntryRow } from './lakeRows.ts';

/** Longer than any page of a service that is well takes; a view says then what is wrong. */
const answerTimeoutMs = 15_000;
const looksAtOnce = 8;

export interface FolderOptions {
  lake: () => Promise<WebHdfs>;
  pageSize: () => number;
  /** Makes the row of an entry of the folder. */
  newRow: (status: FileStatus, folder: EntryRow) => EntryRow;
  newTable: (path: string, format: EntryTable['format']) => EntryTable;
  /** Whether folders in it are looked into, for most of them will be tables. */
  holdsTables: boolean;
}

/** What is shown of one folder that is or was open. */
export class LakeFolder {
  readonly row: EntryRow;
  readonly #options: FolderOptions;
  #rows = new Map<string, EntryRow>();
  #pages: DirectoryPages | undefined;
  #reading: Promise<void> | undefined;
  #stop = new AbortController();
  #prefix = '';
  #isStale = true;
  /** Why it could not be read. */
  error: unknown;

  constructor(row: EntryRow, options: FolderOptions) {
    this.row = row;
    this.#options = options;
  }

  get rows(): readonly EntryRow[] {
    return [...this.#rows.values()];
  }

  get hasMore(): boolean {
    return this.#pages?.hasMore ?? false;
  }

  get remaining(): number | undefined {
    return this.#pages?.remaining;
  }

  /** Only names that begin with it are shown. */
  get prefix(): string {
    return this.#prefix;
  }

  /** Whether what it shows was read a while ago, and nobody reads it anew. */
  get isOutdated(): boolean {
    return this.#isStale && this.#pages !== undefined && this.#reading === undefined;
  }

  /** Ends when nobody looks at it any more. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Reads what is not known yet; never throws. Gives whether something was read. */
  async read(): Promise<boolean> {
    if (this.#reading) {
      await this.#reading;
      return true;
    }
    if (!this.#isStale) return false;
    const pages = this.#pages;
    await this.#run(async (lake, signal) => {
      if (pages?.prefix === this.#prefix) return pages.readAnew(lake, signal);
      const first = new DirectoryPages(this.row.path, this.#options.pageSize(), this.#prefix);
      await first.more(lake, signal);
      return first;
    });
    return true;
  }

  /** Reads one page more; never throws. */
  async more(): Promise<void> {
    await this.#reading;
    const pages = this.#pages;
    if (!pages) return;
    await this.#run(async (lake, signal) => {
      await pages.more(lake, signal);
      return pages;
    });
  }

  find(prefix: string): void {
    if (prefix === this.#prefix) return;
    this.abort();
    this.#prefix = prefix;
    this.#pages = undefined;
    this.#rows.clear();
  }

  /** It will be read anew when it is looked at next. */
  spoil(): void {
    this.#isStale = true;
  }

  /** Nobody looks at it any more: what is under way ends. */
  abort(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#isStale = true;
  }

  async #run(read: (lake: WebHdfs, signal: AbortSignal) => Promise<DirectoryPages>): Promise<void> {
    const { signal } = this.#stop;
    const reading = (async (): Promise<void> => {
      try {
        const { pages, rows } = await answered(signal, async (own) => {
          const lake = await this.#options.lake();
          const pages = await read(lake, own);
          return { pages, rows: await this.#rowsFor(lake, pages.entries, own) };
        });
        if (signal.aborted) return;
        this.#pages = pages;
        this.#rows = rows;
        this.error = undefined;
        this.#isStale = false;
      } catch (error) {
        if (signal.aborted) return;
        this.error = error;
        // Shown until somebody asks again.
        this.#isStale = false;
      }
    })();
    this.#reading = reading;
    await reading;
    if (this.#reading === reading) this.#reading = undefined;
  }

  /** Rows of before are kept, with what is known of them: the view knows them by identity. */
  async #rowsFor(
    lake: WebHdfs,
    entries: readonly FileStatus[],
    signal: AbortSignal,
  ): Promise<Map<string, EntryRow>> {
    const look = async (status: FileStatus): Promise<EntryRow> => {
      const before = this.#rows.get(status.path);
      const made = this.#options.newRow(status, this.row);
      if (this.#options.holdsTables && mayBeTable(status)) {
        if (before?.status?.modificationTime !== status.modificationTime || before.kind === 'table')
          await this.#recognise(lake, made, status, signal);
      }
      return before ? Object.assign(before, made) : made;
    };
    const rows = new Map<string, EntryRow>();
    for await (const row of ahead(entries, looksAtOnce, look)) rows.set(row.path, row);
    return rows;
  }

  async #recognise(lake: WebHdfs, row: EntryRow, status: FileStatus, signal: AbortSignal): Promise<void> {
    const { format, changedAt } = await lookInto(lake, status, { signal });
    row.changedAt = changedAt;
    if (!format) return;
    row.kind = 'table';
    row.table = this.#options.newTable(status.path, format);
  }

  /** Whether its own entries make it a table. */
  get format(): 'delta' | 'parquet' | undefined {
    if (this.#rows.has(`${this.row.path === '/' ? '' : this.row.path}/_delta_log`)) return 'delta';
    return this.rows.some(({ kind, name }) => kind === 'file' && isParquetName(name)) ? 'parquet' : undefined;
  }
}

async function answered<T>(signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(answerTimeoutMs);
  try {
    return await run(AbortSignal.any([signal, deadline]));
  } catch (error) {
    if (!deadline.aborted || signal.aborted) throw error;
    throw new WorkbenchError(
      'unreachable',
      vscode.l10n.t('HDFS did not answer within {0} s.', answerTimeoutMs / 1000),
      { cause: error },
    );
  }
}
