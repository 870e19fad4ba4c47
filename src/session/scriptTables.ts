import { tableOfText } from './pythonCompletion.ts';
import { PythonText, type OpenBracket } from './pythonText.ts';
import { lakeTable, tablesInStatement } from './sqlCompletion.ts';
import { sqlStatements } from './sqlText.ts';

/** Below the lake's root, such as `bronze/orders`, in the order in which a script names them. */
export interface ScriptTables {
  reads: string[];
  writes: string[];
}

type Use = 'read' | 'write' | 'none' | 'unknown';

/**
 * The tables of the lake that a script names in its texts: in `job.path(…)`, `load`, `save`, `spark.table`, `saveAsTable`,
 * `spark.sql` and the like, also by a name that such a text was given to. A proposal: what is put together at run time
 * is not found, and what is not seen to be written counts as read.
 */
export function tablesOfScript(text: string, root: string): ScriptTables {
  return new Search(text, root).found();
}

class Search {
  readonly #source: PythonText;
  readonly #text: string;
  readonly #root: string;
  readonly #reads = new Set<string>();
  readonly #writes = new Set<string>();
  /** Whether a `DeltaTable` is likely to be changed. */
  readonly #changesDelta: boolean;

  constructor(text: string, root: string) {
    this.#source = new PythonText(text);
    this.#text = text;
    this.#root = root;
    this.#changesDelta = /\.\s*(?:merge|update|delete|restoreToVersion|restoreToTimestamp)\s*\(/.test(text);
  }

  found(): ScriptTables {
    const names = new Map<string, string>();
    this.#source.tokens.forEach(({ content }, at) => {
      if (!content) return;
      const text = this.#text.slice(content.from, content.to);
      const brackets = this.#source.bracketsAround(at);
      if (isSql(brackets)) {
        this.#takeSql(text);
        return;
      }
      if (content.isFormatted && /[{}]/.test(text)) return;
      const table = isIngested(brackets) ? `bronze/${text}` : tableOfText(text, this.#root);
      if (table === undefined || !isTable(table)) return;
      const name = this.#assignedTo(at, brackets);
      if (name === undefined) this.#take(table, this.#useOf(brackets));
      else names.set(name, table);
    });
    this.#takeNames(names);
    return { reads: [...this.#reads].filter((table) => !this.#writes.has(table)), writes: [...this.#writes] };
  }

  /** A name that is used in no call is as good as the text itself. */
  #takeNames(names: ReadonlyMap<string, string>): void {
    const used = new Set<string>();
    this.#source.tokens.forEach(({ kind, text }, at) => {
      const table = kind === 'name' ? names.get(text) : undefined;
      if (table === undefined || this.#source.isSign(at - 1, '.') || this.#source.isSign(at + 1, '=')) return;
      used.add(text);
      this.#take(table, this.#useOf(this.#source.bracketsAround(at)));
    });
    for (const [name, table] of names) if (!used.has(name)) this.#take(table, 'unknown');
  }

  #take(table: string, use: Use): void {
    if (use === 'none') return;
    (use === 'write' ? this.#writes : this.#reads).add(table);
  }

  #takeSql(text: string): void {
    for (const statement of sqlStatements(text)) {
      const { reads, writes } = tablesInStatement(statement.text);
      for (const [refs, use] of [
        [reads, 'read'],
        [writes, 'write'],
      ] as const) {
        for (const { parts } of refs) {
          const table = lakeTable(parts, this.#root);
          if (table !== undefined && isTable(table)) this.#take(table, use);
        }
      }
    }
  }

  /** `NAME = "silver/x"` and `NAME = job.path("silver/x")`. */
  #assignedTo(at: number, brackets: readonly OpenBracket[]): string | undefined {
    let first = at;
    const [inner, outer] = brackets;
    if (outer || (inner && !isPath(inner))) return undefined;
    if (inner) {
      first -= 1;
      while (
        first > 0 &&
        (this.#source.tokens[first - 1]?.kind === 'name' || this.#source.isSign(first - 1, '.'))
      )
        first -= 1;
    }
    const name = this.#source.tokens[first - 2];
    const isAssigned = this.#source.isSign(first - 1, '=') && name?.kind === 'name';
    return isAssigned && !this.#source.isSign(first - 3, '.') ? name.text : undefined;
  }

  #useOf(brackets: readonly OpenBracket[]): Use {
    const calls = brackets.filter((bracket) => bracket.callee !== undefined && !isPath(bracket));
    return calls[0] ? this.#useInCall(calls[0]) : 'unknown';
  }

  #useInCall({ callee, sign, argument }: OpenBracket): Use {
    if (sign !== '(' || !callee) return 'unknown';
    const { names } = callee;
    const method = names.at(-1)!;
    if (writing.has(method)) return 'write';
    if (method === 'option' || method === 'options') return 'none';
    if (method === 'forPath' || method === 'forName') {
      return argument === 1 && this.#changesDelta ? 'write' : 'read';
    }
    if (files.has(method)) return names.includes('write') || names.includes('writeStream') ? 'write' : 'read';
    return 'unknown';
  }
}

const writing = new Set([
  'save',
  'saveAsTable',
  'insertInto',
  'toTable',
  'writeTo',
  'start',
  'create',
  'write',
  'ingest',
]);
const files = new Set(['parquet', 'orc', 'csv', 'json', 'text']);

function isPath({ callee, sign }: OpenBracket): boolean {
  const names = callee?.names ?? [];
  return sign === '(' && names.length > 1 && names.at(-1) === 'path';
}

function isSql(brackets: readonly OpenBracket[]): boolean {
  const names = brackets.find((one) => one.callee !== undefined)?.callee?.names ?? [];
  return names.length > 1 && names.at(-1) === 'sql';
}

/** `medallion.bronze.ingest(job, source, "orders", …)` fills `bronze/orders`. */
function isIngested([inner]: readonly OpenBracket[]): boolean {
  return inner?.callee?.names.at(-1) === 'ingest' && inner.argument === 2 && inner.sign === '(';
}

/** As a pipeline file takes it; neither a file of the lake nor what a stream keeps beside its table. */
function isTable(table: string): boolean {
  if (!/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_.-]+)+$/.test(table)) return false;
  return !/\/[._]/.test(table) && !/\.(csv|tsv|json|jsonl|txt|parquet|avro|orc|gz)$/.test(table);
}
