import { joinPath } from '../lake/hdfsPath.ts';
import { layers, type Layer } from '../lake/layers.ts';
import { quoteSqlName, sqlName, sqlStatements, sqlTokens, type SqlToken } from './sqlText.ts';
import { sqlFunctions, sqlKeywords, sqlReserved, sqlStarters } from './sqlWords.ts';

/** A table that a statement names. */
export interface SqlTableRef {
  /** `silver`, `allorders`. */
  parts: string[];
  /** What its columns may be called by: its alias, else its own name. */
  name: string;
}

/** Where a cursor stands in a text of Spark SQL. `from` to `to` is the word under it. */
export interface SqlPlace {
  from: number;
  to: number;
  /** The word as far as it is written. */
  written: string;
  /** `start`: of a statement. `next`: behind a table, where the next clause begins. */
  kind: 'start' | 'table' | 'expression' | 'next';
  /** What is before the word's dot: `o`, or `silver`. */
  qualifier: string[];
  /** Those of the statement. */
  tables: SqlTableRef[];
  /** The names that the statement gives to its own queries. */
  queries: string[];
}

export interface SqlColumn {
  name: string;
  type: string;
}

export interface SqlFacts {
  /** The lake directory of the layers. */
  root: string;
  /** `silver/allorders`. */
  tables: readonly string[];
  /** By table, of those that `tablesOf` names. */
  columns: ReadonlyMap<string, readonly SqlColumn[]>;
}

export interface SqlCompletion {
  kind: 'table' | 'layer' | 'column' | 'query' | 'keyword' | 'function';
  label: string;
  text: string;
  detail?: string;
}

// A word that no statement has; it stands for what is being written, which may be nothing yet.
const mark = 'zCursorz';
const isLayer = (name: string | undefined): name is Layer => (layers as readonly unknown[]).includes(name);

/** Where the cursor is; undefined where nothing can be said: in strings, comments and numbers. */
export function sqlPlaceAt(text: string, offset: number): SqlPlace | undefined {
  const under = sqlTokens(text.slice(0, offset)).at(-1);
  let from = offset;
  let tail = /^[\p{L}\p{N}_]*/u.exec(text.slice(offset))![0];
  if (under?.to === offset) {
    if (under.kind === 'string' || under.kind === 'number') {
      if (!under.isClosed || under.kind === 'number') return undefined;
    } else if (under.kind === 'comment') {
      if (!under.isClosed || under.text.startsWith('--')) return undefined;
    } else if (under.kind === 'word') from = under.from;
    else if (under.kind === 'quoted' && !under.isClosed) {
      from = under.from;
      tail = /^[^`\n]*`/.exec(text.slice(offset))?.[0] ?? tail;
    }
  }
  const to = offset + tail.length;
  const written = text.slice(from, offset).replaceAll('`', '');
  // A name ends with its line, one in backticks that nobody has closed too.
  if (/[\r\n]/.test(written)) return undefined;
  const analysed = `${text.slice(0, from)} ${mark} ${text.slice(to)}`;
  const statement = sqlStatements(analysed).find((one) => one.from <= from + 1 && from + 1 < one.end);
  const tokens = sqlTokens(statement?.text ?? '').filter(({ kind }) => kind !== 'comment');
  let at = tokens.findIndex((token) => token.text === mark);
  if (at < 0) return undefined;
  const qualifier: string[] = [];
  while (at >= 2 && isSign(tokens[at - 1], '.') && isName(tokens[at - 2])) {
    qualifier.unshift(sqlName(tokens[at - 2]!));
    at -= 2;
  }
  const { tables, queries, ends } = tablesIn(tokens);
  const place = { from, to, written, qualifier, tables, queries };
  const before = tokens[at - 1];
  if (qualifier.length === 0 && word(before) === 'AS') return undefined;
  if (!before) return { ...place, kind: 'start' };
  if (isTablePlace(tokens, at)) return { ...place, kind: 'table' };
  return { ...place, kind: qualifier.length === 0 && ends.has(before.to) ? 'next' : 'expression' };
}

/** The lake's tables whose columns a place may want. */
export function tablesOf({ kind, qualifier, tables }: SqlPlace, root: string): string[] {
  if (kind !== 'expression') return [];
  const named = tables.flatMap(({ parts }) => lakeTable(parts, root) ?? []);
  const own = lakeTable(qualifier, root);
  return [...new Set(own === undefined ? named : [own, ...named])];
}

/** What may be written at a place, the likeliest first. */
export function sqlCompletions(place: SqlPlace, facts: SqlFacts): SqlCompletion[] {
  const { kind, qualifier, queries } = place;
  if (kind === 'table') {
    if (qualifier.length > 0) return tablesBelow(qualifier, facts.tables);
    return [
      ...queries.map((name): SqlCompletion => ({ kind: 'query', label: name, text: quoteSqlName(name) })),
      ...facts.tables.map((table) => wholeTable(table, facts.root)),
      ...layers.map((layer): SqlCompletion => ({ kind: 'layer', label: layer, text: layer })),
    ];
  }
  if (kind === 'expression') {
    const columns = columnsAt(place, facts);
    if (qualifier.length > 0) return [...columns, ...tablesBelow(qualifier, facts.tables)];
    const names = place.tables
      .filter(({ name }) => name !== mark && !columns.some(({ label }) => label === name))
      .map(({ name }): SqlCompletion => ({ kind: 'query', label: name, text: quoteSqlName(name) }));
    return [...columns, ...names, ...words(place, sqlKeywords), ...functions()];
  }
  if (qualifier.length > 0) return [];
  return words(place, kind === 'start' ? sqlStarters : sqlKeywords);
}

/** The lake's table that the name under a cursor means, by its own name or its alias. */
export function sqlTableAt(
  text: string,
  offset: number,
  root: string,
): { table: string; from: number; to: number } | undefined {
  const statement = sqlStatements(text).find(({ from, to }) => from <= offset && offset <= to);
  if (!statement) return undefined;
  const tokens = sqlTokens(statement.text).filter(({ kind }) => kind !== 'comment');
  const inside = offset - statement.from;
  const under = tokens.findIndex((token) => isName(token) && token.from <= inside && inside <= token.to);
  if (under < 0) return undefined;
  let first = under;
  while (isSign(tokens[first - 1], '.') && isName(tokens[first - 2])) first -= 2;
  const { parts, next } = chainAt(tokens, first);
  const found = lakeTable(parts, root);
  const extent = (from: number, to: number): { from: number; to: number } => ({
    from: statement.from + tokens[from]!.from,
    to: statement.from + tokens[to]!.to,
  });
  // The name of a table may be followed by that of a column.
  if (found !== undefined) return { table: found, ...extent(first, next - 1) };
  const byTwo = lakeTable(parts.slice(0, 2), root);
  if (byTwo !== undefined && under <= first + 2) return { table: byTwo, ...extent(first, first + 2) };
  if (under !== first) return undefined;
  const ref = tablesIn(tokens).tables.find(({ name }) => name === parts[0]);
  const meant = ref ? lakeTable(ref.parts, root) : undefined;
  return meant === undefined ? undefined : { table: meant, ...extent(first, first) };
}

/** `silver/allorders` for `silver.allorders` and for `` delta.`/data/silver/allorders` ``. */
export function lakeTable(parts: readonly string[], root: string): string | undefined {
  const [first, ...rest] = parts[0]?.toLowerCase() === 'spark_catalog' ? parts.slice(1) : parts;
  const layer = first?.toLowerCase();
  if (rest.length !== 1) return undefined;
  if (isLayer(layer)) return rest[0] === '' || rest[0] === mark ? undefined : `${layer}/${rest[0]!}`;
  if (layer !== 'delta' && layer !== 'parquet') return undefined;
  const path = rest[0]!.replace(/^[a-z][a-z0-9]*:\/\/[^/]*/, '').replace(/\/+$/, '');
  const start = root === '/' ? root : `${root}/`;
  return path.startsWith(start) && isLayer(path.slice(start.length).split('/')[0])
    ? path.slice(start.length)
    : undefined;
}

/** The tables that a statement reads and those that it writes, as it names them. */
export function tablesInStatement(text: string): { reads: SqlTableRef[]; writes: SqlTableRef[] } {
  const tokens = sqlTokens(text).filter(({ kind }) => kind !== 'comment');
  const { tables, written } = tablesIn(tokens);
  return {
    reads: tables.filter((ref) => !written.has(ref)),
    writes: tables.filter((ref) => written.has(ref)),
  };
}

/** Whether the name of a table comes behind a token. */
function isTableWord(tokens: readonly SqlToken[], at: number): boolean {
  const before = word(tokens[at - 1]);
  switch (word(tokens[at])) {
    case 'FROM':
    case 'JOIN':
    case 'INTO':
    case 'TABLE':
      return true;
    case 'UPDATE':
    case 'OPTIMIZE':
    case 'VACUUM':
    case 'DESCRIBE':
    case 'DESC':
      return at === 0;
    case 'HISTORY':
    case 'DETAIL':
    case 'EXTENDED':
      return at === 1 && (before === 'DESCRIBE' || before === 'DESC');
    case 'OVERWRITE':
      return before === 'INSERT';
    case 'USING':
      return word(tokens[0]) === 'MERGE';
    default:
      return false;
  }
}

/** Between such a word and the table. */
const passed = new Set(['IF', 'NOT', 'EXISTS', 'ONLY']);

interface Found {
  tables: SqlTableRef[];
  written: Set<SqlTableRef>;
  queries: string[];
  /** Where the names of tables end, in the statement. */
  ends: Set<number>;
}

function tablesIn(tokens: readonly SqlToken[]): Found {
  const found: Found = { tables: [], written: new Set(), queries: [], ends: new Set() };
  /** Gives where it ends. */
  const take = (at: number, isWritten: boolean): number => {
    const { parts, next } = chainAt(tokens, at);
    if (parts.length === 0 || sqlReserved.has(word(tokens[at]))) return at;
    const aliasAt = word(tokens[next]) === 'AS' ? next + 1 : next;
    const alias = tokens[aliasAt];
    const hasAlias =
      isName(alias) && alias.text !== mark && !(alias.kind === 'word' && sqlReserved.has(word(alias)));
    const ref = { parts, name: hasAlias ? sqlName(alias) : parts.at(-1)! };
    found.ends.add(tokens[next - 1]!.to);
    if (hasAlias) found.ends.add(alias.to);
    if (parts.includes(mark)) return next;
    found.tables.push(ref);
    if (isWritten) found.written.add(ref);
    return hasAlias ? aliasAt + 1 : next;
  };
  for (let at = 0; at < tokens.length; at++) {
    const here = word(tokens[at]);
    if (isName(tokens[at]) && word(tokens[at + 1]) === 'AS' && isSign(tokens[at + 2], '(')) {
      if (['WITH', 'RECURSIVE'].includes(word(tokens[at - 1])) || isSign(tokens[at - 1], ',')) {
        found.queries.push(sqlName(tokens[at]!));
      }
    }
    if (!isTableWord(tokens, at)) continue;
    let next = at + 1;
    while (passed.has(word(tokens[next])) && !isTableWord(tokens, next)) next += 1;
    if (isTableWord(tokens, next)) continue;
    next = take(next, isWritten(tokens, at));
    while (here === 'FROM' && isSign(tokens[next], ',')) {
      const after = take(next + 1, false);
      if (after === next + 1) break;
      next = after;
    }
  }
  return found;
}

function isWritten(tokens: readonly SqlToken[], at: number): boolean {
  const before = word(tokens[at - 1]);
  switch (word(tokens[at])) {
    case 'INTO':
    case 'OVERWRITE':
    case 'UPDATE':
      return true;
    case 'FROM':
      return before === 'DELETE';
    case 'TABLE':
      return ['CREATE', 'REPLACE', 'EXTERNAL', 'ALTER', 'TRUNCATE', 'INTO', 'OVERWRITE'].includes(before);
    default:
      return false;
  }
}

/** Names with dots between them, from a token on, and the token behind. */
function chainAt(tokens: readonly SqlToken[], first: number): { parts: string[]; next: number } {
  const parts: string[] = [];
  let next = first;
  if (!isName(tokens[next])) return { parts, next };
  parts.push(sqlName(tokens[next]!));
  next += 1;
  while (isSign(tokens[next], '.') && isName(tokens[next + 1])) {
    parts.push(sqlName(tokens[next + 1]!));
    next += 2;
  }
  return { parts, next };
}

/** Whether what begins at a token is the name of a table. */
function isTablePlace(tokens: readonly SqlToken[], at: number): boolean {
  let before = at - 1;
  while (passed.has(word(tokens[before])) && !isTableWord(tokens, before)) before -= 1;
  // `NOT EXISTS` without a table before it is another one.
  if (before !== at - 1 && word(tokens[before]) !== 'TABLE') return false;
  if (isTableWord(tokens, before)) return true;
  if (!isSign(tokens[at - 1], ',')) return false;
  // In a list: what the list belongs to.
  let depth = 0;
  for (let i = at - 2; i >= 0; i--) {
    const token = tokens[i];
    if (isSign(token, ')')) depth += 1;
    else if (isSign(token, '(')) {
      if (depth === 0) return false;
      depth -= 1;
    } else if (depth === 0 && listWords.has(word(token))) return word(token) === 'FROM';
  }
  return false;
}

const listWords = new Set(['SELECT', 'FROM', 'WHERE', 'BY', 'HAVING', 'ON', 'SET', 'VALUES', 'WITH']);

function columnsAt({ qualifier, tables, queries }: SqlPlace, { root, columns }: SqlFacts): SqlCompletion[] {
  const named = tables.filter(({ name }) => name === qualifier[0]);
  // What a query of the statement gives comes from the tables that it reads.
  const isQuery =
    qualifier.length === 1 &&
    [qualifier, ...named.map(({ parts }) => parts)].some(
      ([first, ...rest]) => rest.length === 0 && queries.includes(first!),
    );
  const from = qualifier.length === 0 || isQuery ? tables : named;
  const own = lakeTable(qualifier, root);
  const wanted = own === undefined ? from.flatMap(({ parts }) => lakeTable(parts, root) ?? []) : [own];
  const found = new Map<string, SqlCompletion>();
  for (const table of new Set(wanted)) {
    for (const { name, type } of columns.get(table) ?? []) {
      if (found.has(name)) continue;
      const detail = `${type} · ${table.replace('/', '.')}`;
      found.set(name, { kind: 'column', label: name, text: quoteSqlName(name), detail });
    }
  }
  return [...found.values()];
}

function tablesBelow(qualifier: readonly string[], tables: readonly string[]): SqlCompletion[] {
  const [layer, ...rest] = qualifier;
  if (rest.length > 0 || !isLayer(layer?.toLowerCase())) return [];
  return tables
    .map((table) => table.split('/'))
    .filter((parts) => parts.length === 2 && parts[0] === layer.toLowerCase())
    .map(([, name]) => ({ kind: 'table', label: name!, text: quoteSqlName(name!) }));
}

/** A table in a folder of its layer has no name in the session's catalogue: it goes by its path. */
function wholeTable(table: string, root: string): SqlCompletion {
  const parts = table.split('/');
  const text = parts.length === 2 ? parts.map(quoteSqlName).join('.') : `delta.\`${joinPath(root, table)}\``;
  return { kind: 'table', label: parts.join('.'), text };
}

/** In small letters where the person writes so. */
function words({ written }: SqlPlace, all: readonly string[]): SqlCompletion[] {
  const isSmall = written !== '' && written === written.toLowerCase();
  return all.map((one) => {
    const text = isSmall ? one.toLowerCase() : one;
    return { kind: 'keyword', label: text, text };
  });
}

function functions(): SqlCompletion[] {
  return sqlFunctions.map((name) => ({ kind: 'function', label: name, text: name }));
}

function isName(token: SqlToken | undefined): token is SqlToken {
  return token !== undefined && (token.kind === 'word' || token.kind === 'quoted');
}

function isSign(token: SqlToken | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign;
}

/** In capitals; empty for what is no word. */
function word(token: SqlToken | undefined): string {
  return token?.kind === 'word' ? token.text.toUpperCase() : '';
}
