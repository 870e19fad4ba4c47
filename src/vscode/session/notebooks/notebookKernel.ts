import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { RunRequest, RunUpdate, SessionState, WarmSession } from '../../../session/sessionTypes.ts';
import type { Parts } from '../../parts.ts';
import { CellMemory, digestOf, findCell, type CellEntry } from './cellMemory.ts';
import { CellRun, type CellContext } from './cellRun.ts';
import { notebookType } from './registerNotebooks.ts';

const controllerId = 'medallion-session';
/** Execution counts that tracebacks may name, and displays that may change: those of the last runs. */
const maxRemembered = 2_000;

/** The session as the kernel of notebooks: they share its variables with scripts and with each other. */
export class NotebookKernel implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #controller: vscode.NotebookController;
  readonly #memory: CellMemory;
  readonly #listening: { dispose(): unknown }[];
  /** Under way, by the id of the run. */
  readonly #runs = new Map<string, CellRun>();
  /** Asked for, and not sent yet. */
  readonly #waiting = new Set<CellRun>();
  readonly #counts = new Map<string, number>();
  readonly #context: CellContext = {
    displays: new Map(),
    countOf: (runId) => this.#counts.get(runId),
  };
  /** Those whose chosen kernel is this one. */
  readonly #chosenBy = new WeakSet<vscode.NotebookDocument>();

  constructor(parts: Parts) {
    this.#parts = parts;
    const { context, session, workbench, stack } = parts;
    this.#memory = new CellMemory(context.workspaceState);
    this.#controller = vscode.notebooks.createNotebookController(
      controllerId,
      notebookType,
      vscode.l10n.t('Medallion Session'),
    );
    this.#controller.description = vscode.l10n.t('PySpark on the lakehouse of this window');
    this.#controller.supportedLanguages = ['python', 'sql'];
    this.#controller.supportsExecutionOrder = true;
    this.#controller.executeHandler = (cells, notebook) => this.#execute(cells, notebook);
    this.#controller.interruptHandler = (notebook) => this.#interrupt(notebook);
    const prefer = (): void => vscode.workspace.notebookDocuments.forEach((one) => this.#prefer(one));
    this.#listening = [
      this.#controller,
      this.#controller.onDidChangeSelectedNotebooks(({ notebook, selected }) =>
        this.#choose(notebook, selected),
      ),
      vscode.workspace.onDidOpenNotebookDocument((notebook) => this.#prefer(notebook)),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => this.#forget(notebook)),
      session.onRunEvent((update) => this.#take(update)),
      session.onDidChangeState((state) => this.#follow(state)),
      workbench.onDidChange(prefer),
      stack.onDidChangePhase(prefer),
    ];
    prefer();
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }

  /** In a folder with a stack, or a window on a cluster, it is the kernel that is meant. */
  #prefer(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== notebookType) return;
    const { workbench, stack } = this.#parts;
    const isMeant = workbench.isUsable && (workbench.isRemote || stack.wasStarted === true);
    const { Preferred, Default } = vscode.NotebookControllerAffinity;
    this.#controller.updateNotebookAffinity(notebook, isMeant ? Preferred : Default);
  }

  async #execute(cells: readonly vscode.NotebookCell[], notebook: vscode.NotebookDocument): Promise<void> {
    const { session, errors } = this.#parts;
    const runs: CellRun[] = [];
    try {
      // All at once, so that the notebook shows which of them wait.
      for (const cell of cells) {
        const run = this.#newRun(cell);
        runs.push(run);
        this.#waiting.add(run);
      }
      const kernel = await session.ensure();
      this.#send(kernel, runs, notebook);
    } catch (error) {
      errors.show(error, 'notebook');
    } finally {
      for (const run of runs) {
        if (this.#waiting.delete(run)) run.end('aborted');
      }
    }
  }

  /** The kernel keeps the queue: it goes on without this window, and drops what waits when a cell fails. */
  #send(kernel: WarmSession, runs: readonly CellRun[], notebook: vscode.NotebookDocument): void {
    const sent: CellEntry[] = [];
    try {
      for (const run of runs) {
        // Interrupted or closed while the session started.
        if (!this.#waiting.has(run)) continue;
        const { id } = this.#parts.session.run(kernel, requestOf(run.cell));
        this.#waiting.delete(run);
        this.#runs.set(id, run);
        const { index, document } = run.cell;
        const digest = digestOf(document.getText());
        sent.push({ runId: id, notebook: notebook.uri.toString(), index, digest });
      }
    } finally {
      this.#memory.add(...sent);
    }
  }

  async #interrupt(notebook: vscode.NotebookDocument): Promise<void> {
    const { session, errors } = this.#parts;
    for (const run of this.#waiting) {
      if (run.cell.notebook !== notebook) continue;
      this.#waiting.delete(run);
      run.end('aborted');
    }
    const hasSent = [...this.#runs.values()].some((run) => run.cell.notebook === notebook);
    // What is sent may wait for a question, which no run tells of.
    if (session.state.phase !== 'busy' && !(hasSent && session.current())) return;
    try {
      await session.interrupt();
    } catch (error) {
      errors.show(error, 'notebook');
    }
  }

  #take({ runId, event }: RunUpdate): void {
    if (event.kind === 'begin') this.#note(runId, event.count);
    const known = this.#runs.get(runId);
    if (known) known.take(event);
    // Asked for by this window before it was loaded anew; this event is among those that are shown then.
    else if (this.#memory.find(runId)) this.#resume(runId);
    if (event.kind === 'end' && this.#runs.delete(runId)) this.#memory.remove(runId);
  }

  /** A cell that says nothing while it runs is found by that. */
  #follow(state: SessionState): void {
    if (state.phase === 'busy' && !this.#runs.has(state.runId)) this.#resume(state.runId);
  }

  #choose(notebook: vscode.NotebookDocument, isChosen: boolean): void {
    if (!isChosen) {
      this.#chosenBy.delete(notebook);
      return;
    }
    this.#chosenBy.add(notebook);
    for (const { runId } of this.#memory.ofNotebook(notebook.uri.toString())) this.#resume(runId);
  }

  /** Shows a run of an earlier window in its cell, if that is open: all that is known of it, and what comes. */
  #resume(runId: string): void {
    const entry = this.#memory.find(runId);
    if (!entry || this.#runs.has(runId)) return;
    const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.toString() === entry.notebook);
    // Only of a notebook that has chosen this kernel a cell can be run; that is told some time after its opening.
    if (!notebook || !this.#chosenBy.has(notebook)) return;
    const { session } = this.#parts;
    const events = session.eventsOf(runId);
    const isRunning = session.state.phase === 'busy' && session.state.runId === runId;
    if (events.length === 0 && !isRunning) return;
    const cells = notebook.getCells();
    const at = findCell(
      entry,
      cells.map(({ document }) => document.getText()),
    );
    if (at === undefined) return this.#memory.remove(runId);
    const run = this.#newRun(cells[at]!);
    this.#runs.set(runId, run);
    if (isRunning) run.start();
    for (const event of events) {
      if (event.kind === 'begin') this.#note(runId, event.count);
      run.take(event);
    }
    if (!events.some(({ kind }) => kind === 'end')) return;
    this.#runs.delete(runId);
    this.#memory.remove(runId);
  }

  #newRun(cell: vscode.NotebookCell): CellRun {
    return new CellRun(this.#controller.createNotebookCellExecution(cell), this.#context);
  }

  #note(runId: string, count: number): void {
    this.#counts.set(runId, count);
    dropOldest(this.#counts);
    dropOldest(this.#context.displays);
  }

  /** A closed notebook shows nothing; what its cells do goes on, and is shown once it is opened again. */
  #forget(notebook: vscode.NotebookDocument): void {
    this.#chosenBy.delete(notebook);
    const abandon = (run: CellRun, forget: () => unknown): void => {
      if (run.cell.notebook !== notebook) return;
      forget();
      run.abandon();
    };
    for (const [runId, run] of this.#runs) abandon(run, () => this.#runs.delete(runId));
    for (const run of this.#waiting) abandon(run, () => this.#waiting.delete(run));
  }
}

function requestOf(cell: vscode.NotebookCell): RunRequest {
  const { document, notebook, index } = cell;
  return {
    code: document.getText(),
    language: document.languageId === 'sql' ? 'sql' : 'python',
    title: vscode.l10n.t('{0}, cell {1}', posix.basename(notebook.uri.path), index + 1),
    place: { uri: document.uri.toString(), line: 0 },
  };
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= maxRemembered) break;
    map.delete(key);
  }
}
