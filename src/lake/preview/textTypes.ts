import { integerOf, timestampOf } from '../values.ts';

/** A type that texts of a column may have, by Spark's name. */
type TextType = 'boolean' | 'bigint' | 'double' | 'date' | 'timestamp' | 'string';

// Text that a number gives back as it was: no leading zeros (postcodes), no plus.
const wholeNumber = /^-?(?:0|[1-9]\d{0,18})$/;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;
const instant = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:?\d\d)$/;
const day = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

const longMax = 2n ** 63n - 1n;

/** The value of a text as a type; undefined if the text does not fit it, or would not be shown in full. */
function valueAs(type: TextType, text: string): unknown {
  switch (type) {
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'bigint': {
      if (!wholeNumber.test(text) || text === '-0') return undefined;
      const value = BigInt(text);
      return value > longMax || value < -longMax - 1n ? undefined : integerOf(value);
    }
    case 'double':
      return exactNumber(text);
    case 'date':
      return day.test(text) ? text : undefined;
    case 'timestamp':
      return instantOf(text);
    case 'string':
      return text;
  }
}

/** A decimal number as a double, if the double is that number (to 15 digits all are). */
export function exactNumber(text: string): number | undefined {
  if (!number.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  if (digits.replace(/0+$/, '').length <= 15 && Math.abs(value) >= Number.MIN_VALUE * 2 ** 52) return value;
  // Longer ones only where the double prints as the same digits.
  return normalised(String(value)) === normalised(text) ? value : undefined;
}

/** Digits without zeros at the ends, and the place of the point: equal for texts of the same number. */
function normalised(text: string): string {
  const match = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  if (digits === '') return `${sign}0`;
  const point = whole.length + Number(exponent) - (all.length - digits.length);
  return `${sign}${digits.replace(/0+$/, '')}@${point}`;
}

function instantOf(text: string): unknown {
  const match = instant.exec(text);
  if (!match) return undefined;
  const [, date, clock, fraction = '', zone] = match;
  const ms = Date.parse(`${date!}T${clock!}${zone!}`);
  if (Number.isNaN(ms)) return undefined;
  return timestampOf(BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0')));
}

const types: TextType[] = ['boolean', 'bigint', 'double', 'date', 'timestamp'];

/** True for a number, a truth value, a date or a time. */
export function looksLikeValue(text: string): boolean {
  return types.some((type) => valueAs(type, text.trim()) !== undefined) || number.test(text.trim());
}

/** The type that all texts fit, nulls left aside: `string` if there is none. */
export function inferTextType(texts: Iterable<string | null>): string {
  let possible = types;
  let isSeen = false;
  for (const text of texts) {
    if (text === null) continue;
    isSeen = true;
    possible = possible.filter((type) => valueAs(type, text) !== undefined);
    if (possible.length === 0) break;
  }
  return isSeen ? (possible[0] ?? 'string') : 'string';
}

/** The value of a text in a column of an inferred type; the text itself where it does not fit. */
export function textValue(type: string, text: string | null): unknown {
  return text === null ? null : (valueAs(type as TextType, text) ?? text);
}
