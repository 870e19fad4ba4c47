import * as vscode from 'vscode';
import { isWorkbenchError } from '../../base/errors.ts';
import type { ActiveSession } from './activeSession.ts';
import { sessionItem, variableTooltip, type SessionRow } from './variableItems.ts';
import { columnsOf, inOrder, readVariables } from './variables.ts';

/** After the last of several runs. */
const settleMs = 300;
/** The kernel answers once the cell that runs has ended; that the view stops waiting for. */
const askTimeoutMs = 30_000;

/** The Session view: the variables of the kernel, read after runs while the view is visible. */
export class VariablesTree implements vscode.TreeDataProvider<SessionRow>, vscode.Disposable {
  readonly #session: ActiveSession;
  readonly #view: vscode.TreeView<SessionRow>;
  readonly #changed = new vscode.EventEmitter<SessionRow | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #listening: { dispose(): unknown }[];
  #rows: SessionRow[] = [];
  /** Something was run since the variables were read. */
  #isStale = true;
  #asking: AbortController | undefined;
  #settling: NodeJS.Timeout | undefined;

  constructor(session: ActiveSession) {
    this.#session = session;
    this.#view = vscode.window.createTreeView('medallion.session', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#listening = [
      this.#view,
      this.#changed,
      this.#view.onDidChangeVisibility(() => this.#readSoon()),
      session.onRunEvent(({ event }) => {
        if (event.kind === 'end') this.refresh();
      }),
      session.onDidChangeState(() => this.#follow()),
      session.onDidChangeFacts(() => this.#describe()),
    ];
    this.#follow();
  }

  getTreeItem(row: SessionRow): vscode.TreeItem {
    return sessionItem(row);
  }

  getChildren(row?: SessionRow): SessionRow[] {
    if (!row) return this.#rows;
    if (row.type !== 'variable') return [];
    return columnsOf(row.variable).map((column) => ({ type: 'column', column }));
  }

  resolveTreeItem(item: vscode.TreeItem, row: SessionRow): vscode.TreeItem {
    if (row.type === 'variable') item.tooltip = variableTooltip(row.variable);
    return item;
  }

  /** Reads them anew, once nothing runs and the view is seen. */
  refresh(): void {
    this.#isStale = true;
    this.#readSoon();
  }

  dispose(): void {
    clearTimeout(this.#settling);
    this.#asking?.abort();
    for (const one of this.#listening) one.dispose();
  }

  #follow(): void {
    const { phase } = this.#session.state;
    if (phase === 'none' || phase === 'dead' || phase === 'starting') {
      this.#asking?.abort();
      this.#isStale = true;
      this.#show([]);
    }
    this.#describe();
    this.#readSoon();
  }

  #describe(): void {
    const { facts, state } = this.#session;
    const isLive = state.phase === 'idle' || state.phase === 'busy';
    this.#view.description = isLive ? (facts?.applicationId ?? '') : '';
    this.#view.message = state.phase === 'disconnected' ? state.reason : '';
  }

  #readSoon(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#read(), settleMs);
  }

  async #read(): Promise<void> {
    const session = this.#session.current();
    // While a cell runs the kernel would not answer.
    if (!session || !this.#isIdle()) return;
    if (!this.#isWanted() || this.#asking) return;
    const asking = new AbortController();
    this.#asking = asking;
    this.#isStale = false;
    try {
      const options = { signal: asking.signal, timeoutMs: askTimeoutMs };
      const { variables, more } = readVariables(await session.ask('variables', {}, options));
      if (asking.signal.aborted) return;
      const rows: SessionRow[] = inOrder(variables).map((variable) => ({
        type: 'variable',
        name: variable.name,
        variable,
      }));
      this.#show(more > 0 ? [...rows, { type: 'more', count: more }] : rows);
    } catch (error) {
      if (asking.signal.aborted) return;
      // A cell has begun meanwhile: they are read after it.
      if (isWorkbenchError(error, 'timeout') && !this.#isIdle()) this.#isStale = true;
      else this.#show([{ type: 'fault', error }]);
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
    // Something was run while it was read.
    if (this.#isWanted()) this.#readSoon();
  }

  #isWanted(): boolean {
    return this.#isStale && this.#view.visible;
  }

  #isIdle(): boolean {
    return this.#session.state.phase === 'idle';
  }

  #show(rows: SessionRow[]): void {
    if (this.#rows.length === 0 && rows.length === 0) return;
    this.#rows = rows;
    this.#changed.fire(undefined);
  }
}
