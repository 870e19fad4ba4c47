import type { StoredRun } from '../results/runStore.ts';

/** Where a run's code stands in its document now. Lines count from 0. */
export interface PlacedRun<Run = StoredRun> {
  run: Run;
  line: number;
  /** The last one. */
  endLine: number;
}

type Placeable = Pick<StoredRun, 'code' | 'language' | 'place'>;

/**
 * Where the code of runs stands in a document that may have been edited since: the newest run of each place. Code that is
 * not there any more has no place. `near` is about where it stands: of several equal places, the nearest is meant.
 */
export function placeRuns<Run extends Placeable>(
  lines: readonly string[],
  runs: readonly Run[],
  near: (run: Run) => number = ({ place }) => place?.line ?? 0,
): PlacedRun<Run>[] {
  const text = new Lines(lines);
  const placed: PlacedRun<Run>[] = [];
  for (const run of [...runs].reverse()) {
    const code = run.code.split('\n').map((line) => line.trim());
    const line = text.find(code, near(run), run.language);
    if (line === undefined) continue;
    const endLine = line + code.length - 1;
    if (placed.some((other) => other.line <= endLine && line <= other.endLine)) continue;
    placed.push({ run, line, endLine });
  }
  return placed.reverse();
}

/** Where the text of a line is after a change of the document; it stays where it is changed itself. */
export function movedLine(
  line: number,
  {
    range: { start, end },
    text,
  }: { range: { start: { line: number }; end: { line: number; character: number } }; text: string },
): number {
  const isBefore = end.line < line || (end.line === line && end.character === 0);
  if (!isBefore) return line;
  return line + (text.match(/\r\n|\n|\r/g)?.length ?? 0) - (end.line - start.line);
}

/** The lines of a document, to be searched for several. Indents do not count: a selection may be run without its own. */
class Lines {
  readonly #trimmed: Readonly<Record<StoredRun['language'], readonly string[]>>;
  readonly #places = { python: new Map<string, number[]>(), sql: new Map<string, number[]>() };

  constructor(lines: readonly string[]) {
    this.#trimmed = { python: lines.map((line) => line.trim()), sql: lines.map(bareSql) };
    for (const language of ['python', 'sql'] as const) {
      for (const [at, line] of this.#trimmed[language].entries()) {
        const same = this.#places[language].get(line);
        if (same) same.push(at);
        else this.#places[language].set(line, [at]);
      }
    }
  }

  /** The place that is nearest to `near`. */
  find(code: readonly string[], near: number, language: StoredRun['language']): number | undefined {
    const lines = this.#trimmed[language];
    let nearest: number | undefined;
    for (const at of this.#places[language].get(code[0] ?? '') ?? []) {
      if (nearest !== undefined && Math.abs(at - near) >= Math.abs(nearest - near)) continue;
      if (code.every((line, i) => lines[at + i] === line)) nearest = at;
    }
    return nearest;
  }
}

/** SQL stands in comments or in quotes. */
function bareSql(line: string): string {
  return line
    .replace(/^\s*(?:#|[rRuU]?(?:"""|'''))?/, '')
    .replace(/(?:"""|''')\s*$/, '')
    .trim();
}
