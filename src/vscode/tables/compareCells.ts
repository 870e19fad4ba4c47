import type { WireCell } from './tableProtocol.ts';

/**
 * The order of two values of one column: as Spark's, so NaN is the largest number and texts go by their code units; null
 * comes last. Longs, decimals and microseconds are compared exactly.
 */
export function compareCells(a: WireCell, b: WireCell): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (isNumber(a) && isNumber(b)) return compareNumbers(numberText(a), numberText(b));
  if (isTimestamp(a) && isTimestamp(b)) return sign(BigInt(a.text), BigInt(b.text));
  const [left, right] = [sortText(a), sortText(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Of two numbers as text, each exact: `12`, `-0.10`, `1e300`, `NaN`, `Infinity`. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [fixedPoint(a), fixedPoint(b)];
  if (!left || !right) return compareFloats(Number(a), Number(b));
  const scale = Math.max(left.scale, right.scale);
  return sign(atScale(left, scale), atScale(right, scale));
}

/** Whether it is a number of any kind. */
export function isNumber(cell: WireCell): cell is number | { t: 'float' | 'long' | 'decimal'; text: string } {
  if (typeof cell === 'number') return true;
  return (
    typeof cell === 'object' &&
    cell !== null &&
    (cell.t === 'float' || cell.t === 'long' || cell.t === 'decimal')
  );
}

export function isTimestamp(cell: WireCell): cell is { t: 'timestamp'; text: string } {
  return typeof cell === 'object' && cell?.t === 'timestamp';
}

/** The number as text with all its digits. */
export function numberText(cell: number | { text: string }): string {
  return typeof cell === 'number' ? String(cell) : cell.text;
}

function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

interface FixedPoint {
  unscaled: bigint;
  scale: number;
}

function fixedPoint(text: string): FixedPoint | undefined {
  const match = /^([+-]?)(\d{1,400})(?:\.(\d{1,400}))?$/.exec(text);
  if (!match) return undefined;
  const [, minus, whole = '', fraction = ''] = match;
  const size = BigInt(whole + fraction);
  return { unscaled: minus === '-' ? -size : size, scale: fraction.length };
}

function atScale({ unscaled, scale }: FixedPoint, wanted: number): bigint {
  return unscaled * 10n ** BigInt(wanted - scale);
}

function sign(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortText(cell: Exclude<WireCell, null>): string {
  return typeof cell === 'object' ? cell.text : String(cell);
}
