import { isNumber, numberText } from '../../src/vscode/tables/compareCells.ts';
import type { WireCell } from '../../src/vscode/tables/tableProtocol.ts';

/** How cells are written. Nothing is rounded. */
export interface CellStyle {
  /** BCP 47: how numbers are written. */
  language: string;
  /** IANA name: where times are shown. */
  zone: string;
}

export type CellKind = 'number' | 'null' | 'text' | 'time' | 'binary' | 'nested';

export function cellKind(cell: WireCell): CellKind {
  if (cell === null) return 'null';
  if (isNumber(cell)) return 'number';
  if (typeof cell !== 'object') return 'text';
  if (cell.t === 'timestamp') return 'time';
  return cell.t === 'text' ? 'text' : (cell.t as 'binary' | 'nested');
}

/** Whether a column of this type (as Spark shows it) holds numbers, which are aligned to the right. */
export function isNumericType(type: string): boolean {
  return /^(tinyint|smallint|int|bigint|float|double|decimal\(.*\))$/.test(type);
}

/** Writes the cells of one column. */
export class CellText {
  readonly #style: CellStyle;
  readonly #number: Intl.NumberFormat;
  readonly #time: (micros: bigint) => string;

  /** `type` is the column's, as Spark shows it. */
  constructor(type: string, style: CellStyle) {
    this.#style = style;
    const scale = Number(/^decimal\(\d+,\s*(\d+)\)$/.exec(type)?.[1] ?? 0);
    this.#number = new Intl.NumberFormat(style.language, {
      // The digits behind the point of a decimal are those of its type, so that the points stand below each other.
      minimumFractionDigits: Math.min(scale, 20),
      maximumFractionDigits: Math.max(scale, 20),
    });
    this.#time = timeFormat(style.zone);
  }

  text(cell: WireCell): string {
    if (cell === null) return 'null';
    if (typeof cell === 'number') return this.#numberText(cell);
    if (typeof cell !== 'object') return String(cell);
    switch (cell.t) {
      case 'float':
        return cell.text;
      case 'long':
      case 'decimal':
        return this.#exact(cell.text);
      case 'timestamp':
        return this.#time(BigInt(cell.text));
      case 'binary':
        return cell.text.length / 2 < cell.size
          ? `0x${cell.text}… (${cell.size.toLocaleString(this.#style.language)} bytes)`
          : `0x${cell.text}`;
      case 'text':
        return `${cell.text}…`;
      case 'nested':
        return cell.text;
    }
  }

  #numberText(value: number): string {
    const size = Math.abs(value);
    // Else a double would be written with hundreds of digits.
    const isLong = size !== 0 && (size >= 1e15 || size < 1e-6) && !Number.isSafeInteger(value);
    return isLong ? String(value) : this.#number.format(value);
  }

  #exact(text: string): string {
    // Text goes through with all its digits; what is none stays as it is.
    return /^-?\d+(\.\d+)?$/.test(text) ? this.#number.format(text as `${number}`) : text;
  }
}

/** What a search and a filter read, beside the shown text: digits without grouping. */
export function plainCellText(cell: WireCell, shown: CellText): string {
  return isNumber(cell) ? numberText(cell) : shown.text(cell);
}

const dayMicros = 86_400_000_000n;
const dateRangeMs = 8_640_000_000_000_000n;

/** `2024-02-29 12:34:56.789012` in the zone; the fraction only if there is one. */
export function timeFormat(zone: string): (micros: bigint) => string {
  const offset = offsetIn(zone);
  return (micros) => {
    const ms = floorDivide(micros, 1000n);
    if (ms < -dateRangeMs || ms > dateRangeMs) return `${micros} µs`;
    return localText(micros + BigInt(offset(Number(ms))) * 1000n);
  };
}

/** How far the zone is ahead of UTC at that instant, as `+02:00`. */
export function offsetText(zone: string, micros: bigint): string {
  const offset = Math.round(offsetIn(zone)(Number(floorDivide(micros, 1000n))) / 1000);
  const seconds = Math.abs(offset);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const rest = seconds % 60 === 0 ? '' : `:${two(seconds % 60)}`;
  return `${offset < 0 ? '-' : '+'}${two(seconds / 3600)}:${two((seconds / 60) % 60)}${rest}`;
}

/** Milliseconds that the zone is ahead of UTC, by the instant in milliseconds. */
function offsetIn(zone: string): (ms: number) => number {
  if (zone === 'UTC') return () => 0;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    // A zone that this machine does not know.
    return () => 0;
  }
  // Zones change at most at full quarters of an hour, as far as anybody looks: one look-up for each.
  const known = new Map<number, number>();
  const stepMs = 900_000;
  return (ms) => {
    const step = Math.floor(ms / stepMs);
    let offset = known.get(step);
    if (offset === undefined) {
      const at = step * stepMs;
      const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
      for (const { type, value } of format.formatToParts(at)) parts[type] = value;
      const year = parts.era?.startsWith('B') ? 1 - Number(parts.year) : Number(parts.year);
      const local = new Date(0);
      local.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
      local.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
      offset = local.getTime() - Math.floor(at / 1000) * 1000;
      if (known.size > 50_000) known.clear();
      known.set(step, offset);
    }
    return offset;
  };
}

/** Of local microseconds since 1970. */
function localText(micros: bigint): string {
  const days = floorDivide(micros, dayMicros);
  const inDay = Number(micros - days * dayMicros);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const seconds = Math.floor(inDay / 1_000_000);
  const clock = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  const rest = inDay % 1_000_000;
  const fraction =
    rest === 0
      ? ''
      : `.${rest % 1000 === 0 ? String(rest / 1000).padStart(3, '0') : String(rest).padStart(6, '0')}`;
  return `${dateText(Number(days))} ${clock}${fraction}`;
}

/** Of days since 1970, within the range of Date and a day around it. */
function dateText(days: number): string {
  const edge = Math.max(-100_000_000, Math.min(100_000_000, days));
  const [date = ''] = new Date(edge * 86_400_000).toISOString().split('T');
  return date;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Breaks and what moves the text's direction are shown, not done. */
export function oneLine(text: string): string {
  const short = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return (
    short
      .replace(/\r\n|\n|\r/g, '⏎')
      .replace(/\t/g, '⇥')
      // eslint-disable-next-line no-control-regex -- they are what is looked for
      .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\u{fffd}')
  );
}
