import { plainText } from '../base/format.ts';
import type { NumberFormat } from './chartSpec.ts';

/** A cell as tables give it. Anything else (nested values, bytes) is shown as text. */
export type Cell = unknown;

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const maxLabel = 200;

/** The finite number in a cell, or undefined. Decimals come as strings from some sources. */
export function toNumber(cell: Cell): number | undefined {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : undefined;
  if (typeof cell === 'bigint') return finite(Number(cell));
  if (typeof cell === 'string' && decimal.test(cell.trim())) {
    return finite(Number(cell));
  }
  return undefined;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

const isoTime = /^(\d{4}-\d\d-(\d\d))(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** Whether a text is a date or a time of ISO 8601, as dates and times without a zone come from tables. */
export function isTimeText(text: string): boolean {
  return text.length >= 10 && !Number.isNaN(toTime(text));
}

/** The time in a cell, in ms since 1970, or NaN. A text without a zone is taken for UTC. */
export function toTime(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime();
  const parts = typeof cell === 'string' ? isoTime.exec(cell) : null;
  if (!parts) return NaN;
  const [, date, day, clock = '00:00', zone = 'Z'] = parts;
  // Date.parse takes February 30 for March 2.
  if (Number(day) > 28 && new Date(`${date!}T00:00Z`).getUTCDate() !== Number(day)) return NaN;
  return Date.parse(`${date!}T${clock}${zone}`);
}

/** A cell as a label: one line, without characters that could drive a terminal or are no XML. */
export function toLabel(cell: Cell): string {
  if (cell === null || cell === undefined) return '(no value)';
  if (cell instanceof Date) return formatTime(cell.getTime());
  if (typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'string') return displaySafe(cell);
  const text = JSON.stringify(cell, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  ) as string | undefined;
  return displaySafe(text ?? '');
}

export function displaySafe(text: string): string {
  const clean = plainText(text)
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .replace(/[\ufffe\uffff]/g, '\ufffd');
  const letters = Array.from(clean);
  return letters.length > maxLabel ? `${letters.slice(0, maxLabel - 1).join('')}…` : clean;
}

/** `2026-01-31`, or with the time of day where there is one; UTC. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return '(no time)';
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}

const formatters = new Map<string, (value: number) => string>();

/** Writes numbers as the chart file asks; by default with at most three decimals. */
export function numberFormatter(format: NumberFormat = {}): (value: number) => string {
  const { style = 'decimal', decimals } = format;
  // Making one takes longer than writing a hundred numbers, and a table asks for it in each row.
  const key = `${style} ${decimals ?? ''}`;
  let formatter = formatters.get(key);
  if (!formatter) formatters.set(key, (formatter = makeFormatter(style, decimals)));
  return formatter;
}

function makeFormatter(
  style: NonNullable<NumberFormat['style']>,
  decimals: number | undefined,
): (value: number) => string {
  const percent = style === 'percent';
  const numberFormat = new Intl.NumberFormat('en-US', {
    style: percent ? 'percent' : 'decimal',
    ...(style === 'compact' ? { notation: 'compact' } : {}),
    minimumFractionDigits: decimals ?? 0,
    maximumFractionDigits: decimals ?? (percent || style === 'compact' ? 1 : 3),
  });
  return (value) => numberFormat.format(value);
}
