import { WorkbenchError } from '../base/errors.ts';
import type { Aggregate, ChartSpec, Mark } from './chartFile.ts';
import { displaySafe, formatTime, numberFormatter, toLabel, toNumber, type Cell } from './values.ts';

export type ChartRow = Readonly<Record<string, Cell>>;

/** What every front draws. All texts in it are safe to show; numbers are finite. */
export interface ChartModel {
  mark: Mark;
  title: string;
  description: string;
  x: { title: string; kind: 'category' | 'number' | 'time' };
  y: { title: string };
  /** Labels of the categories, in their order; empty unless `x.kind` is category. */
  categories: string[];
  series: ChartSeries[];
  /** The same as text: the accessible twin of the picture. */
  table: { columns: { title: string; numeric: boolean }[]; rows: string[][] };
  /** One or two sentences for a screen reader. */
  summary: string;
  /** What is not drawn, and why. */
  notes: string[];
  formatY(value: number): string;
}

export interface ChartSeries {
  name: string;
  /** x is the category's index, the number, or the time in ms. A null y is a gap. */
  points: (readonly [x: number, y: number | null])[];
}

/** The palette has eight colours; more series cannot be told apart. */
export const maxSeries = 8;
const otherLabel = 'Other';

/** Sums up the values of one place in the chart. */
class Cellar {
  rows = 0;
  values = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;

  add(value: number | undefined): void {
    this.rows++;
    if (value === undefined) return;
    this.values++;
    this.sum += value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  merge(other: Cellar): void {
    this.rows += other.rows;
    this.values += other.values;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  result(aggregate: Aggregate): number | null {
    if (aggregate === 'count') return this.values;
    if (this.values === 0) return null;
    const value = {
      ...{ none: this.sum, sum: this.sum, mean: this.sum / this.values, min: this.min, max: this.max },
    }[aggregate];
    return Number.isFinite(value) ? value : null;
  }
}

interface Place {
  label: string;
  /** The number or time of a place on a measured axis. */
  at: number | undefined;
  cells: Map<string, Cellar>;
  all: Cellar;
}

/**
 * Makes the chart of `rows`. Rows without an x on a measured axis, and values that are no numbers, are left out and
 * counted in `notes`. Throws `invalid` when a field is missing or several rows share an x without an aggregate.
 */
export function buildChart(spec: ChartSpec, rows: readonly ChartRow[]): ChartModel {
  checkFields(spec, rows);
  const aggregate = spec.y.aggregate ?? 'none';
  if (spec.mark === 'pie' && spec.color) {
    throw new WorkbenchError(
      'invalid',
      `"${displaySafe(spec.title)}" is a pie: its slices are x, take out "color".`,
    );
  }
  if (spec.top?.other && aggregate === 'none' && spec.mark !== 'pie') {
    throw new WorkbenchError(
      'invalid',
      `"${displaySafe(spec.title)}" puts the rest together as Other: say in y by which aggregate (sum, mean, ...).`,
    );
  }
  const kind = axisKind(spec, rows);
  const formatX = numberFormatter(spec.x.format);
  const notes: string[] = [];
  const places = new Map<string, Place>();
  const seriesNames = new Map<string, Cellar>();
  let withoutX = 0;
  let withoutY = 0;
  rows.forEach((row, index) => {
    const cell = row[spec.x.field];
    const at = kind === 'time' ? timeOf(cell) : kind === 'number' ? toNumber(cell) : undefined;
    if (kind !== 'category' && at === undefined) {
      withoutX++;
      return;
    }
    const value = spec.y.field === undefined ? 1 : toNumber(row[spec.y.field]);
    const counted =
      aggregate === 'count' && spec.y.field !== undefined && row[spec.y.field] != null ? 1 : value;
    if (counted === undefined && aggregate !== 'count') withoutY++;
    const label = kind === 'time' ? formatTime(at!) : kind === 'number' ? formatX(at!) : toLabel(cell);
    // Points of a measured axis may share an x; categories may not.
    const key = kind === 'category' ? label : aggregate === 'none' ? String(index) : String(at);
    const name = spec.color ? toLabel(row[spec.color.field]) : '';
    const place = getOrAdd(places, key, () => ({
      label,
      at,
      cells: new Map<string, Cellar>(),
      all: new Cellar(),
    }));
    const cellar = getOrAdd(place.cells, name, () => new Cellar());
    for (const one of [cellar, place.all, getOrAdd(seriesNames, name, () => new Cellar())]) one.add(counted);
    if (kind === 'category' && aggregate === 'none' && cellar.rows > 1) {
      const which = [label, name].filter(Boolean).join(', ');
      throw new WorkbenchError(
        'invalid',
        `"${displaySafe(spec.title)}" has several rows for ${which}: say in y which aggregate makes one value of them.`,
      );
    }
  });
  if (withoutX > 0) notes.push(`${rowCount(withoutX)} without "${displaySafe(spec.x.field)}" left out.`);
  if (withoutY > 0)
    notes.push(`${rowCount(withoutY)} without a number in "${displaySafe(spec.y.field ?? '')}".`);

  const order = inOrder([...places.values()], spec, kind, aggregate);
  const shown = limitPlaces(order, spec, kind, notes);
  const names = limitSeries(seriesNames, shown, aggregate, notes);
  const series = names.map((name) => ({
    name: name || yTitle(spec),
    points: shown.map(
      (place, i) => [place.at ?? i, place.cells.get(name)?.result(aggregate) ?? null] as const,
    ),
  }));
  // A series of measured points has only its own; a category has a place for each.
  if (kind !== 'category' && aggregate === 'none') {
    series.forEach((one, i) => {
      one.points = one.points.filter((_, p) => shown[p]!.cells.has(names[i]!));
    });
  }
  const formatY = numberFormatter(spec.y.format);
  const model: ChartModel = {
    mark: spec.mark,
    title: displaySafe(spec.title),
    description: displaySafe(spec.description ?? ''),
    x: { title: withUnit(spec.x.title ?? spec.x.field, spec.x.unit), kind },
    y: { title: withUnit(yTitle(spec), spec.y.unit) },
    categories: kind === 'category' ? shown.map((place) => place.label) : [],
    series,
    table: { columns: [], rows: [] },
    summary: '',
    notes,
    formatY,
  };
  model.table = tableOf(model, shown, names, aggregate, spec);
  model.summary = summaryOf(model, shown, aggregate);
  return model;
}

function checkFields(spec: ChartSpec, rows: readonly ChartRow[]): void {
  const [first] = rows;
  if (!first) return;
  for (const field of [spec.x.field, spec.y.field, spec.color?.field]) {
    if (field === undefined || rows.some((row) => Object.hasOwn(row, field))) continue;
    const known = Object.keys(first).map(displaySafe).join(', ');
    throw new WorkbenchError(
      'invalid',
      `"${displaySafe(spec.title)}" draws "${displaySafe(field)}", which ${displaySafe(spec.source.table)} does not have. Its columns: ${known}.`,
    );
  }
}

/** Bars and slices stand over categories; lines and points over what the values are. */
function axisKind(spec: ChartSpec, rows: readonly ChartRow[]): 'category' | 'number' | 'time' {
  if (spec.mark === 'bar' || spec.mark === 'horizontalBar' || spec.mark === 'pie') return 'category';
  const cells = rows.map((row) => row[spec.x.field]).filter((cell) => cell !== null && cell !== undefined);
  if (cells.length === 0) return 'category';
  if (cells.every((cell) => cell instanceof Date)) return 'time';
  return cells.every((cell) => typeof cell === 'number' || typeof cell === 'bigint') ? 'number' : 'category';
}

function timeOf(cell: Cell): number | undefined {
  const ms = cell instanceof Date ? cell.getTime() : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function inOrder(
  places: Place[],
  spec: ChartSpec,
  kind: ChartModel['x']['kind'],
  aggregate: Aggregate,
): Place[] {
  if (kind !== 'category') return places.sort((a, b) => a.at! - b.at!);
  const sort = spec.sort ?? (spec.mark === 'pie' ? { by: 'y', order: 'descending' } : undefined);
  if (!sort) return places;
  const direction = sort.order === 'descending' ? -1 : 1;
  const byLabel = (a: Place, b: Place): number => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);
  if (sort.by === 'x') return places.sort((a, b) => direction * byLabel(a, b));
  return places.sort((a, b) => {
    const [left, right] = [a.all.result(aggregate), b.all.result(aggregate)];
    // Those without a value come last, whatever the order.
    if (left === null || right === null)
      return Number(left === null) - Number(right === null) || byLabel(a, b);
    return direction * (left - right) || byLabel(a, b);
  });
}

function limitPlaces(
  places: Place[],
  spec: ChartSpec,
  kind: ChartModel['x']['kind'],
  notes: string[],
): Place[] {
  // Slices are parts of a whole, so they may be added up; each needs a colour of its own.
  const slices = spec.mark === 'pie' && places.length > maxSeries;
  const most = Math.min(spec.top?.count ?? Infinity, maxSeries - 1);
  const top = slices ? { count: most, other: spec.top?.other ?? spec.top === undefined } : spec.top;
  if (!top || kind !== 'category' || places.length <= top.count) return places;
  const rest = places.slice(top.count);
  const shown = places.slice(0, top.count);
  if (!top.other) {
    notes.push(`${places.length - top.count} of ${places.length} categories not shown.`);
    return shown;
  }
  const other: Place = { label: otherLabel, at: undefined, cells: new Map(), all: new Cellar() };
  // A category that is called Other itself stays apart.
  while (shown.some((place) => place.label === other.label)) other.label += ` (${rest.length})`;
  for (const place of rest) {
    other.all.merge(place.all);
    for (const [name, cellar] of place.cells) getOrAdd(other.cells, name, () => new Cellar()).merge(cellar);
  }
  notes.push(`${otherLabel} stands for ${rest.length} categories.`);
  return [...shown, other];
}

/** The series to draw, largest first where there are too many; the rest becomes one. */
function limitSeries(
  all: Map<string, Cellar>,
  places: Place[],
  aggregate: Aggregate,
  notes: string[],
): string[] {
  const names = [...all.keys()];
  if (names.length <= maxSeries) return names.length === 0 ? [''] : names;
  const size = (name: string): number => Math.abs(all.get(name)!.sum);
  const kept = new Set(names.toSorted((a, b) => size(b) - size(a)).slice(0, maxSeries - 1));
  const rest = names.filter((name) => !kept.has(name));
  // Without an aggregate nothing says how values become one: averages must not be added up.
  if (aggregate === 'none') {
    notes.push(`${rest.length} of ${names.length} series not shown.`);
    return names.filter((name) => kept.has(name));
  }
  let other = otherLabel;
  while (kept.has(other)) other += ` (${rest.length})`;
  for (const place of places) {
    const merged = new Cellar();
    for (const name of rest) {
      const cellar = place.cells.get(name);
      if (cellar) merged.merge(cellar);
      place.cells.delete(name);
    }
    if (merged.rows > 0) place.cells.set(other, merged);
  }
  notes.push(`${other} stands for ${rest.length} of ${names.length} series.`);
  return [...names.filter((name) => kept.has(name)), other];
}

function tableOf(
  model: ChartModel,
  places: Place[],
  names: string[],
  aggregate: Aggregate,
  spec: ChartSpec,
): ChartModel['table'] {
  const cell = (cellar: Cellar | undefined): string => {
    const value = cellar?.result(aggregate) ?? null;
    return value === null ? '' : model.formatY(value);
  };
  const columns = [
    { title: model.x.title, numeric: model.x.kind === 'number' },
    ...(spec.color ? names : [model.y.title]).map((title) => ({ title, numeric: true })),
  ];
  return { columns, rows: places.map((p) => [p.label, ...names.map((name) => cell(p.cells.get(name)))]) };
}

const markNames: Record<Mark, string> = {
  bar: 'Bar chart',
  horizontalBar: 'Bar chart',
  line: 'Line chart',
  area: 'Area chart',
  scatter: 'Scatter chart',
  pie: 'Pie chart',
};

function summaryOf(model: ChartModel, places: Place[], aggregate: Aggregate): string {
  const what = `${markNames[model.mark]} of ${model.y.title} by ${model.x.title}`;
  const values = places
    .map((place) => ({ label: place.label, value: place.all.result(aggregate) }))
    .filter((one): one is { label: string; value: number } => one.value !== null);
  if (values.length === 0) return `${what}: no values.`;
  const highest = values.reduce((best, one) => (one.value > best.value ? one : best));
  const lowest = values.reduce((best, one) => (one.value < best.value ? one : best));
  const series = model.series.length > 1 ? ` in ${model.series.length} series` : '';
  const say = (one: { label: string; value: number }): string => `${one.label} (${model.formatY(one.value)})`;
  const range = values.length === 1 ? say(highest) : `highest ${say(highest)}, lowest ${say(lowest)}`;
  return `${what}, ${values.length} ${values.length === 1 ? 'value' : 'values'}${series}: ${range}.`;
}

function yTitle(spec: ChartSpec): string {
  return displaySafe(spec.y.title ?? spec.y.field ?? 'Rows');
}

function withUnit(title: string, unit: string | undefined): string {
  return displaySafe(unit ? `${title} (${unit})` : title);
}

function rowCount(count: number): string {
  return `${count} ${count === 1 ? 'row' : 'rows'}`;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
