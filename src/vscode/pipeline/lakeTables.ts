import type { Table } from '../../lake/table.ts';
import type { Parts } from '../parts.ts';
import { joinPath } from '../../lake/hdfsPath.ts';

/** What completion and hover say of a table. */
export type TableSummary = Pick<Table, 'rows' | 'bytes' | 'lastChange' | 'version' | 'format' | 'columns'>;

/** A person who types does not wait longer. */
const patienceMs = 1_500;
/** What was read is good for so long. */
const freshMs = 30_000;

/** The lake's tables, for whoever writes a pipeline: read when asked for, and soon given up. Never throws. */
export class LakeTables {
  readonly #parts: Pick<Parts, 'workbench' | 'stack' | 'errors'>;
  #names: { root: string; readAtMs: number; tables: Promise<string[]> } | undefined;

  constructor(parts: Pick<Parts, 'workbench' | 'stack' | 'errors'>) {
    this.#parts = parts;
  }

  /** The names of all tables below a root; none when the lake does not answer in time. */
  async names(root: string): Promise<string[]> {
    if (!this.#mayRead) return [];
    const old = this.#names;
    if (old?.root !== root || Date.now() - old.readAtMs > freshMs) {
      const tables = this.#quietly(async (signal) => {
        const [{ listTables }, lake] = await Promise.all([
          import('../../lake/layers.ts'),
          this.#parts.workbench.lake(),
        ]);
        return (await listTables(lake, root, { signal })).map(({ layer, name }) => `${layer}/${name}`);
      });
      this.#names = { root, readAtMs: Date.now(), tables: tables.then((found) => found ?? []) };
    }
    return this.#names!.tables;
  }

  /** Undefined where there is none (yet), or the lake does not answer in time. */
  async summary(root: string, table: string): Promise<TableSummary | undefined> {
    if (!this.#mayRead) return undefined;
    return this.#quietly(async (signal) => {
      const [{ openTable }, lake] = await Promise.all([
        import('../../lake/table.ts'),
        this.#parts.workbench.lake(),
      ]);
      return openTable(lake, joinPath(root, table), { signal });
    });
  }

  /** After runs and changes of the connection. */
  forget(): void {
    this.#names = undefined;
  }

  get #mayRead(): boolean {
    const { workbench, stack } = this.#parts;
    if (!workbench.isUsable) return false;
    return workbench.isRemote || !['stopped', 'starting', 'stopping'].includes(stack.phase);
  }

  async #quietly<T>(read: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await read(AbortSignal.timeout(patienceMs));
    } catch {
      // Whoever types is helped without it; the Lake view tells what is wrong.
      return undefined;
    }
  }
}
