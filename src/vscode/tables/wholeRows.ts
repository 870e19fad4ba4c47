import type { Preview } from '../../lake/preview/preview.ts';
import { askRows, type Asked, type RowSource } from '../../session/frameRows.ts';
import { CutValue } from '../../session/rowValues.ts';
import type { Answer, WholeRequest, WireCell } from './tableProtocol.ts';
import { wireCell } from './wireCell.ts';

/**
 * Rows of all of what `preview` shows, sorted and filtered by Spark; `opened` names this opening. Throws `invalid` with
 * the kernel's own sentence.
 */
export async function wholeRows(
  session: Asked,
  preview: Preview,
  request: WholeRequest,
  { opened, signal }: { opened: string; signal: AbortSignal },
): Promise<Answer> {
  const { start, end, columns: only, sort, filters, search, zone, language } = request;
  const source = sourceOf(preview);
  const { rows, rowCount } = await askRows(
    session,
    {
      ...{ source, opened, start, end, only },
      // A frame's own columns; a table's by their names, for Spark may have them in another order.
      ...('table' in source && { columns: preview.columns.map(({ name }) => name) }),
      view: { sort, filters, search, zone, language },
      ...{ count: true, cut: true },
    },
    { signal },
  );
  const types = only.map((column) => preview.columns[column]?.type ?? '');
  return {
    kind: 'rows',
    rows: rows.map((row) => row.map((value, i) => sessionCell(value, types[i] ?? ''))),
    rowCount,
  };
}

/** A value of the session as the page gets it. */
export function sessionCell(value: unknown, type: string): WireCell {
  if (!(value instanceof CutValue)) return wireCell(value, type);
  const { beginning, size } = value;
  const cell = wireCell(beginning, type);
  if (typeof cell === 'string') return { t: 'text', text: cell, size };
  return typeof cell === 'object' && cell !== null && 'size' in cell ? { ...cell, size } : cell;
}

function sourceOf({ path, format, version }: Preview): RowSource {
  if (format === 'delta' || format === 'parquet') {
    return { table: { path, format, ...(version !== undefined && { version }) } };
  }
  return { variable: path };
}
