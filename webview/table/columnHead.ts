import * as l10n from '@vscode/l10n';
import { isNumber, numberText } from '../../src/vscode/tables/compareCells.ts';
import type { ColumnStatistics, TableColumn, WireCell } from '../../src/vscode/tables/tableProtocol.ts';
import { icon } from '../shared/menuButton.ts';
import { make } from '../shared/elements.ts';
import { isNumericType, oneLine, type CellText } from './cellText.ts';
import { histogram } from './histogram.ts';

export interface HeadFacts {
  column: TableColumn;
  writer: CellText;
  /** Over the rows that were read; not there yet, or for this column. */
  statistics: ColumnStatistics | undefined;
  rows: number;
  sort: 'ascending' | 'descending' | undefined;
  isFiltered: boolean;
  zone: string;
  language: string;
}

/** What a column's head shows: name, type, share of nulls, range and a histogram. */
export function fillHead(head: HTMLElement, facts: HeadFacts): void {
  const { column, sort, isFiltered, statistics } = facts;
  const name = make(
    'span',
    { class: 'head-name' },
    column.name === '' ? l10n.t('(no name)') : oneLine(column.name),
  );
  const menu = make('span', { class: `head-menu${isFiltered ? ' on' : ''}`, 'aria-hidden': 'true' });
  menu.append(icon('M2 3h12l-4.6 5.6V13l-2.8-1.4v-3z', { stroke: !isFiltered }));
  const arrow = make('span', { class: 'head-sort', 'aria-hidden': 'true' });
  if (sort) arrow.append(icon(sort === 'ascending' ? 'M8 4l4 6H4z' : 'M8 12l4-6H4z'));
  const chart = make('span', { class: 'head-chart' });
  const bars = statistics && histogram(statistics);
  if (bars) chart.append(bars);
  head.replaceChildren(
    make('span', { class: 'head-line' }, name, arrow, menu),
    make('span', { class: 'head-type' }, ...typeText(facts).map((text) => make('span', {}, text))),
    chart,
    make('span', { class: 'head-range' }, ...rangeText(facts).map((text) => make('span', {}, text))),
    make('span', { class: 'head-edge', 'aria-hidden': 'true' }),
  );
  head.classList.toggle('number', isNumericType(column.type));
  head.setAttribute('aria-sort', sort ?? 'none');
  head.title = headTitle(facts);
}

/** Over all rows where the files say it, else over those that were read. */
export function nullShare({
  column,
  statistics,
  rows,
}: Pick<HeadFacts, 'column' | 'statistics' | 'rows'>): number | undefined {
  if (column.nullCount !== undefined && rows > 0) return Math.min(1, column.nullCount / rows);
  return statistics && statistics.rows > 0 ? statistics.nulls / statistics.rows : undefined;
}

/** `3.2 %`; never 0 % where there is one, never 100 % where one is missing. */
export function shareText(share: number, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  if (share > 0 && share < 0.001) return `<${format.format(0.001)}`;
  if (share < 1 && share > 0.999) return `>${format.format(0.999)}`;
  return format.format(share);
}

/** What stands below a column's name: its type, and how many values are null. */
function typeText({ column, zone, ...facts }: HeadFacts): string[] {
  const type = shortType(column.type);
  const share = nullShare({ column, ...facts });
  return [
    column.type === 'timestamp' ? `${type} ${zone}` : type,
    ...(share !== undefined && share > 0 ? [l10n.t('{0} null', shareText(share, facts.language))] : []),
  ];
}

/** The whole of a nested type is in the schema. */
export function shortType(type: string): string {
  return type.length > 24 && type.includes('<') ? `${type.slice(0, type.indexOf('<') + 1)}…>` : type;
}

function bounds({ column, statistics }: HeadFacts): [WireCell, WireCell] | undefined {
  const least = column.min ?? statistics?.min;
  const most = column.max ?? statistics?.max;
  return least === undefined || most === undefined ? undefined : [least, most];
}

/** Rounded, to fit; the tooltip has them in full. */
function rangeText(facts: HeadFacts): string[] {
  const { statistics, language, column, writer } = facts;
  const ends = bounds(facts);
  if (ends && isNumericType(column.type)) return ends.map((end) => briefNumber(end, writer, language));
  if (ends && /^(date|timestamp)/.test(column.type)) return briefTimes(ends.map((end) => writer.text(end)));
  const distinct = statistics?.distinct;
  if (!distinct || distinct.count === 0) return [''];
  const count = distinct.count.toLocaleString(language);
  return [distinct.isLimited ? l10n.t('more than {0} distinct', count) : l10n.t('{0} distinct', count)];
}

const briefLength = 9;

function briefNumber(cell: WireCell, writer: CellText, language: string): string {
  const text = writer.text(cell);
  if (text.length <= briefLength || !isNumber(cell)) return text;
  const number = Number(numberText(cell));
  if (!Number.isFinite(number)) return text;
  return number.toLocaleString(language, { notation: 'compact', maximumSignificantDigits: 4 });
}

/** Days; times of one day by their clock. */
function briefTimes(texts: readonly string[]): string[] {
  const days = texts.map((text) => text.slice(0, 10));
  const clocks = texts.map((text) => text.slice(11, 16));
  return days[0] === days[1] && clocks.every((clock) => clock !== '') && clocks[0] !== clocks[1]
    ? clocks
    : days;
}

function headTitle(facts: HeadFacts): string {
  const { column, statistics, writer, language } = facts;
  const ends = bounds(facts);
  const share = nullShare(facts);
  return [
    `${column.name}: ${column.type}`,
    column.comment,
    share === undefined ? undefined : l10n.t('{0} null', shareText(share, language)),
    ends && l10n.t('from {0} to {1}', clipped(writer.text(ends[0])), clipped(writer.text(ends[1]))),
    statistics && l10n.t('Histogram of the first {0} rows', statistics.rows.toLocaleString(language)),
  ]
    .filter((part) => part !== undefined)
    .join('\n');
}

function clipped(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
