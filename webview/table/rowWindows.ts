import type { WireCell } from '../../src/vscode/tables/tableProtocol.ts';

export interface RowsRequest {
  start: number;
  end: number;
  /** Numbers of columns. */
  columns: readonly number[];
}

export interface RowWindowsOptions {
  columnCount: number;
  /** Rows of `request`, fewer at the end of the data; an abort tells that they are not needed any more. */
  ask: (request: RowsRequest, signal: AbortSignal) => Promise<readonly (readonly WireCell[])[]>;
  /** There are new rows, or a window failed. */
  changed: () => void;
  /** Rows of one request. */
  windowRows?: number;
  /** Columns of one request, where a table has many. */
  blockColumns?: number;
  /** How many values are kept. */
  maxCells?: number;
  /** After a jump, for so long nothing more must move before rows are asked for: the thumb may be on its way. */
  settleMs?: number;
}

interface Loaded {
  window: number;
  block: number;
  rows: readonly (readonly WireCell[])[];
}

const maxInFlight = 3;

/**
 * The rows that were asked for so far, in windows. What is in sight is asked for first, then its neighbours; what went out
 * of sight before it came is cancelled; what was not looked at for longest is dropped.
 */
export class RowWindows {
  readonly windowRows: number;
  readonly #blockColumns: number;
  readonly #maxCells: number;
  readonly #settleMs: number;
  readonly #o: RowWindowsOptions;
  /** In the order of their last use. */
  readonly #loaded = new Map<string, Loaded>();
  readonly #flying = new Map<string, AbortController>();
  /** Under way whether they are in sight or not. */
  readonly #pinned = new Set<string>();
  readonly #failed = new Map<string, string>();
  #wanted: string[] = [];
  #near: string[] = [];
  #cells = 0;
  #lastWindow = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: RowWindowsOptions) {
    this.#o = options;
    this.windowRows = options.windowRows ?? 200;
    this.#blockColumns = options.columnCount > 100 ? (options.blockColumns ?? 50) : options.columnCount;
    this.#maxCells = options.maxCells ?? 2_000_000;
    this.#settleMs = options.settleMs ?? 80;
  }

  /** How many rows are there, with at least one block of their columns. */
  get loadedRows(): number {
    const windows = new Map<number, number>();
    for (const { window, rows } of this.#loaded.values()) windows.set(window, rows.length);
    return [...windows.values()].reduce((sum, rows) => sum + rows, 0);
  }

  /** Whether another window would push one out. */
  get isFull(): boolean {
    return this.#cells + this.windowRows * this.#o.columnCount > this.#maxCells;
  }

  /** Why some rows did not come; empty if all did. */
  get trouble(): string {
    return [...this.#failed.values()].at(-1) ?? '';
  }

  /** Why a row is not there, if asking for it failed. */
  failure(row: number, column: number): string | undefined {
    return this.#failed.get(this.#key(this.#windowOf(row), this.#blockOf(column)));
  }

  /** Undefined while it is not there. */
  cell(row: number, column: number): WireCell | undefined {
    const window = this.#windowOf(row);
    const block = this.#blockOf(column);
    const loaded = this.#loaded.get(this.#key(window, block));
    return loaded?.rows[row - window * this.windowRows]?.[column - block * this.#blockColumns];
  }

  /** Numbers of the rows that are there, in their order. */
  rows(): number[] {
    const windows = new Map<number, number>();
    for (const { window, rows } of this.#loaded.values()) windows.set(window, rows.length);
    return [...windows]
      .sort(([a], [b]) => a - b)
      .flatMap(([window, length]) => Array.from({ length }, (_x, i) => window * this.windowRows + i));
  }

  /** These rows (to before `end`) and columns (to before `lastColumn`) are in sight, of `rowCount` rows. */
  show(start: number, end: number, firstColumn: number, lastColumn: number, rowCount: number): void {
    if (end <= start || lastColumn <= firstColumn) return;
    const [first, last] = [this.#windowOf(start), this.#windowOf(end - 1)];
    const windows = Array.from({ length: last - first + 1 }, (_x, i) => first + i);
    const ends = this.#windowOf(Math.max(0, rowCount - 1));
    const near = [last + 1, first - 1].filter((window) => window >= 0 && window <= ends);
    const isJump = Math.abs(first - this.#lastWindow) > 2;
    this.#lastWindow = first;
    const seen = this.#keys(windows, firstColumn, lastColumn);
    this.#want(seen, this.#keys(near, firstColumn, lastColumn), isJump);
  }

  /** These rows and columns are in sight, wherever they are. */
  showRows(rows: readonly number[], firstColumn: number, lastColumn: number): void {
    if (rows.length === 0 || lastColumn <= firstColumn) return;
    const windows = new Set(rows.map((row) => this.#windowOf(row)));
    this.#want(this.#keys([...windows], firstColumn, lastColumn), [], true);
  }

  /** Loads windows that are not there yet, from the start of the table, until there are `rows` rows of `columns`. */
  async load(rows: number, columns: readonly number[], rowCount: () => number): Promise<void> {
    const blocks = [...new Set(columns.map((column) => this.#blockOf(column)))];
    for (let window = 0; window * this.windowRows < rowCount(); window++) {
      if (this.#isClosed || this.loadedRows >= rows) return;
      for (const block of blocks) {
        const key = this.#key(window, block);
        if (this.#loaded.has(key) || this.isFull) continue;
        this.#pinned.add(key);
        await this.#get(key);
        this.#pinned.delete(key);
        if (this.#failed.has(key)) return;
      }
    }
  }

  /** Asks once more for what failed. */
  retry(): void {
    this.#failed.clear();
    this.#o.changed();
  }

  /** Windows that were not full are asked for again: there are more rows now. */
  grown(): void {
    for (const [key, { rows }] of this.#loaded) {
      if (rows.length < this.windowRows) this.#drop(key);
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#settling);
    for (const flight of this.#flying.values()) flight.abort();
    this.#flying.clear();
  }

  #want(seen: readonly string[], near: readonly string[], isJump: boolean): void {
    if (this.#isClosed) return;
    for (const key of seen) this.#touch(key);
    const isMissing = (key: string): boolean => !this.#loaded.has(key) && !this.#failed.has(key);
    this.#wanted = seen.filter(isMissing);
    this.#near = near.filter(isMissing);
    for (const [key, flight] of this.#flying) {
      if (seen.includes(key) || near.includes(key) || this.#pinned.has(key)) continue;
      flight.abort();
      this.#flying.delete(key);
    }
    if (!isJump) {
      if (this.#settling === undefined) this.#fly();
      return;
    }
    // Who jumps again at once is still on the way, so the wait is longer.
    const waitMs = this.#settling === undefined ? this.#settleMs : 3 * this.#settleMs;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#fly();
    }, waitMs);
  }

  /** The neighbours of what is in sight once that is there. */
  #fly(): void {
    for (const key of this.#wanted.length > 0 ? this.#wanted : this.#near) {
      if (this.#flying.size >= maxInFlight) return;
      if (!this.#flying.has(key) && !this.#loaded.has(key)) void this.#get(key).then(() => this.#fly());
    }
  }

  async #get(key: string): Promise<void> {
    const [window = 0, block = 0] = key.split(' ').map(Number);
    const flight = new AbortController();
    this.#flying.set(key, flight);
    const start = window * this.windowRows;
    const first = block * this.#blockColumns;
    const columns = Array.from(
      { length: Math.min(this.#blockColumns, this.#o.columnCount - first) },
      (_x, i) => first + i,
    );
    try {
      const rows = await this.#o.ask({ start, end: start + this.windowRows, columns }, flight.signal);
      if (flight.signal.aborted || this.#isClosed) return;
      this.#keep(key, { window, block, rows });
    } catch (error) {
      if (flight.signal.aborted || this.#isClosed) return;
      this.#failed.set(key, error instanceof Error ? error.message : String(error));
    } finally {
      if (this.#flying.get(key) === flight) this.#flying.delete(key);
    }
    this.#wanted = this.#wanted.filter((wanted) => wanted !== key);
    this.#near = this.#near.filter((wanted) => wanted !== key);
    this.#o.changed();
  }

  #keep(key: string, loaded: Loaded): void {
    this.#drop(key);
    this.#loaded.set(key, loaded);
    this.#cells += cellsOf(loaded);
    for (const oldest of this.#loaded.keys()) {
      if (this.#cells <= this.#maxCells || oldest === key) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const loaded = this.#loaded.get(key);
    if (!loaded) return;
    this.#cells -= cellsOf(loaded);
    this.#loaded.delete(key);
  }

  #touch(key: string): void {
    const loaded = this.#loaded.get(key);
    if (!loaded) return;
    this.#loaded.delete(key);
    this.#loaded.set(key, loaded);
  }

  #windowOf(row: number): number {
    return Math.floor(row / this.windowRows);
  }

  #blockOf(column: number): number {
    return Math.floor(column / Math.max(1, this.#blockColumns));
  }

  #keys(windows: readonly number[], firstColumn: number, lastColumn: number): string[] {
    const [from, to] = [this.#blockOf(firstColumn), this.#blockOf(lastColumn - 1)];
    return windows.flatMap((window) =>
      Array.from({ length: to - from + 1 }, (_x, i) => this.#key(window, from + i)),
    );
  }

  #key(window: number, block: number): string {
    return `${window} ${block}`;
  }
}

function cellsOf({ rows }: Loaded): number {
  return rows.length * (rows[0]?.length ?? 0);
}
