import * as vscode from 'vscode';
import type { MimeBundle, RunEnd, RunEvent } from '../../../session/sessionTypes.ts';
import { cellStack } from './cellStack.ts';
import { partsOf } from './cellParts.ts';
import { CellText } from './cellText.ts';

/** Text is handed to the notebook this often: each time costs a message to the window. */
const flushMs = 50;

/** What cells of all notebooks share. */
export interface CellContext {
  /** Outputs that a later `update_display_data` means, by their display id. */
  displays: Map<string, vscode.NotebookCellOutput[]>;
  countOf: (runId: string) => number | undefined;
}

type Stream = 'stdout' | 'stderr';

/** One run of a cell: what its events do to the notebook. */
export class CellRun {
  readonly cell: vscode.NotebookCell;
  readonly #execution: vscode.NotebookCellExecution;
  readonly #context: CellContext;
  #hasStarted = false;
  #hasEnded = false;
  #clearsNext = false;
  /** The text that the next one of the same stream goes on with. */
  #stream: { name: Stream; output: vscode.NotebookCellOutput } | undefined;
  #text: { name: Stream; text: string } | undefined;
  readonly #shown = new CellText();
  #count: number | undefined;
  #flushing: NodeJS.Timeout | undefined;

  constructor(execution: vscode.NotebookCellExecution, context: CellContext) {
    this.cell = execution.cell;
    this.#execution = execution;
    this.#context = context;
  }

  take(event: RunEvent): void {
    if (this.#hasEnded) return;
    if (event.kind === 'stream') return this.#addText(event.name, event.text);
    this.#flush();
    switch (event.kind) {
      case 'begin':
        this.#count = event.count;
        this.start();
        this.#execution.executionOrder = event.count;
        this.#clear();
        return;
      case 'data': {
        const output = new vscode.NotebookCellOutput(itemsOf(event.bundle), {
          outputType: event.isResult ? 'execute_result' : 'display_data',
          ...(event.isResult ? { executionCount: this.#count } : {}),
        });
        if (event.displayId !== undefined) this.#remember(event.displayId, output);
        return this.#append(output);
      }
      case 'update':
        for (const output of this.#context.displays.get(event.displayId) ?? []) {
          // A cell of it may be gone.
          this.#execution.replaceOutputItems(itemsOf(event.bundle), output).then(undefined, () => undefined);
        }
        return;
      case 'clear':
        this.#clearsNext = event.wait;
        this.#shown.clear();
        if (!event.wait) this.#clear();
        return;
      case 'error': {
        const { name, message, traceback } = event;
        const stack = cellStack(traceback, this.#context.countOf);
        return this.#append(errorOutput({ name, message, stack }));
      }
      case 'gap':
        return this.#append(noteOutput(gapText(event.messages)));
      case 'end':
        return this.end(event.end);
    }
  }

  /** It runs, as far as is known; what it shows stays. */
  start(): void {
    if (this.#hasStarted || this.#hasEnded) return;
    this.#hasStarted = true;
    this.#execution.start(Date.now());
  }

  /** `aborted` is also how a cell ends that was never sent. */
  end(end: RunEnd): void {
    if (this.#hasEnded) return;
    this.#flush();
    if (end === 'lost') {
      this.start();
      const name = vscode.l10n.t('Session ended');
      const message = vscode.l10n.t('The kernel was gone before this cell had ended.');
      this.#append(errorOutput({ name, message, stack: '' }));
    }
    this.#hasEnded = true;
    this.#execution.end(end === 'aborted' ? undefined : end === 'ok', Date.now());
  }

  /** Its notebook was closed: the cell can be run again once that is opened. */
  abandon(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#flushing);
    try {
      this.#execution.end(undefined);
    } catch {
      // The editor has ended it itself.
    }
  }

  #addText(name: Stream, text: string): void {
    const shown = this.#shown.take(text);
    if (shown === 'none') return;
    const cut =
      shown === 'last'
        ? `\n${vscode.l10n.t('What follows is too long for a notebook: the Results view has it.')}\n`
        : '';
    if (this.#text && this.#text.name !== name) this.#flush();
    this.#text ??= { name, text: '' };
    this.#text.text += text + cut;
    this.#flushing ??= setTimeout(() => this.#flush(), flushMs);
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    const held = this.#text;
    this.#text = undefined;
    if (!held) return;
    this.start();
    const { name, text } = held;
    const item =
      name === 'stdout'
        ? vscode.NotebookCellOutputItem.stdout(text)
        : vscode.NotebookCellOutputItem.stderr(text);
    if (this.#stream?.name === name && !this.#clearsNext) {
      this.#execution.appendOutputItems(item, this.#stream.output).then(undefined, () => undefined);
      return;
    }
    const output = new vscode.NotebookCellOutput([item], { outputType: 'stream' });
    this.#append(output);
    this.#stream = { name, output };
  }

  #append(output: vscode.NotebookCellOutput): void {
    this.start();
    if (this.#clearsNext) this.#clear();
    this.#stream = undefined;
    // The cell may be gone, its output with it.
    this.#execution.appendOutput(output).then(undefined, () => undefined);
  }

  #clear(): void {
    this.#clearsNext = false;
    this.#stream = undefined;
    this.start();
    this.#execution.clearOutput().then(undefined, () => undefined);
  }

  #remember(displayId: string, output: vscode.NotebookCellOutput): void {
    const { displays } = this.#context;
    displays.set(displayId, [...(displays.get(displayId) ?? []), output]);
  }
}

function itemsOf(bundle: MimeBundle): vscode.NotebookCellOutputItem[] {
  return partsOf(bundle).map(({ mime, data }) => new vscode.NotebookCellOutputItem(data, mime));
}

function errorOutput(error: { name: string; message: string; stack: string }): vscode.NotebookCellOutput {
  return new vscode.NotebookCellOutput([vscode.NotebookCellOutputItem.error(error)], {
    outputType: 'error',
  });
}

function noteOutput(text: string): vscode.NotebookCellOutput {
  return new vscode.NotebookCellOutput([vscode.NotebookCellOutputItem.stderr(`${text}\n`)], {
    outputType: 'stream',
  });
}

function gapText(messages: number): string {
  return messages === 0
    ? vscode.l10n.t('Output is missing here: the Results view has what is kept of it.')
    : vscode.l10n.t('{0} messages of the kernel are not to be had any more.', messages);
}
