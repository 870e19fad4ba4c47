import { stripVTControlCharacters } from 'node:util';
import * as vscode from 'vscode';
import * as v from 'valibot';
import { describeError } from '../../base/errors.ts';
import { Lines, disconnectSchema, placeIn, requestSchema, type Request } from './debugProtocol.ts';
import type { JobRun } from './jobRuns.ts';
import { endLine, exitCode } from './runTerminal.ts';

/** What is written without a line's end is shown after this. */
const partPauseMs = 150;

export interface JobDebugAdapterOptions {
  /** Submits the script; called once. */
  begin: () => Promise<JobRun>;
  /** The file that a path of a traceback names, if it may be opened. */
  find: (runId: string, path: string) => Promise<vscode.Uri | undefined>;
}

/**
 * Makes a job a debug session without breakpoints: F5 submits, the Debug Console shows its output with links to the lines
 * of tracebacks, Stop kills it on the cluster. A session that is let go of, as by a reload, leaves it running.
 */
export class JobDebugAdapter extends vscode.Disposable implements vscode.DebugAdapter {
  readonly #options: JobDebugAdapterOptions;
  readonly #sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly #listening: vscode.Disposable[] = [];
  readonly #lines = { stdout: new Lines(), stderr: new Lines() };
  readonly #places = new Map<string, Promise<vscode.Uri | undefined>>();
  #partTimer: NodeJS.Timeout | undefined;
  #output: Promise<void> = Promise.resolve();
  #run: JobRun | undefined;
  #isStopped = false;
  #said = '';
  #seq = 0;

  readonly onDidSendMessage = this.#sent.event;

  constructor(options: JobDebugAdapterOptions) {
    super(() => this.#close());
    this.#options = options;
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const parsed = v.safeParse(requestSchema, message);
    if (parsed.success) void this.#answer(parsed.output);
  }

  #close(): void {
    clearTimeout(this.#partTimer);
    for (const one of this.#listening) one.dispose();
    this.#sent.dispose();
  }

  async #answer(request: Request): Promise<void> {
    switch (request.command) {
      case 'initialize':
        this.#respond(request, {
          supportsConfigurationDoneRequest: true,
          supportsTerminateRequest: true,
          supportTerminateDebuggee: true,
        });
        this.#event('initialized');
        return;
      case 'launch':
        await this.#launch(request);
        return;
      case 'threads':
        this.#respond(request, { threads: [{ id: 1, name: vscode.l10n.t('Driver') }] });
        return;
      case 'terminate':
        this.#respond(request);
        this.#stop();
        return;
      case 'disconnect':
        if (v.parse(disconnectSchema, request.arguments).terminateDebuggee) this.#stop();
        this.#respond(request);
        return;
      case 'pause':
        this.#refuse(request, vscode.l10n.t('A job on Spark cannot be paused. Stop ends it.'));
        return;
      case 'evaluate':
        this.#refuse(request, vscode.l10n.t('A job on Spark cannot be asked for values while it runs.'));
        return;
      default:
        this.#respond(request);
    }
  }

  async #launch(request: Request): Promise<void> {
    let run: JobRun;
    try {
      run = await this.#options.begin();
    } catch (error) {
      this.#refuse(request, describeError(error));
      this.#event('terminated');
      return;
    }
    this.#run = run;
    if (this.#isStopped) run.cancel();
    this.#respond(request);
    this.#listening.push(
      run.onDidWrite(({ stream, text }) => this.#write(stream, text)),
      run.onDidChange(() => this.#sayState(run)),
    );
    this.#write('stdout', run.output);
    this.#sayState(run);
    void run.ended.then(() => this.#ended(run));
  }

  #stop(): void {
    this.#isStopped = true;
    this.#run?.cancel();
  }

  #sayState({ state, result }: JobRun): void {
    if (result || !state || state.phase === 'ended' || state.message === this.#said) return;
    this.#said = state.message;
    this.#say(state.message);
  }

  #write(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    this.#showLines(stream, this.#lines[stream].feed(text));
    clearTimeout(this.#partTimer);
    this.#partTimer = setTimeout(() => this.#showParts(), partPauseMs);
  }

  #showParts(): void {
    for (const stream of ['stdout', 'stderr'] as const) this.#showLines(stream, this.#lines[stream].end());
  }

  /** A line with a place has it as its link; all others go together, so that a flood is few messages. */
  #showLines(stream: 'stdout' | 'stderr', lines: readonly string[]): void {
    let plain = '';
    for (const line of lines) {
      if (!placeIn(line)) {
        plain += line;
        continue;
      }
      if (plain !== '') this.#show(stream, plain);
      this.#show(stream, line);
      plain = '';
    }
    if (plain !== '') this.#show(stream, plain);
  }

  /** In order, though the place of a line has to be looked for. */
  #show(category: 'stdout' | 'stderr', output: string): void {
    const place = placeIn(output);
    const source = place && this.#find(place.file);
    this.#output = this.#output.then(async () => {
      const uri = await source;
      const link = uri && place ? { source: sourceOf(uri), line: place.line } : {};
      this.#event('output', { category, output, ...link });
    });
  }

  #find(path: string): Promise<vscode.Uri | undefined> {
    let found = this.#places.get(path);
    if (!found) {
      found = this.#run ? this.#options.find(this.#run.runId, path) : Promise.resolve(undefined);
      this.#places.set(path, found);
    }
    return found;
  }

  #say(text: string): void {
    this.#output = this.#output.then(() =>
      this.#event('output', { category: 'console', output: `${text}\n` }),
    );
  }

  async #ended(run: JobRun): Promise<void> {
    clearTimeout(this.#partTimer);
    this.#showParts();
    this.#say(stripVTControlCharacters(endLine(run)));
    await this.#output;
    this.#event('exited', { exitCode: exitCode(run) });
    this.#event('terminated');
  }

  #respond(request: Request, body?: object): void {
    this.#send({ type: 'response', request_seq: request.seq, success: true, command: request.command, body });
  }

  #refuse(request: Request, why: string): void {
    // In its own notation a brace begins a variable.
    const format = why.replace(/[{}]/g, '');
    this.#send({
      type: 'response',
      request_seq: request.seq,
      success: false,
      command: request.command,
      message: 'failed',
      body: { error: { id: 1, format, showUser: true } },
    });
  }

  #event(event: string, body?: object): void {
    this.#send({ type: 'event', event, body });
  }

  #send(message: object): void {
    this.#sent.fire({ seq: ++this.#seq, ...message });
  }
}

function sourceOf(uri: vscode.Uri): { name: string; path: string } {
  const name = uri.path.split('/').at(-1) ?? uri.path;
  return { name, path: uri.scheme === 'file' ? uri.fsPath : uri.toString() };
}
