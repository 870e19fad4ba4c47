import * as vscode from 'vscode';
import { sleep } from '../../base/cancellation.ts';
import { describeError } from '../../base/errors.ts';
import { replicaName, type Engine } from '../../stack/engine.ts';
import { dim, logText } from './logText.ts';

/** Lines of before that are shown first: of each replica, and after a loss. */
const tail = { first: 1_000, again: 20 };
const drawEveryMs = 40;
/** More than this is not collected before it is drawn: reading waits. */
const maxWaiting = 256 * 1024;
const retryMs = 3_000;

/** The logs of one service, or of all, followed until the terminal is closed. Nothing can be typed. */
export class LogTerminal implements vscode.Pseudoterminal {
  readonly #engine: () => Promise<Engine>;
  readonly #service: string | undefined;
  readonly #written = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#written.event;
  readonly #closed = new AbortController();
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: () => Promise<Engine>, service: string | undefined) {
    this.#engine = engine;
    this.#service = service;
  }

  open(): void {
    void this.#follow();
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#written.dispose();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closed;
    const isClosed = (): boolean => signal.aborted;
    for (let lines = tail.first; !isClosed(); lines = tail.again) {
      try {
        await this.#read(lines, signal);
        if (!isClosed()) this.#write(dim(vscode.l10n.t('The log has ended.')));
      } catch (error) {
        if (isClosed()) return;
        this.#write(dim(describeError(error)));
      }
      // The engine may be another one by then: each read asks for it anew.
      await sleep(retryMs, signal).catch(() => undefined);
    }
  }

  async #read(lines: number, signal: AbortSignal): Promise<void> {
    const engine = await this.#engine();
    const services = this.#service === undefined ? undefined : [this.#service];
    const width = 16;
    let several = this.#service === undefined;
    for await (const { service, replica, line } of engine.logs({
      services,
      tail: lines,
      follow: true,
      signal,
    })) {
      several ||= replica > 1;
      const name = several ? dim(`${replicaName(service, replica).padEnd(width)} | `) : '';
      this.#write(name + logText(line));
      if (this.#waiting.length > maxWaiting) await sleep(drawEveryMs, signal);
    }
  }

  /** Lines are drawn together: an event for each would keep the editor busy. */
  #write(line: string): void {
    this.#waiting += `${line}\r\n`;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const text = this.#waiting;
      this.#waiting = '';
      this.#written.fire(text);
    }, drawEveryMs);
  }
}
