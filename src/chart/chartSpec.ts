export type Mark =
  'bar' | 'horizontalBar' | 'line' | 'area' | 'scatter' | 'pie' | 'histogram' | 'box' | 'heatMap';
export type Aggregate = 'none' | 'sum' | 'mean' | 'median' | 'count' | 'distinct' | 'min' | 'max';
/** Times are cut in UTC; weeks begin on Monday. */
export type TimeGrain = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

export interface NumberFormat {
  style?: 'decimal' | 'compact' | 'percent';
  decimals?: number;
}

export interface Encoding {
  field: string;
  title?: string;
  unit?: string;
  format?: NumberFormat;
}

/** `csv` is a path relative to the chart file, or an absolute one of the lake. */
export type ChartSource = { table: string; version?: number } | { csv: string } | { sql: string };

/** A `*.chart.json` file; chart.schema.json says what each part means. */
export interface ChartSpec {
  title: string;
  description?: string;
  source: ChartSource;
  mark: Mark;
  x: Encoding & { grain?: TimeGrain; bins?: number };
  /** In a heat map the second category. */
  y: Partial<Encoding> & { aggregate?: Aggregate; grain?: TimeGrain };
  /** In a heat map the colour. */
  value?: Partial<Encoding> & { aggregate?: Aggregate };
  color?: { field: string; title?: string };
  sort?: { by: 'x' | 'y'; order?: 'ascending' | 'descending' };
  top?: { count: number; other?: boolean };
}
