import type { Place } from './selection.ts';

export interface GridSize {
  rows: number;
  columns: number;
  pageRows: number;
}

/** Where a key leads from a cell, as in the ARIA grid pattern; row -1 is the head. Undefined if it leads nowhere. */
export function gridMove(
  key: string,
  isCommand: boolean,
  { row, column }: Place,
  { rows, columns, pageRows }: GridSize,
): Place | undefined {
  if (columns === 0) return undefined;
  const at = (toRow: number, toColumn: number): Place => ({
    row: Math.max(-1, Math.min(rows - 1, toRow)),
    column: Math.max(0, Math.min(columns - 1, toColumn)),
  });
  const [firstRow, lastRow] = [Math.min(0, rows - 1), rows - 1];
  switch (key) {
    case 'ArrowUp':
      return at(isCommand ? firstRow : row - 1, column);
    case 'ArrowDown':
      return at(isCommand ? lastRow : row + 1, column);
    case 'ArrowLeft':
      return at(row, isCommand ? 0 : column - 1);
    case 'ArrowRight':
      return at(row, isCommand ? columns - 1 : column + 1);
    case 'PageUp':
      return at(Math.max(firstRow, row - pageRows), column);
    case 'PageDown':
      return at(row + pageRows, column);
    case 'Home':
      return at(isCommand ? firstRow : row, 0);
    case 'End':
      return at(isCommand ? lastRow : row, columns - 1);
    default:
      return undefined;
  }
}
