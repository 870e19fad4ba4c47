import { isWorkbenchError } from '../../base/errors.ts';
import type { TableFacts } from '../../lake/tableFacts.ts';
import type { WebHdfs } from '../../lake/webHdfs.ts';
import type { EntryRow } from './lakeRows.ts';

const atOnce = 4;

type Known = { changedAt: number | undefined } & ({ facts: TableFacts } | { error: unknown });

/** Reads what tables say of themselves: a few at a time, and once for each of their versions. */
export class TableFactsReader {
  readonly #lake: () => Promise<WebHdfs>;
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<Known>>();

  constructor(lake: () => Promise<WebHdfs>) {
    this.#lake = lake;
  }

  /** Fills in what is missing in `tables` and tells of each; never throws. */
  async read(
    tables: readonly EntryRow[],
    told: (table: EntryRow) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const waiting = tables.filter((table) => {
      const known = this.#known.get(table.path);
      if (known?.changedAt === undefined || known.changedAt !== table.changedAt) return true;
      if ('facts' in known && known.facts === table.facts) return false;
      fill(table, known);
      told(table);
      return false;
    });
    const lane = async (): Promise<void> => {
      for (let table = waiting.shift(); table; table = waiting.shift()) {
        let known = await this.#readOnce(table, signal);
        // Who asked first has looked away since.
        if ('error' in known && isWorkbenchError(known.error, 'cancelled') && !signal.aborted)
          known = await this.#readOne(table, signal);
        // Nobody looks any more.
        if (signal.aborted) return;
        this.#known.set(table.path, known);
        fill(table, known);
        told(table);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  /** Another lake: nothing of it is known. */
  clear(): void {
    this.#known.clear();
  }

  /** Who asks for a table that is being read gets that answer. */
  #readOnce(table: EntryRow, signal: AbortSignal): Promise<Known> {
    const key = `${table.path} ${table.changedAt ?? ''}`;
    const there = this.#reading.get(key);
    if (there) return there;
    const reading = this.#readOne(table, signal).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #readOne(table: EntryRow, signal: AbortSignal): Promise<Known> {
    const { changedAt, status } = table;
    try {
      // Loaded at its first use: Parquet and its codecs.
      const { readTableFacts } = await import('../../lake/tableFacts.ts');
      const lake = await this.#lake();
      const directory = status ?? (await lake.stat(table.path, { signal }));
      const facts = await readTableFacts(lake, directory, table.table?.format ?? 'parquet', { signal });
      // A partition of a Parquet table may change without its directory doing so.
      const isSure = facts.version !== undefined || facts.rows !== undefined;
      return { changedAt: isSure ? changedAt : undefined, facts };
    } catch (error) {
      return { changedAt: undefined, error };
    }
  }
}

function fill(table: EntryRow, known: Known): void {
  table.facts = 'facts' in known ? known.facts : undefined;
  table.factsError = 'error' in known ? known.error : undefined;
}
