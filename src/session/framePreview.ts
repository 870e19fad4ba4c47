import type { CancelOptions } from '../lake/fileSource.ts';
import type { Fact, Preview, PreviewColumn, PreviewRowsOptions, RowCount } from '../lake/preview/preview.ts';
import type { Row } from '../lake/table.ts';
import { set } from '../lake/parquetSchema.ts';
import { askColumns, askRows, type Asked, type FrameFacts, type RowSource } from './frameRows.ts';

/**
 * A frame of the session, looked at like a table. Its rows are computed as they are asked for: the first ones without the
 * others, and all, once and for as long as they are kept, when somebody goes on behind them.
 */
export class FramePreview implements Preview {
  readonly path: string;
  readonly format: 'spark' | 'pandas';
  readonly columns: readonly PreviewColumn[];
  readonly bytes: number;
  /** When it was opened. */
  readonly lastChange: Date;
  readonly notes: readonly string[] = [];
  readonly #session: Asked;
  readonly #source: RowSource;
  readonly #opened: string;
  #rowCount: RowCount;

  private constructor(session: Asked, source: RowSource, opened: string, name: string, facts: FrameFacts) {
    this.#session = session;
    this.#source = source;
    this.#opened = opened;
    this.path = name;
    this.format = facts.kind;
    this.columns = facts.columns;
    this.bytes = facts.bytes ?? 0;
    this.lastChange = new Date();
    this.#rowCount = { rows: facts.rows ?? 0, isFinal: facts.rows !== null };
  }

  /** `opened` names this opening. Throws `invalid` where the session has no such frame. */
  static async open(
    session: Asked,
    variable: string,
    { opened, signal }: { opened: string } & CancelOptions,
  ): Promise<FramePreview> {
    const source = { variable };
    const facts = await askColumns(session, source, { signal });
    const preview = new FramePreview(session, source, opened, variable, facts);
    // So that it is known from the start whether there are more rows than a few.
    if (!preview.#rowCount.isFinal) await preview.rows(0, 0, { signal });
    return preview;
  }

  rowCount(): RowCount {
    return this.#rowCount;
  }

  async rows(start: number, end: number, { columns, signal }: PreviewRowsOptions = {}): Promise<Row[]> {
    const numbers = this.columns.map((_column, i) => i);
    const only = columns ? numbers.filter((number) => columns.includes(this.columns[number]!.name)) : numbers;
    const { rows, rowCount } = await askRows(
      this.#session,
      { source: this.#source, opened: this.#opened, start, end, only },
      { signal },
    );
    // What was counted once is known, also when the session has forgotten it.
    if (rowCount.isFinal || !this.#rowCount.isFinal) this.#rowCount = rowCount;
    return rows.map((values) => {
      const row: Row = {};
      only.forEach((number, i) => set(row, this.columns[number]!.name, values[i] ?? null));
      return row;
    });
  }

  facts(): Fact[] {
    return [];
  }
}
