/** A value of a table as a person reads it. */
export interface Cell {
  text: string;
  kind: 'text' | 'number' | 'null';
  /** The whole of it, where `text` is cut. */
  whole?: string;
}

/** Longer texts are cut: a cell is looked at, not read. */
const maxCharacters = 300;
/** As many as a tooltip can show. */
const maxWholeCharacters = 2_000;
const shownBytes = 16;

/** Whether a column of this type (as Spark shows it) holds numbers, which are aligned to the right. */
export function isNumeric(type: string): boolean {
  return /^(tinyint|smallint|int|bigint|float|double|decimal\(.*\))$/.test(type);
}

/** The zone that a column's times are shown in; undefined where they name no instant. */
export function zoneOf(type: string): string | undefined {
  return type === 'timestamp' ? 'UTC' : undefined;
}

/** `language` (BCP 47) decides how numbers are written. Nothing is rounded. */
export function cellOf(value: unknown, language: string): Cell {
  if (value === null || value === undefined) return { text: 'null', kind: 'null' };
  if (typeof value === 'number') return { text: numberText(value, language), kind: 'number' };
  if (typeof value === 'bigint') return { text: value.toLocaleString(language), kind: 'number' };
  const whole = wholeText(value);
  if (whole.length <= maxCharacters) return { text: whole, kind: 'text' };
  return { text: `${cut(whole, maxCharacters)}…`, kind: 'text', whole: cut(whole, maxWholeCharacters) };
}

function numberText(value: number, language: string): string {
  const size = Math.abs(value);
  // Else a double would be written with hundreds of digits.
  const isLong = size !== 0 && (size >= 1e15 || size < 1e-6) && !Number.isSafeInteger(value);
  if (!Number.isFinite(value) || isLong) return String(value);
  return value.toLocaleString(language, { maximumFractionDigits: 20 });
}

function wholeText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  if (value instanceof Uint8Array) return bytesText(value);
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString();
    return inner instanceof Uint8Array ? bytesText(inner) : inner;
  });
}

/** `0x6d6564…, 2,048 bytes`. */
function bytesText(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, shownBytes)).toString('hex');
  return bytes.length <= shownBytes ? `0x${start}` : `0x${start}… (${bytes.length} bytes)`;
}

/** Never in the middle of a surrogate pair. */
function cut(text: string, length: number): string {
  const part = text.slice(0, length);
  return /[\ud800-\udbff]$/.test(part) ? part.slice(0, -1) : part;
}
