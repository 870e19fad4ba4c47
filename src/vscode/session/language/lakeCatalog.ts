import * as vscode from 'vscode';
import type { Parts } from '../../parts.ts';
import { LakeTables, type TableSummary } from '../../pipeline/lakeTables.ts';
import { tableText } from '../../pipeline/tableText.ts';

/** What was read of a table is good for so long. */
const freshMs = 30_000;
/** Nobody looks at more tables at once. */
const maxKept = 100;

/** The lake's tables, for whoever writes code: what was read is kept for a while. Never throws. */
export class LakeCatalog implements vscode.Disposable {
  readonly #workbench: Parts['workbench'];
  readonly #tables: LakeTables;
  readonly #summaries = new Map<string, { readAtMs: number; summary: Promise<TableSummary | undefined> }>();
  readonly #listening: vscode.Disposable;

  constructor(parts: Parts) {
    this.#workbench = parts.workbench;
    this.#tables = new LakeTables(parts);
    this.#listening = vscode.Disposable.from(
      parts.workbench.onDidChange(() => this.#forget()),
      parts.runs.onDidChange(({ result }) => {
        if (result) this.#forget();
      }),
      parts.session.onRunEvent(({ event }) => {
        if (event.kind === 'end') this.#forget();
      }),
    );
  }

  /** The directory of the layers. */
  get root(): string {
    return this.#workbench.lakeRoot;
  }

  /** `silver/allorders`; none when the lake does not answer in time. */
  names(): Promise<string[]> {
    return this.#tables.names(this.root);
  }

  /** Undefined where there is none (yet), or the lake does not answer in time. */
  async summary(table: string): Promise<TableSummary | undefined> {
    const old = this.#summaries.get(table);
    if (old && Date.now() - old.readAtMs < freshMs) return old.summary;
    if (this.#summaries.size >= maxKept) this.#summaries.clear();
    const summary = this.#tables.summary(this.root, table);
    const entry = { readAtMs: Date.now(), summary };
    this.#summaries.set(table, entry);
    // What was not read in time may be the next time.
    if (!(await summary) && this.#summaries.get(table) === entry) this.#summaries.delete(table);
    return summary;
  }

  /** For a hover. Undefined where there is none, or it cannot be read now. */
  async hover(table: string, range: vscode.Range): Promise<vscode.Hover | undefined> {
    const summary = await this.summary(table);
    return summary && new vscode.Hover(tableText(this.root, table, summary, summary.columns), range);
  }

  /** The columns of those tables that could be read. */
  async columns(tables: readonly string[]): Promise<Map<string, TableSummary['columns']>> {
    const found = await Promise.all(
      tables.map(async (table) => [table, (await this.summary(table))?.columns ?? []] as const),
    );
    return new Map(found);
  }

  dispose(): void {
    this.#listening.dispose();
  }

  #forget(): void {
    this.#tables.forget();
    this.#summaries.clear();
  }
}
