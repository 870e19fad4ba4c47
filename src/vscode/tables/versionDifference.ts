import type { Preview } from '../../lake/preview/preview.ts';
import type { Row } from '../../lake/table.ts';
import type { Difference } from './tableProtocol.ts';
import { exactText, wireCell } from './wireCell.ts';

export interface DifferenceOptions {
  signal?: AbortSignal | undefined;
  /** At most so many rows of each version are read. */
  maxRows?: number;
  /** At most so many characters of them are held in memory. */
  maxCharacters?: number;
}

const defaultMaxRows = 200_000;
const defaultMaxCharacters = 100_000_000;
const rowsAtOnce = 2_000;
const maxShownRows = 200;

/**
 * Which rows `shown` has and `other` has not, and the other way round, by the content of the columns that both have; a row
 * that changed is one that went and one that came. Order does not count, how often a row is there does.
 */
export async function versionDifference(
  shown: Preview,
  other: Preview,
  options: DifferenceOptions = {},
): Promise<Omit<Difference, 'note'> & { isLimited: boolean }> {
  const { maxRows = defaultMaxRows, maxCharacters = defaultMaxCharacters, signal } = options;
  const names = (preview: Preview): string[] => preview.columns.map(({ name }) => name);
  const both = shown.columns.filter(({ name }) => names(other).includes(name));
  const columns = both.map(({ name }) => name);
  const wire = (row: Row): Difference['addedRows'][number] =>
    both.map(({ name, type }) => wireCell(row[name], type));

  const counts = new Map<string, number>();
  let limit = maxRows;
  let [read, characters] = [0, 0];
  for await (const row of rowsOf(other, columns, limit, signal)) {
    const content = contentOf(row, columns);
    counts.set(content, (counts.get(content) ?? 0) + 1);
    read++;
    characters += content.length;
    if (characters < maxCharacters) continue;
    limit = read;
    break;
  }
  let added = 0;
  const addedRows: Difference['addedRows'] = [];
  for await (const row of rowsOf(shown, columns, limit, signal)) {
    const content = contentOf(row, columns);
    const count = counts.get(content) ?? 0;
    if (count > 1) counts.set(content, count - 1);
    else if (count === 1) counts.delete(content);
    else if (++added <= maxShownRows) addedRows.push(wire(row));
  }
  let removed = 0;
  for (const count of counts.values()) removed += count;
  const removedRows: Difference['removedRows'] = [];
  // Read once more rather than kept: only those that are shown are held in memory.
  const wanted = Math.min(removed, maxShownRows);
  if (wanted > 0) {
    for await (const row of rowsOf(other, columns, limit, signal)) {
      const content = contentOf(row, columns);
      const count = counts.get(content) ?? 0;
      if (count === 0) continue;
      counts.set(content, count - 1);
      removedRows.push(wire(row));
      if (removedRows.length === wanted) break;
    }
  }
  return {
    kind: 'difference',
    version: other.version ?? 0,
    added,
    removed,
    columnsAdded: names(shown).filter((name) => !columns.includes(name)),
    columnsRemoved: names(other).filter((name) => !columns.includes(name)),
    columns,
    addedRows,
    removedRows,
    isLimited: shown.rowCount().rows > limit || other.rowCount().rows > limit,
  };
}

async function* rowsOf(
  preview: Preview,
  columns: readonly string[],
  limit: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Row> {
  for (let start = 0; start < limit; start += rowsAtOnce) {
    const wanted = Math.min(rowsAtOnce, limit - start);
    const rows = await preview.rows(start, start + wanted, { columns, signal });
    yield* rows;
    if (rows.length < wanted) return;
  }
}

/** Kinds are told apart: null, an empty text, the text "1" and the number 1 are four values. */
function contentOf(row: Row, columns: readonly string[]): string {
  const parts = columns.map((name) => {
    const value = row[name] ?? null;
    const text = exactText(value);
    return `${value === null ? 'null' : typeof value} ${text.length} ${text}`;
  });
  return parts.join(' ');
}
