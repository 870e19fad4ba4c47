import { decimalOf, type DataType } from '../dataType.ts';
import { Timestamp } from '../values.ts';

/** What is known of a column's values without reading them. Bounds are as rows show values. */
export interface ColumnFacts {
  /** Undefined if that is not known. */
  nullCount: number | undefined;
  /** Undefined if they are not known, or not certain. */
  bounds: Bounds | undefined;
  /** Only nulls: bounds are not missing, there are none. */
  isEmpty: boolean;
}

export interface Bounds {
  min: unknown;
  max: unknown;
  /** Whether both occur; else they are at or beyond the values. */
  isExact: boolean;
}

/** The facts of all values together, of the facts of their parts. */
export function mergeFacts(parts: readonly ColumnFacts[], type: DataType): ColumnFacts {
  let nullCount: number | undefined = 0;
  let bounds: Bounds | undefined;
  let isBounded = true;
  for (const part of parts) {
    nullCount =
      nullCount === undefined || part.nullCount === undefined ? undefined : nullCount + part.nullCount;
    if (part.isEmpty) continue;
    if (!part.bounds) isBounded = false;
    else bounds = bounds ? wider(bounds, part.bounds, type) : part.bounds;
    if (!bounds) isBounded = false;
  }
  return {
    nullCount,
    bounds: isBounded ? bounds : undefined,
    isEmpty: parts.every(({ isEmpty }) => isEmpty),
  };
}

function wider(a: Bounds, b: Bounds, type: DataType): Bounds | undefined {
  const [low, high] = [order(a.min, b.min, type), order(a.max, b.max, type)];
  if (low === undefined || high === undefined) return undefined;
  return { min: low <= 0 ? a.min : b.min, max: high >= 0 ? a.max : b.max, isExact: a.isExact && b.isExact };
}

/** Negative if `a` comes before `b` in Spark's order, 0 if they are equal; undefined if that is not known here. */
export function order(a: unknown, b: unknown, type: DataType): number | undefined {
  const decimal = decimalOf(type);
  if (decimal) {
    const [x, y] = [scaled(a, decimal.scale), scaled(b, decimal.scale)];
    return x === undefined || y === undefined ? undefined : sign(x, y);
  }
  if (a instanceof Timestamp && b instanceof Timestamp) return sign(a.epochMicros, b.epochMicros);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (isNumber(a) && isNumber(b)) return Number.isNaN(a) || Number.isNaN(b) ? undefined : sign(a, b);
  if (typeof a === 'string' && typeof b === 'string') {
    // Years beyond four digits do not sort as text.
    if (typeof type === 'string' && /^(date|timestamp|time)/.test(type) && !/^\d{4}-|^\d\d:/.test(a + b))
      return undefined;
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return undefined;
}

const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

const sign = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** A decimal as rows have it (a number up to 15 digits, else a text), as an integer of its last digit. */
function scaled(value: unknown, scale: number): bigint | undefined {
  const text = typeof value === 'number' ? value.toFixed(scale) : value;
  const match = typeof text === 'string' ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) : undefined;
  return match ? BigInt(`${match[1]!}${match[2]!}${(match[3] ?? '').padEnd(scale, '0')}`) : undefined;
}
