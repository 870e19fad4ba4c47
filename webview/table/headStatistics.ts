import type { Answer, ColumnStatistics } from '../../src/vscode/tables/tableProtocol.ts';

export interface HeadStatisticsOptions {
  ask: (columns: number[]) => Promise<Answer>;
  came: () => void;
}

const columnsAtOnce = 100;

/** Statistics of the columns that were in sight, each asked for once. */
export class HeadStatistics {
  readonly #o: HeadStatisticsOptions;
  readonly #known = new Map<number, ColumnStatistics>();
  readonly #asked = new Set<number>();

  constructor(options: HeadStatisticsOptions) {
    this.#o = options;
  }

  of(column: number): ColumnStatistics | undefined {
    return this.#known.get(column);
  }

  /** The columns from `first` to before `end` are in sight. */
  ask(first: number, end: number): void {
    const columns: number[] = [];
    for (let column = first; column < end && columns.length < columnsAtOnce; column++) {
      if (!this.#asked.has(column)) columns.push(column);
    }
    if (columns.length === 0) return;
    for (const column of columns) this.#asked.add(column);
    this.#o.ask(columns).then(
      (answer) => {
        if (answer.kind !== 'statistics') return;
        for (const one of answer.columns) this.#known.set(one.column, one);
        this.#o.came();
      },
      // The head goes without them; the rows say what went wrong.
      () => {},
    );
  }
}
