import { parseCells, type Cell } from './cells.ts';

/** SQL with blanks for what is around it, so that it has the length and the line ends of what it stands for. */
export interface SqlInScript {
  text: string;
  /** Where it begins in the script. */
  from: number;
}

/** The SQL of the cell that an offset is in: one of `# %% [sql]`, or a notebook's that begins with `%%sql`. */
export function sqlCellAt(script: string, offset: number): SqlInScript | undefined {
  if (!script.includes('%%')) return undefined;
  const magic = /^\s*%%sql\b.*(?:\r\n|\n|\r)/.exec(script)?.[0].length;
  if (magic !== undefined && offset >= magic) return { text: script.slice(magic), from: magic };
  const line = lineOf(script, offset);
  const cell = parseCells(script).find((one) => one.line <= line && line <= one.endLine);
  if (cell?.kind !== 'sql' || !cell.hasMarker || line === cell.line) return undefined;
  return sqlOfCell(script, cell);
}

function sqlOfCell(script: string, { line, endLine }: Cell): SqlInScript {
  const starts = lineStarts(script);
  const from = starts[line + 1] ?? script.length;
  const body = script.slice(from, starts[endLine + 1] ?? script.length);
  return { text: onlySql(body), from };
}

/** As `sqlOfLines` of cells.ts reads it: in comments, in one string of three quotes, or bare. */
function onlySql(body: string): string {
  const filled = body.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  if (filled.every((line) => /^\s*#/.test(line))) return body.replace(/^[^\S\r\n]*#/gm, blank);
  const bare = body.replace(/^[^\S\r\n]*#.*$/gm, blank);
  const quoted = /^(\s*[rRuU]?("""|'''))([^]*?)(\2\s*)$/.exec(bare);
  return quoted ? blank(quoted[1]!) + quoted[3]! + blank(quoted[4]!) : bare;
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ');
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map(({ 0: end, index }) => index + end.length)];
}

function lineOf(text: string, offset: number): number {
  return lineStarts(text).findLastIndex((start) => start <= offset);
}
