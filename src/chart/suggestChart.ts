import { WorkbenchError } from '../base/errors.ts';
import type { Aggregate, ChartSpec, Encoding, TimeGrain } from './chartSpec.ts';
import type { ChartRow } from './chartModel.ts';
import { measure } from './columns.ts';
import { fieldKind, type FieldKind } from './fieldKind.ts';
import { maxSeries } from './series.ts';
import { displaySafe, toLabel } from './values.ts';

/** A table as a chart is suggested for it; `type` is Spark's. */
export interface TableShape {
  name: string;
  columns: readonly { name: string; type: string }[];
}

interface Field {
  name: string;
  kind: FieldKind;
  /** How many different values the rows have. */
  distinct: number;
}

/** With fewer rows than these, what is suggested has seen all of them. */
export const suggestRows = 1_000;

/** As many bars as can be read; of more the largest are shown. */
const maxBars = 30;
const maxCells = { across: 40, down: 20 };
/** About as many points as a line needs to tell its shape. */
const maxPeriods = 200;

/**
 * "Chart this table": a chart that fits the table's columns and its first `suggestRows` rows. It can be drawn as it
 * is. Throws
 * `invalid` for a table without a column to draw.
 */
export function suggestChart(table: TableShape, rows: readonly ChartRow[]): ChartSpec {
  const fields = table.columns
    .filter(({ name }) => name !== '')
    .map(({ name, type }) => ({ name, kind: fieldKind(type), distinct: distinctIn(name, rows) }))
    .filter(({ kind }) => kind !== 'other');
  const times = fields.filter(({ name, kind }) => kind === 'time' && measure(name, rows).kind === 'time');
  const texts = fields.filter(({ kind }) => kind === 'text');
  const numbers = fields.filter(({ kind }) => kind === 'number');
  const measures = numbers.filter((field) => !isKey(field, rows));
  const source = { table: table.name };
  const build = (parts: Omit<ChartSpec, 'title' | 'source'>): ChartSpec => ({
    ...{ title: titleOf(parts), source },
    ...parts,
  });
  const [value] = measures;
  const [time] = times;
  if (time && time.distinct > 1) return build(overTime(time, value, texts, rows));
  const byName = [...texts].filter(({ distinct }) => distinct > 0);
  const category = byName.find(({ distinct }) => distinct <= maxBars) ?? byName[0];
  if (category && value) return build(byCategory(category, value, byName, rows));
  if (measures.length > 1) {
    const [x, y] = measures as [Field, Field];
    return build({ mark: 'scatter', x: encoding(x), y: encoding(y) });
  }
  if (value) return build({ mark: 'histogram', x: encoding(value), y: {} });
  const counted = category ?? times[0] ?? numbers[0] ?? fields[0];
  if (!counted) {
    throw new WorkbenchError(
      'invalid',
      `${displaySafe(table.name)} has no column that can be drawn: no text, number or time.`,
    );
  }
  return build({
    ...{ mark: 'horizontalBar', x: encoding(counted), y: { aggregate: 'count', title: 'Rows' } },
    ...ranked(counted),
  });
}

type Parts = Omit<ChartSpec, 'title' | 'source'>;

function overTime(time: Field, value: Field | undefined, texts: Field[], rows: readonly ChartRow[]): Parts {
  const color = texts.find(({ distinct }) => distinct > 1 && distinct <= maxSeries);
  const split = color ? { color: { field: color.name } } : {};
  const isOneEach = value && isUnique(rows, [time.name, ...(color ? [color.name] : [])]);
  if (isOneEach) return { mark: 'line', x: encoding(time), y: encoding(value), ...split };
  return {
    mark: 'line',
    x: { ...encoding(time), grain: grainFor(time, rows) },
    y: value ? { ...encoding(value), aggregate: aggregateFor(value) } : { aggregate: 'count', title: 'Rows' },
    ...split,
  };
}

function byCategory(category: Field, value: Field, texts: Field[], rows: readonly ChartRow[]): Parts {
  if (isUnique(rows, [category.name])) {
    return { mark: 'horizontalBar', x: encoding(category), y: encoding(value), ...ranked(category) };
  }
  const other = texts.find(({ name, distinct }) => name !== category.name && distinct > 1);
  const aggregate = other && isUnique(rows, [category.name, other.name]) ? 'none' : aggregateFor(value);
  const fits = other && category.distinct <= maxCells.across && other.distinct <= maxCells.down;
  if (fits && other.distinct > maxSeries) {
    return {
      mark: 'heatMap',
      ...{ x: encoding(category), y: encoding(other), value: { ...encoding(value), aggregate } },
    };
  }
  if (fits && aggregate === 'none') {
    return { mark: 'bar', x: encoding(category), y: encoding(value), color: { field: other.name } };
  }
  return {
    ...{
      mark: 'horizontalBar',
      x: encoding(category),
      y: { ...encoding(value), aggregate: aggregateFor(value) },
    },
    ...ranked(category),
  };
}

/** The largest first, and not more than can be read. */
function ranked(category: Field): Pick<ChartSpec, 'sort' | 'top'> {
  return {
    sort: { by: 'y', order: 'descending' },
    ...(category.distinct > maxBars ? { top: { count: maxBars } } : {}),
  };
}

/** Numbers that name something are not measured: adding them up says nothing. */
function isKey({ name, distinct }: Field, rows: readonly ChartRow[]): boolean {
  const words = wordsOf(name);
  if (words.some((word) => keyWords.has(word))) return true;
  if (!words.some((word) => word === 'number' || word === 'no')) return false;
  return distinct === rows.length;
}

const keyWords = new Set(['id', 'key', 'version', 'code', 'zip', 'phone', 'uuid']);
const averageWords = new Set([
  ...['avg', 'average', 'mean', 'rate', 'ratio', 'share', 'percent', 'pct', 'price', 'score', 'rating'],
  ...['hours', 'minutes', 'seconds', 'duration', 'age', 'temperature', 'latitude', 'longitude'],
]);

/** Rates and durations are averaged, all else is added up. */
function aggregateFor({ name }: Field): Aggregate {
  return wordsOf(name).some((word) => averageWords.has(word)) ? 'mean' : 'sum';
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const grains: [TimeGrain, ms: number][] = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 7 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['quarter', 91 * 86_400_000],
];

function grainFor(time: Field, rows: readonly ChartRow[]): TimeGrain {
  const times = measure(time.name, rows).numbers.filter(Number.isFinite);
  const span =
    times.reduce((most, ms) => Math.max(most, ms), -Infinity) -
    times.reduce((a, b) => Math.min(a, b), Infinity);
  return grains.find(([, ms]) => span / ms <= maxPeriods)?.[0] ?? 'year';
}

function distinctIn(field: string, rows: readonly ChartRow[]): number {
  const labels = new Set<string>();
  for (const row of rows) if (row[field] != null) labels.add(toLabel(row[field]));
  return labels.size;
}

/** Whether no two rows of the table have the same in `fields`; of a table that was not seen whole nobody knows. */
function isUnique(rows: readonly ChartRow[], fields: string[]): boolean {
  if (rows.length >= suggestRows) return false;
  const keys = new Set(rows.map((row) => JSON.stringify(fields.map((field) => toLabel(row[field])))));
  return keys.size === rows.length;
}

function encoding({ name }: Field): Encoding {
  return { field: name, title: displayName(name) };
}

/** `Avg hours` for `avg_hours`. */
function displayName(name: string): string {
  const words = displaySafe(name.replace(/_+/g, ' ').trim() || name);
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, 100);
}

function titleOf({ mark, x, y, value, color }: Parts): string {
  if (mark === 'histogram') return x.title!;
  const what = mark === 'heatMap' ? value! : y;
  const by = mark === 'heatMap' ? `${x.title!} and ${y.title!}` : x.title!;
  const split = color ? ` and ${displayName(color.field)}` : '';
  return `${what.title!} by ${by}${split}`.slice(0, 200);
}
