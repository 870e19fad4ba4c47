import type { Answer, TableMessage, TableRequest, WireCell } from '../../src/vscode/tables/tableProtocol.ts';
import { CellText, type CellStyle } from './cellText.ts';
import { RowWindows, type RowsRequest } from './rowWindows.ts';
import { isPlain, viewRows, type ViewOptions } from './tableView.ts';

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
/** A request that has no id yet. */
export type Asked = Without<TableRequest, 'id'>;

export interface TableRowsOptions {
  table: TableMessage;
  view: ViewOptions;
  style: () => CellStyle;
  /** Sort, filter and search look at so many rows at least. */
  loadRows: number;
  ask: (request: Asked) => Promise<Answer>;
  /** The rows of this ticket are not needed any more. */
  cancel: (ticket: number) => void;
  /** Values came, or could not be read. */
  came: () => void;
  /** Other rows are shown, or more. */
  changed: () => void;
}

export const minLoadedRows = 1_000;
const loadMoreRows = 10_000;
const viewAfterMs = 100;

let tickets = 0;

/** The rows of the grid: all of the table in their order, or those that are loaded and fit, or a result of the session. */
export class TableRows {
  readonly #o: TableRowsOptions;
  #windows: RowWindows;
  #writers: CellText[] = [];
  #options: ViewOptions;
  /** Numbers of the rows that are shown; undefined while all are, in their order. */
  #view: number[] | undefined;
  #isWhole = false;
  /** Undefined until the session tells how many there are. */
  #wholeRows: number | undefined;
  #loadRows: number;
  #viewing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TableRowsOptions) {
    this.#o = options;
    this.#options = options.view;
    this.#loadRows = options.loadRows;
    this.#windows = this.#newWindows();
    this.restyle();
  }

  /** How many rows are shown. */
  get count(): number {
    // Until it is known: enough to ask for the first ones.
    if (this.#isWhole) return this.#wholeRows ?? 1;
    return this.#view?.length ?? this.#o.table.rowCount.rows;
  }

  get loaded(): number {
    return this.#windows.loadedRows;
  }

  get loadRows(): number {
    return this.#loadRows;
  }

  get isFull(): boolean {
    return this.#windows.isFull;
  }

  /** Whether a result of the session is shown, whose rows have no number in the table. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Whether the session still looks for them. */
  get isComing(): boolean {
    return this.#isWhole && this.#wholeRows === undefined;
  }

  /** Why some rows did not come; empty if all did. */
  get trouble(): string {
    return this.#windows.trouble;
  }

  /** The number that a shown row has in the table. */
  rowOf(row: number): number {
    return this.#view?.[row] ?? row;
  }

  /** The rows from `start` to before `end` of what is shown, as ranges of the table; their order stays. */
  ranges(start: number, end: number): [number, number][] {
    if (!this.#view) return [[start, end]];
    const ranges: [number, number][] = [];
    for (const row of this.#view.slice(start, end)) {
      const last = ranges.at(-1);
      if (last?.[1] === row) last[1] = row + 1;
      else ranges.push([row, row + 1]);
    }
    return ranges;
  }

  /** Undefined while it is not there. */
  cell(row: number, column: number): WireCell | undefined {
    return this.#windows.cell(this.rowOf(row), column);
  }

  failure(row: number, column: number): string | undefined {
    return this.#windows.failure(this.rowOf(row), column);
  }

  writer(column: number): CellText {
    return this.#writers[column]!;
  }

  /** These rows and columns (to before the second) are in sight. */
  show(start: number, end: number, firstColumn: number, lastColumn: number): void {
    if (this.#view) {
      const rows = this.#view.slice(start, end);
      this.#windows.showRows(rows, firstColumn, lastColumn);
      return;
    }
    // While a text file is read on, the rows behind the last known one are asked for too.
    const isGrowing = !this.#isWhole && !this.#o.table.rowCount.isFinal;
    const ends = this.count + (isGrowing ? this.#windows.windowRows : 0);
    this.#windows.show(start, end, firstColumn, lastColumn, ends);
  }

  /** Sorts, filters and searches; resolves when as many rows as it takes are loaded. */
  async setView(options: ViewOptions): Promise<void> {
    this.#options = options;
    if (this.#isWhole) return this.setWhole(true);
    if (!isPlain(options)) {
      this.#makeView();
      return this.load();
    }
    clearTimeout(this.#viewing);
    this.#view = undefined;
    this.#o.changed();
  }

  /** Loads what sort, filter and search look at. */
  async load(): Promise<void> {
    if (isPlain(this.#options)) return;
    const windows = this.#windows;
    await windows.load(
      Math.max(minLoadedRows, this.#loadRows),
      this.#viewColumns,
      () => this.#o.table.rowCount.rows,
    );
    if (windows === this.#windows) this.#makeView();
  }

  async loadMore(): Promise<void> {
    this.#loadRows = this.#windows.loadedRows + loadMoreRows;
    await this.load();
  }

  /** Shows the view's rows of the whole table, which the session finds; or again those that are loaded. */
  async setWhole(on: boolean): Promise<void> {
    this.#windows.close();
    this.#isWhole = on;
    this.#view = undefined;
    this.#wholeRows = undefined;
    this.#windows = this.#newWindows();
    this.#o.changed();
    if (!on) await this.load();
  }

  /** Numbers and times are written in another way. */
  restyle(): void {
    this.#writers = this.#o.table.columns.map(({ type }) => new CellText(type, this.#o.style()));
    this.#makeView();
  }

  /** The table has more rows than it had. */
  grown(): void {
    this.#windows.grown();
    if (!this.#view && !this.#isWhole) this.#o.changed();
  }

  retry(): void {
    this.#windows.retry();
  }

  close(): void {
    clearTimeout(this.#viewing);
    this.#windows.close();
  }

  #newWindows(): RowWindows {
    return new RowWindows({
      columnCount: this.#o.table.columns.length,
      ask: (request, signal) =>
        this.#isWhole ? this.#askWhole(request, signal) : this.#askRows(request, signal),
      changed: () => {
        this.#viewSoon();
        this.#o.came();
      },
    });
  }

  async #askRows({ start, end, columns }: RowsRequest, signal: AbortSignal): Promise<WireCell[][]> {
    const ticket = (tickets += 1);
    signal.addEventListener('abort', () => this.#o.cancel(ticket));
    const answer = await this.#o.ask({ kind: 'rows', ticket, start, end, columns: [...columns] });
    return answer.kind === 'rows' ? answer.rows : [];
  }

  async #askWhole({ start, end, columns }: RowsRequest, signal: AbortSignal): Promise<WireCell[][]> {
    const ticket = (tickets += 1);
    signal.addEventListener('abort', () => this.#o.cancel(ticket));
    const { sort, filters, search } = this.#options;
    const { zone, language } = this.#o.style();
    const view = { ...(sort && { sort }), filters: [...filters], search };
    const range = { ticket, start, end, columns: [...columns] };
    const answer = await this.#o.ask({ kind: 'whole', ...range, ...view, zone, language });
    if (answer.kind !== 'rows' || signal.aborted) return [];
    const isOther = this.#wholeRows !== answer.rowCount.rows;
    this.#wholeRows = answer.rowCount.rows;
    if (isOther) this.#o.changed();
    return answer.rows;
  }

  get #viewColumns(): number[] {
    const { sort, filters, search } = this.#options;
    if (search !== '') return this.#o.table.columns.map((_column, i) => i);
    return [...(sort ? [sort.column] : []), ...filters.map(({ column }) => column)];
  }

  #viewSoon(): void {
    if (this.#isWhole || isPlain(this.#options)) return;
    clearTimeout(this.#viewing);
    this.#viewing = setTimeout(() => this.#makeView(), viewAfterMs);
  }

  #makeView(): void {
    if (this.#isWhole || isPlain(this.#options)) return;
    const windows = this.#windows;
    const rows = viewRows(
      {
        rows: windows.rows(),
        columnCount: this.#o.table.columns.length,
        cell: (row, column) => windows.cell(row, column),
        writer: (column) => this.writer(column),
      },
      this.#options,
    );
    const isSame = this.#view?.length === rows.length && rows.every((row, i) => this.#view![i] === row);
    this.#view = rows;
    if (isSame) this.#o.came();
    else this.#o.changed();
  }
}
