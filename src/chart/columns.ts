import { WorkbenchError } from '../base/errors.ts';
import type { Aggregate, ChartSpec, Encoding, TimeGrain } from './chartSpec.ts';
import { chartFields, sourceName } from './chartFields.ts';
import type { ChartRow } from './chartModel.ts';
import { displaySafe, isTimeText, toLabel, toNumber, toTime } from './values.ts';

/** A column as numbers: what was measured, ms since 1970 of times. NaN where a cell has no such value. */
export interface MeasuredColumn {
  kind: 'text' | 'number' | 'time';
  numbers: Float64Array;
  /** Whether its times are instants, so that the time zone matters. */
  hasInstants: boolean;
}

/** Throws `invalid` where a field of the chart is in none of the rows. */
export function checkFields(spec: ChartSpec, rows: readonly ChartRow[]): void {
  const [first] = rows;
  if (!first) return;
  for (const field of chartFields(spec)) {
    if (rows.some((row) => Object.hasOwn(row, field))) continue;
    const source = 'sql' in spec.source ? 'the query' : displaySafe(sourceName(spec));
    const known = Object.keys(first).map(displaySafe).join(', ');
    throw new WorkbenchError(
      'invalid',
      `"${displaySafe(spec.title)}" draws "${displaySafe(field)}", which ${source} does not have. Its columns: ${known}.`,
    );
  }
}

/** Reads a column as what all of its values are: times, numbers, or else text. */
export function measure(field: string, rows: readonly ChartRow[]): MeasuredColumn {
  const numbers = new Float64Array(rows.length).fill(NaN);
  let kind: MeasuredColumn['kind'] | undefined;
  let hasInstants = false;
  for (let i = 0; i < rows.length; i++) {
    const cell = rows[i]![field];
    if (cell === null || cell === undefined) continue;
    const own = kindOf(cell);
    kind ??= own;
    if (own !== kind || own === 'text')
      return { kind: 'text', numbers: new Float64Array(0), hasInstants: false };
    if (cell instanceof Date) hasInstants = true;
    numbers[i] = own === 'time' ? toTime(cell) : (toNumber(cell) ?? NaN);
  }
  // Where there is no value at all, none is missing a label.
  return { kind: kind ?? (rows.length > 0 ? 'number' : 'text'), numbers, hasInstants };
}

/** Decimals of many digits and dates come as texts. */
function kindOf(cell: unknown): MeasuredColumn['kind'] {
  if (typeof cell === 'number' || typeof cell === 'bigint') return 'number';
  if (cell instanceof Date) return 'time';
  if (typeof cell !== 'string') return 'text';
  if (isTimeText(cell)) return 'time';
  return toNumber(cell) === undefined ? 'text' : 'number';
}

/** Throws `invalid` where a time grain is asked of what is no time. */
export function checkGrain(
  title: string,
  { field, grain }: { field: string; grain: TimeGrain },
  rows: readonly ChartRow[],
  column: MeasuredColumn,
): void {
  if (column.kind === 'time') return;
  const cell = rows.map((row) => row[field]).find((one) => one != null && Number.isNaN(toTime(one)));
  if (cell === undefined) return;
  throw new WorkbenchError(
    'invalid',
    `"${displaySafe(title)}" puts "${displaySafe(field)}" together by ${grain}, and "${toLabel(cell)}" in it is no time: take out "grain".`,
  );
}

/**
 * The values to aggregate; NaN where a row has none. Counted are the cells that are not null, or all rows where there
 * is no field; distinct values become numbers that differ where they do.
 */
export function readValues(
  { field, aggregate = 'none' }: Partial<Encoding> & { aggregate?: Aggregate },
  rows: readonly ChartRow[],
): Float64Array {
  const values = new Float64Array(rows.length);
  if (field === undefined) return values.fill(1);
  if (aggregate === 'count') {
    for (let i = 0; i < rows.length; i++) values[i] = rows[i]![field] == null ? NaN : 1;
    return values;
  }
  if (aggregate === 'distinct') {
    const ids = new Map<unknown, number>();
    for (let i = 0; i < rows.length; i++) {
      const cell = rows[i]![field];
      values[i] = cell == null ? NaN : idOf(ids, cell);
    }
    return values;
  }
  for (let i = 0; i < rows.length; i++) {
    const value = toNumber(rows[i]![field]);
    values[i] = value !== undefined && Number.isFinite(value) ? value : NaN;
  }
  return values;
}

function idOf(ids: Map<unknown, number>, cell: unknown): number {
  const key =
    cell instanceof Date
      ? `time ${JSON.stringify(cell)}`
      : typeof cell === 'object'
        ? `nested ${JSON.stringify(cell, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))}`
        : typeof cell === 'string'
          ? `text ${cell}`
          : typeof cell === 'bigint'
            ? Number(cell)
            : cell;
  let id = ids.get(key);
  if (id === undefined) ids.set(key, (id = ids.size));
  return id;
}
