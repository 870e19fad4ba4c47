import type { Row } from '../parquetFile.ts';
import { set } from '../parquetSchema.ts';
import type { PreviewColumn } from './preview.ts';

/** More than any table of people's own; what comes after is told of in a note. */
const maxColumns = 10_000;
/** What is no object has one column. */
const valueColumn = 'value';

/** The columns of JSON values, in the order in which their keys come. */
export class JsonColumns {
  readonly columns: PreviewColumn[] = [];
  readonly #names = new Set<string>();
  isFull = false;

  /** Adds the columns that these values have beyond those that are there. */
  add(values: readonly unknown[]): void {
    const found = new Map<string, unknown[]>();
    for (const value of values) {
      for (const [name, inner] of entriesOf(value)) {
        if (this.#names.has(name)) continue;
        const known = found.get(name);
        if (known) known.push(inner);
        else if (this.#names.size + found.size < maxColumns) found.set(name, [inner]);
        else this.isFull = true;
      }
    }
    for (const [name, inner] of found) {
      this.#names.add(name);
      this.columns.push({ name, type: typeOf(inner), nullable: true });
    }
  }

  row(value: unknown, columns: readonly string[] | undefined): Row {
    const own = new Map(entriesOf(value));
    const row: Row = {};
    for (const { name } of this.columns) {
      if (!columns || columns.includes(name)) set(row, name, own.get(name) ?? null);
    }
    return row;
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [[valueColumn, value]];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The type that all values have, as Spark would show it; `string` where they differ. */
function typeOf(values: readonly unknown[]): string {
  const there = values.filter((value) => value !== null && value !== undefined);
  const all = (test: (value: unknown) => boolean): boolean => there.every(test);
  if (there.length === 0) return 'string';
  if (all((value) => typeof value === 'boolean')) return 'boolean';
  if (all((value) => typeof value === 'bigint' || Number.isInteger(value))) {
    const isLong = all((value) => BigInt.asIntN(64, BigInt(value as number)) === BigInt(value as number));
    return isLong ? 'bigint' : 'decimal(38,0)';
  }
  if (all((value) => typeof value === 'number' || typeof value === 'bigint')) return 'double';
  if (all((value) => Array.isArray(value))) return `array<${typeOf((there as unknown[][]).flat())}>`;
  if (all(isObject)) {
    const fields = new JsonColumns();
    fields.add(there);
    return `struct<${fields.columns.map(({ name, type }) => `${name}:${type}`).join(',')}>`;
  }
  return 'string';
}
