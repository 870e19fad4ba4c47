import * as vscode from 'vscode';
import { describeError, isWorkbenchError } from '../../base/errors.ts';
import { formatBytes, formatDuration, plainText } from '../../base/format.ts';
import { CappedText } from './cappedText.ts';
import { failureLine } from './failureText.ts';
import type { JobRun } from './jobRuns.ts';
import { formatProperties, joinWords } from './shellWords.ts';
import { TerminalText } from './terminalText.ts';

/** What a terminal is given in one go, and how often: about 4 MB a second, which it can draw. */
const pieceChars = 128 * 1024;
const pieceEveryMs = 30;
/** What waits to be drawn; of a flood the oldest is skipped. */
const maxPending = 2 * 1024 * 1024;

const dim = (text: string): string => `\u001b[2m${text}\u001b[0m`;
const red = (text: string): string => `\u001b[31m${text}\u001b[0m`;
const green = (text: string): string => `\u001b[32m${text}\u001b[0m`;

/**
 * A run's output as a terminal, from its beginning: its course in dim lines, its text in its own colours, and how it
 * ended. Ctrl+C cancels the run. With `closes` it ends with the run, and has its exit code, as a task does.
 */
export class RunTerminal implements vscode.Pseudoterminal {
  readonly run: JobRun;
  readonly #closes: boolean;
  readonly #written = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#written.event;
  readonly #named = new vscode.EventEmitter<string>();
  readonly onDidChangeName = this.#named.event;
  readonly #closed = new vscode.EventEmitter<number>();
  readonly onDidClose = this.#closed.event;
  readonly #text = new TerminalText();
  readonly #pending = new CappedText(maxPending);
  #skipped = 0;
  #said = '';
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #listening: vscode.Disposable[] = [];

  constructor(run: JobRun, { closes = false }: { closes?: boolean } = {}) {
    this.run = run;
    this.#closes = closes;
  }

  open(): void {
    const { run } = this;
    const words = [plainText(run.name), joinWords(run.args), formatProperties(run.properties)];
    this.#line(dim(`▶ ${words.filter((word) => word !== '').join(' ')}  (${plainText(run.runId)})`));
    this.#sayState();
    this.#add(run.output);
    this.#listening = [
      run.onDidWrite(({ text }) => this.#add(text)),
      run.onDidChange(() => {
        this.#drain();
        this.#sayState();
      }),
    ];
    void run.ended.then(() => {
      this.#ended = true;
      this.#flush();
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const one of this.#listening.splice(0)) one.dispose();
  }

  handleInput(data: string): void {
    if (data.includes('\u0003') && !this.#ended) this.run.cancel();
  }

  #add(text: string): void {
    this.#pending.add(text);
    this.#timer ??= setTimeout(() => this.#flush(), pieceEveryMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const skipped = this.#pending.dropped - this.#skipped;
    this.#skipped = this.#pending.dropped;
    if (skipped > 0) {
      this.#line(dim(vscode.l10n.t('… {0} skipped: the log of the run has them …', formatBytes(skipped))));
    }
    this.#write(this.#pending.take(pieceChars));
    if (this.#pending.length > 0) this.#timer = setTimeout(() => this.#flush(), pieceEveryMs);
    else if (this.#ended) this.#end();
  }

  /** Draws what little waits, so that a line of ours comes after it. */
  #drain(): void {
    if (this.#pending.length > 0 && this.#pending.length <= pieceChars) this.#flush();
  }

  #sayState(): void {
    const message = this.run.state?.phase === 'ended' ? undefined : this.run.state?.message;
    if (message === undefined || message === this.#said) return;
    this.#said = message;
    this.#line(dim(plainText(message)));
  }

  #end(): void {
    const { run } = this;
    this.#line(endLine(run));
    for (const line of explanation(run)) this.#line(line);
    this.#named.fire(`${isWell(run) ? '✓' : '✗'} ${run.name}`);
    if (this.#closes) this.#closed.fire(exitCode(run));
    this.close();
  }

  #line(text: string): void {
    const start = this.#text.isAtLineStart ? '' : '\r\n';
    // Fed, so that it knows where the line ends.
    this.#written.fire(`${start}\u001b[0m${this.#text.feed(`${text}\n`)}`);
  }

  #write(text: string): void {
    const fit = this.#text.feed(text);
    if (fit !== '') this.#written.fire(fit);
  }
}

function isWell({ result }: JobRun): boolean {
  return result?.state === 'FINISHED' && (result.exitCode ?? 0) === 0;
}

/** The script's own exit code where it has one; else 1, and 130 for one that was cancelled, as shells have it. */
export function exitCode({ result, error }: JobRun): number {
  if (!result) return isWorkbenchError(error, 'cancelled') ? 130 : 1;
  if (result.state === 'KILLED') return 130;
  return result.exitCode ?? (result.state === 'FINISHED' ? 0 : 1);
}

/** Why it failed, with the user's line: the traceback above may be long. */
function explanation({ result }: JobRun): string[] {
  if (!result || result.state === 'FINISHED' || result.state === 'KILLED') return [];
  const { failure, message } = result;
  const { file, line } = failure ?? {};
  const place = file === undefined || line === undefined ? [] : [`  File "${file}", line ${line}`];
  return [
    ...place,
    ...(failure ? [failureLine(failure)] : []),
    ...(message === undefined ? [] : [message]),
  ].map(plainText);
}

/** How a run ended, in a coloured line. */
export function endLine(run: JobRun): string {
  const { result, error } = run;
  const name = plainText(run.name);
  if (!result) return red(`✗ ${name}: ${plainText(describeError(error))}`);
  const took = formatDuration(result.durationMs);
  if (isWell(run)) return green(vscode.l10n.t('✓ {0} finished in {1}', name, took));
  if (result.state === 'KILLED') return red(vscode.l10n.t('✗ {0} was stopped after {1}', name, took));
  return red(
    result.exitCode
      ? vscode.l10n.t('✗ {0} failed with exit code {1} after {2}', name, result.exitCode, took)
      : vscode.l10n.t('✗ {0} failed after {1}', name, took),
  );
}
