/** What a column's values are to a chart. */
export type FieldKind = 'number' | 'time' | 'text' | 'other';

const numbers = new Set([
  ...['tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal'],
  ...['byte', 'short', 'integer', 'long', 'real'],
]);
const times = new Set(['date', 'timestamp', 'timestamp_ntz', 'timestamp_ltz']);
const texts = new Set(['string', 'char', 'varchar', 'boolean', 'time']);

/** The kind of one of Spark's types, by any of its names: `bigint` and `long`, `decimal(10,2)`. */
export function fieldKind(sparkType: string): FieldKind {
  // Of `array<int>` it is the array that counts.
  const name = /^\s*(\w*)\s*(?:\(|$)/.exec(sparkType.toLowerCase())?.[1] ?? '';
  if (numbers.has(name)) return 'number';
  if (times.has(name)) return 'time';
  return texts.has(name) ? 'text' : 'other';
}
