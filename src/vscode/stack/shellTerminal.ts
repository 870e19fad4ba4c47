import * as vscode from 'vscode';
import { describeError } from '../../base/errors.ts';
import { plainText } from '../../base/format.ts';
import type { ContainerShell, Engine } from '../../stack/engine.ts';

const usualSize = { columns: 80, rows: 24 };

/** A shell in a container, in a terminal of the editor. */
export class ShellTerminal implements vscode.Pseudoterminal {
  readonly #engine: Engine;
  readonly #service: string;
  readonly #replica: number;
  readonly #written = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#written.event;
  readonly #ended = new vscode.EventEmitter<number>();
  readonly onDidClose = this.#ended.event;
  readonly #closed = new AbortController();
  #shell: ContainerShell | undefined;
  #size = usualSize;

  constructor(engine: Engine, service: string, replica: number) {
    this.#engine = engine;
    this.#service = service;
    this.#replica = replica;
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    if (size) this.#size = size;
    void this.#run();
  }

  handleInput(text: string): void {
    this.#shell?.write(text);
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    // A shell that ends at this moment has no size.
    this.#shell?.resize(size.columns, size.rows).catch(() => undefined);
  }

  close(): void {
    this.#closed.abort();
    this.#shell?.close();
    this.#written.dispose();
    this.#ended.dispose();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    const isClosed = (): boolean => signal.aborted;
    try {
      const opened = this.#size;
      const shell = await this.#engine.shell(this.#service, this.#replica, { ...opened, signal });
      if (shell.kind !== 'container') return;
      if (isClosed()) return shell.close();
      this.#shell = shell;
      if (this.#size !== opened) this.setDimensions(this.#size);
      const decoder = new TextDecoder();
      for await (const chunk of shell.output) {
        if (isClosed()) return;
        this.#written.fire(decoder.decode(chunk, { stream: true }));
      }
      const exitCode = await shell.exitCode().catch(() => undefined);
      if (!isClosed()) this.#ended.fire(exitCode ?? 0);
    } catch (error) {
      if (isClosed()) return;
      this.#written.fire(`\r\n${plainText(describeError(error))}\r\n`);
      this.#ended.fire(1);
    }
  }
}
