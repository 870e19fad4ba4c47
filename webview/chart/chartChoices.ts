import * as l10n from '@vscode/l10n';
import type { Aggregate, ChartSpec, Mark, NumberFormat, TimeGrain } from '../../src/chart/chartSpec.ts';
import { fieldKind } from '../../src/chart/fieldKind.ts';
import type { Choice } from '../shared/choice.ts';
import { kindOf, possibleChanges, without, type Change, type Column, type Json } from './chartChange.ts';
import { changesForMark } from './changeMark.ts';

export const controlNames = [
  ...(['mark', 'x', 'grain', 'bins', 'rows', 'aggregate', 'y', 'color'] as const),
  ...(['sort', 'top', 'style', 'decimals', 'title'] as const),
];
export type ControlName = (typeof controlNames)[number];

/** What a control shows; one that says nothing about this chart is absent. */
export interface Shown {
  value: string;
  choices: Choice[];
}

/** The controls for a chart, from its file and the columns of its source. */
export function shownControls(spec: ChartSpec, columns: readonly Column[]): Map<ControlName, Shown> {
  const { mark, x, y, color } = spec;
  const measure = spec.mark === 'heatMap' ? (spec.value ?? {}) : y;
  const isCategorical = mark === 'bar' || mark === 'horizontalBar' || mark === 'pie' || mark === 'box';
  const isTime = columns.some(({ name, type }) => name === x.field && fieldKind(type) === 'time');
  const shown = new Map<ControlName, Shown>();
  const put = (name: ControlName, value: string | number | undefined, choices: Choice[] = []): void =>
    void shown.set(name, { value: String(value ?? ''), choices });

  put('mark', mark, markChoices());
  put('x', x.field, fieldChoices(columns, x.field, mark === 'histogram' ? ['number'] : undefined));
  if (isTime && mark !== 'histogram') put('grain', x.grain, grainChoices());
  if (mark === 'histogram') put('bins', x.bins);
  if (mark === 'heatMap') put('rows', y.field, fieldChoices(columns, y.field));
  if (mark !== 'histogram') {
    const rows = { value: '', label: l10n.t('(rows)') };
    const fields = fieldChoices(columns, measure.field, kindsFor(mark, measure.aggregate));
    put('y', measure.field, mark === 'box' || mark === 'scatter' ? fields : [rows, ...fields]);
    if (mark !== 'box') {
      put('aggregate', measure.aggregate ?? 'none', aggregateChoices(measure.field !== undefined));
    }
  }
  if (mark !== 'pie' && mark !== 'heatMap' && mark !== 'histogram') {
    const none = { value: '', label: l10n.t('(none)') };
    put('color', color?.field, [none, ...fieldChoices(columns, color?.field)]);
  }
  if (isCategorical) {
    put('sort', spec.sort && `${spec.sort.by} ${spec.sort.order ?? 'ascending'}`, sortChoices());
    put('top', spec.top?.count);
  }
  put('style', measure.format?.style ?? 'decimal', styleChoices());
  put('decimals', measure.format?.decimals);
  put('title', spec.title);
  return shown;
}

/** What choosing `value` changes in the chart's file. A sentence where it cannot be. */
export function changesFor(
  spec: ChartSpec,
  columns: readonly Column[],
  name: ControlName,
  value: string,
): Change[] | string {
  const changes = wantedChanges(spec, columns, name, value);
  return typeof changes === 'string' ? changes : possibleChanges(spec, changes);
}

function wantedChanges(
  spec: ChartSpec,
  columns: readonly Column[],
  name: ControlName,
  value: string,
): Change[] | string {
  const measurePath = spec.mark === 'heatMap' ? 'value' : 'y';
  const measure = spec.mark === 'heatMap' ? (spec.value ?? {}) : spec.y;
  switch (name) {
    case 'mark':
      return changesForMark(spec, columns, value as Mark);
    case 'x':
      return [
        { path: ['x', 'field'], value },
        ...without(spec.x, ['x'], kindOf(columns, value) === 'time' ? [] : ['grain']),
        ...without(spec.x, ['x'], aboutField),
      ];
    case 'grain':
      // A day has many rows: they become one.
      return [
        change(['x', 'grain'], value),
        ...(value !== '' && isUnsummed(spec.mark, measure)
          ? [{ path: [measurePath, 'aggregate'], value: 'sum' }]
          : []),
      ];
    case 'bins':
      return wholeNumber(value, 1, 1000, (bins) => [change(['x', 'bins'], bins)]);
    case 'rows':
      return [{ path: ['y', 'field'], value }, ...without(spec.y, ['y'], [...aboutField, 'grain'])];
    case 'y':
      return changeMeasure(measurePath, measure, columns, value);
    case 'aggregate':
      return [
        change([measurePath, 'aggregate'], value === 'none' ? '' : value),
        // The rest cannot become one without an aggregate.
        ...(value === 'none' && spec.mark !== 'pie' && spec.top?.other ? [{ path: ['top', 'other'] }] : []),
      ];
    case 'color':
      return [change(['color'], value === '' ? '' : { field: value })];
    case 'sort': {
      const [by = '', order = ''] = value.split(' ');
      return [change(['sort'], by === '' ? '' : { by, order })];
    }
    case 'top':
      return wholeNumber(value, 1, 1000, (count) => [
        count === '' || spec.top
          ? change(count === '' ? ['top'] : ['top', 'count'], count)
          : { path: ['top'], value: { count } },
      ]);
    case 'style':
      return [change([measurePath, 'format', 'style'], value === 'decimal' ? '' : value)];
    case 'decimals':
      return wholeNumber(value, 0, 10, (decimals) => [change([measurePath, 'format', 'decimals'], decimals)]);
    case 'title':
      return value === '' ? l10n.t('A chart needs a title.') : [{ path: ['title'], value }];
  }
}

function isUnsummed(mark: Mark, { aggregate = 'none' }: { aggregate?: Aggregate }): boolean {
  return aggregate === 'none' && mark !== 'box' && mark !== 'scatter';
}

const aboutField = ['title', 'unit', 'format'];

/** A measure's title, unit and format are about its field; a field of its own kind keeps the aggregate. */
function changeMeasure(
  path: string,
  measure: { field?: string; aggregate?: Aggregate },
  columns: readonly Column[],
  field: string,
): Change[] {
  const changes = [change([path, 'field'], field), ...without(measure, [path], aboutField)];
  const { aggregate } = measure;
  if (field === '') return [...changes, { path: [path, 'aggregate'], value: 'count' }];
  const countsAnything = aggregate === 'count' || aggregate === 'distinct';
  if (kindOf(columns, field) !== 'number' && aggregate !== undefined && !countsAnything) {
    return [...changes, { path: [path, 'aggregate'], value: 'count' }];
  }
  if (measure.field === undefined && aggregate === 'count' && kindOf(columns, field) === 'number') {
    return [...changes, { path: [path, 'aggregate'], value: 'sum' }];
  }
  return changes;
}

/** An empty text takes the value out. */
function change(path: (string | number)[], value: Json): Change {
  return value === '' ? { path } : { path, value };
}

function wholeNumber(
  text: string,
  least: number,
  most: number,
  make: (value: number | '') => Change[],
): Change[] | string {
  if (text === '') return make('');
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most
    ? make(value)
    : l10n.t('Enter a whole number from {0} to {1}.', least, most);
}

/** Numbers are summed up; anything can be counted. */
function kindsFor(mark: Mark, aggregate: Aggregate | undefined): ReturnType<typeof fieldKind>[] | undefined {
  return mark !== 'box' && (aggregate === 'count' || aggregate === 'distinct') ? undefined : ['number'];
}

/** The columns to choose from; one that the file names is among them, even where it is not there any more. */
function fieldChoices(
  columns: readonly Column[],
  chosen: string | undefined,
  kinds?: readonly ReturnType<typeof fieldKind>[],
): Choice[] {
  const names = columns
    .filter(({ name, type }) => name === chosen || !kinds || kinds.includes(fieldKind(type)))
    .map(({ name }) => name);
  if (chosen !== undefined && !names.includes(chosen)) names.unshift(chosen);
  return names.map((name) => ({ value: name, label: name }));
}

function markChoices(): Choice[] {
  const marks: Record<Mark, string> = {
    bar: l10n.t('Bar'),
    horizontalBar: l10n.t('Horizontal bar'),
    line: l10n.t('Line'),
    area: l10n.t('Area'),
    scatter: l10n.t('Scatter'),
    pie: l10n.t('Pie'),
    histogram: l10n.t('Histogram'),
    box: l10n.t('Box'),
    heatMap: l10n.t('Heat map'),
  };
  return choices(marks);
}

function aggregateChoices(hasField: boolean): Choice[] {
  const count = { count: l10n.t('Count') };
  if (!hasField) return choices(count);
  const aggregates: Record<Aggregate, string> = {
    none: l10n.t('(none)'),
    sum: l10n.t('Sum'),
    mean: l10n.t('Mean'),
    median: l10n.t('Median'),
    ...count,
    distinct: l10n.t('Distinct count'),
    min: l10n.t('Minimum'),
    max: l10n.t('Maximum'),
  };
  return choices(aggregates);
}

function grainChoices(): Choice[] {
  const grains: Record<TimeGrain, string> = {
    minute: l10n.t('Minute'),
    hour: l10n.t('Hour'),
    day: l10n.t('Day'),
    week: l10n.t('Week'),
    month: l10n.t('Month'),
    quarter: l10n.t('Quarter'),
    year: l10n.t('Year'),
  };
  return [{ value: '', label: l10n.t('As it is') }, ...choices(grains)];
}

function sortChoices(): Choice[] {
  return choices({
    '': l10n.t('As read'),
    'x ascending': l10n.t('Label, A to Z'),
    'x descending': l10n.t('Label, Z to A'),
    'y ascending': l10n.t('Smallest first'),
    'y descending': l10n.t('Largest first'),
  });
}

function styleChoices(): Choice[] {
  const styles: Record<NonNullable<NumberFormat['style']>, string> = {
    decimal: l10n.t('Decimal'),
    compact: l10n.t('Compact'),
    percent: l10n.t('Percent'),
  };
  return choices(styles);
}

function choices(labels: Record<string, string>): Choice[] {
  return Object.entries(labels).map(([value, label]) => ({ value, label }));
}
