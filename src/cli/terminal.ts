import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { formatBytes, formatCount, plainText } from '../base/format.ts';
import type { OnProgress, Progress } from '../base/log.ts';

/** A short task needs no progress; after this long, the person wants to know. */
const patienceMs = 1_000;
const redrawEveryMs = 100;
const linesEveryMs = 5_000;

export interface TerminalStreams {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
}

/** What a person or a script sees: results on stdout, everything else on stderr. */
export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #colour: boolean;
  #live: string | undefined;

  constructor(streams: TerminalStreams, env: NodeJS.ProcessEnv) {
    this.#streams = streams;
    this.#colour = streams.stderr.isTTY === true && env.NO_COLOR === undefined && env.TERM !== 'dumb';
  }

  get width(): number {
    return this.#streams.stdout.columns ?? 100;
  }

  get interactive(): boolean {
    return this.#streams.stdin.isTTY === true && this.#streams.stderr.isTTY === true;
  }

  /** A line of the result. */
  print(line: string): void {
    this.#clear();
    this.#streams.stdout.write(`${line}\n`);
    this.#redraw();
  }

  /** Raw output of the result: a file's bytes, a job's own text. */
  async write(chunk: string | Uint8Array): Promise<void> {
    this.#clear();
    const { stdout } = this.#streams;
    if (!stdout.write(chunk)) await new Promise((resolve) => stdout.once('drain', resolve));
  }

  json(value: unknown): void {
    const text = JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? v.toString() : v), 2);
    this.print(text);
  }

  /** A line about what is going on. */
  note(line: string): void {
    this.#clear();
    this.#streams.stderr.write(`${line}\n`);
    this.#redraw();
  }

  /** Log text of another program, as it comes. */
  writeLog(text: string): void {
    this.#clear();
    this.#streams.stderr.write(text);
  }

  ok(line: string): void {
    this.note(`${this.#paint('32', '\u2713')} ${line}`);
  }

  bad(line: string): void {
    this.note(`${this.#paint('31', '\u2717')} ${line}`);
  }

  dim(text: string): string {
    return this.#paint('2', text);
  }

  /** Aligned columns; a column of numbers is aligned to the right. Cells are untrusted. */
  table(header: string[], rows: readonly (readonly (string | number)[])[]): void {
    const cells = rows.map((row) =>
      row.map((cell) => plainText(typeof cell === 'number' ? formatCount(cell) : cell)),
    );
    const numeric = header.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
    const widths = header.map((title, i) =>
      Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)),
    );
    const line = (row: readonly string[]): string =>
      row
        .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd();
    this.print(line(header.map((title) => title.toUpperCase())));
    for (const row of cells) this.print(line(row));
  }

  /**
   * Shows the reports of a long task: one line that is redrawn on a terminal, plain lines now and then elsewhere.
   * Nothing is shown for what takes less than a second. Call `end` when the task has ended, however it ended.
   */
  progress(): { report: OnProgress; end: () => void } {
    const beganAt = Date.now();
    let shownAt = 0;
    let later: NodeJS.Timeout | undefined;
    const live = this.#streams.stderr.isTTY === true;
    const show = (progress: Progress): void => {
      shownAt = Date.now();
      if (live) this.#draw(progressLine(progress));
      else this.note(progressLine(progress));
    };
    return {
      report: (progress) => {
        clearTimeout(later);
        const now = Date.now();
        const patient = progress.unit === 'bytes' ? 0 : beganAt + patienceMs - now;
        const waitMs = Math.max(patient, shownAt + (live ? redrawEveryMs : linesEveryMs) - now);
        if (waitMs <= 0) return show(progress);
        // Not lost: the last report before a long silence is the one that says what is taking so long.
        later = setTimeout(show, waitMs, progress).unref();
      },
      end: () => {
        clearTimeout(later);
        this.#draw(undefined);
      },
    };
  }

  /** Asks for a yes; where nobody can answer, the answer is no. */
  async confirm(question: string, signal?: AbortSignal): Promise<boolean> {
    if (!this.interactive) return false;
    const { stdin: input, stderr: output } = this.#streams;
    const prompt = createInterface({ input, output });
    try {
      const answer = await prompt.question(`${question} [y/N] `, signal ? { signal } : {});
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      prompt.close();
    }
  }

  #paint(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  #draw(line: string | undefined): void {
    this.#clear();
    this.#live = line;
    this.#redraw();
  }

  #clear(): void {
    if (this.#live !== undefined) this.#streams.stderr.write('\r\u001b[2K');
  }

  #redraw(): void {
    if (this.#live === undefined) return;
    this.#streams.stderr.write(this.dim(this.#live.slice(0, (this.#streams.stderr.columns ?? 100) - 1)));
  }
}

/** "Downloading Spark 4.2.0, 210 of 434 MB"; "silver: stage 3, 120 of 200 tasks". */
export function progressLine({ message, done, total, unit }: Progress): string {
  const text = plainText(message);
  if (done === undefined) return text;
  const amount = (n: number): string => (unit === 'bytes' ? formatBytes(n) : formatCount(n));
  const what = unit === undefined || unit === 'bytes' ? '' : ` ${unit}`;
  return total === undefined
    ? `${text}, ${amount(done)}${what}`
    : `${text}, ${amount(done)} of ${amount(total)}${what}`;
}
