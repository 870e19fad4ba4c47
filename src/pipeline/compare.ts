/** A row as the lake or the source gives it: numbers may come as number, bigint or text. */
export type PlainRow = Record<string, unknown>;

export interface ComparedValue {
  column: string;
  /** Null where the key is missing on that side. */
  source: number | string | null;
  gold: number | string | null;
  equal: boolean;
}

export interface ComparedKey {
  key: string;
  equal: boolean;
  /** `extra`: in gold only; `missing`: in the source only. */
  side: 'both' | 'extra' | 'missing';
  values: ComparedValue[];
}

export interface ComparedTable {
  table: string;
  key: string;
  equal: boolean;
  rows: ComparedKey[];
}

/**
 * Two averages of the same numbers may differ in their last digits by the order of the sum; counts must be equal, and
 * up to 1e9 rows this tolerance cannot hide one.
 */
export const relativeTolerance = 1e-9;

/** Compares a table with the source's rows, key by key, in the source's order; keys that only gold has come last. */
export function compareTable(
  what: { table: string; key: string; values: readonly string[] },
  source: readonly PlainRow[],
  gold: readonly PlainRow[],
): ComparedTable {
  const byKey = (rows: readonly PlainRow[]): Map<string, PlainRow[]> => {
    const map = new Map<string, PlainRow[]>();
    for (const row of rows) {
      const key = text(row[what.key]);
      map.set(key, [...(map.get(key) ?? []), row]);
    }
    return map;
  };
  const [expected, actual] = [byKey(source), byKey(gold)];
  const rows = [...new Set([...expected.keys(), ...actual.keys()])].map((key): ComparedKey => {
    const [wants, has] = [expected.get(key) ?? [], actual.get(key) ?? []];
    const side = wants.length === 0 ? 'extra' : has.length === 0 ? 'missing' : 'both';
    const values = what.values.map((column): ComparedValue => {
      const [from, to] = [plain(wants[0]?.[column]), plain(has[0]?.[column])];
      return { column, source: from, gold: to, equal: side === 'both' && same(from, to) };
    });
    // A key that is there twice is wrong whatever its values.
    const once = wants.length === 1 && has.length === 1;
    return { key, equal: once && values.every((value) => value.equal), side, values };
  });
  return { table: what.table, key: what.key, equal: rows.every((row) => row.equal), rows };
}

function same(a: number | string | null, b: number | string | null): boolean {
  if (a === b) return true;
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  if (Number.isInteger(a) && Number.isInteger(b)) return false;
  return Math.abs(a - b) <= relativeTolerance * Math.max(Math.abs(a), Math.abs(b));
}

/** Numbers as numbers: `pg` gives bigint and numeric as text, Parquet gives bigint. */
function plain(value: unknown): number | string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const words = text(value);
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(words) ? Number(words) : words;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '(null)';
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
