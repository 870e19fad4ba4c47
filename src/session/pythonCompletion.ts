import { joinPath } from '../lake/hdfsPath.ts';
import { layers } from '../lake/layers.ts';
import { PythonText, isPythonKeyword, type OpenBracket, type PythonCallee } from './pythonText.ts';
import { lakeTable } from './sqlCompletion.ts';
import { quoteSqlName } from './sqlText.ts';

/** A variable of the session, as the kernel tells it. */
export interface SessionVariable {
  name: string;
  /** `DataFrame`. */
  type: string;
  kind: 'frame' | 'pandas' | 'value' | 'function' | 'module';
  shape?: string | null | undefined;
  preview: string;
  columns?: readonly { name: string; type: string }[] | null | undefined;
}

/** `from` to `to` is what is replaced. */
export type PythonPlace =
  /** The name of a column in a string. */
  | {
      kind: 'column';
      from: number;
      to: number;
      /** The variables that it may be of, the nearest first. */
      receivers: string[];
      /** `name`: the whole string; `expression`: a word of SQL in it. */
      style: 'name' | 'expression';
      /** Whether it is one only if a receiver is a frame: `x["` may be anything. */
      needsFrame: boolean;
      quote: string;
    }
  /** `frame.` */
  | { kind: 'attribute'; from: number; to: number; receiver: string }
  /** A table of the lake in a string. */
  | { kind: 'table'; from: number; to: number; style: TableStyle }
  /** A statement of SQL in a string, which begins at `from`. */
  | { kind: 'sql'; from: number; to: number; text: string };

/** `below`: `silver/x`. `path`: `/data/silver/x`. `name`: `silver.x`. */
export type TableStyle = 'below' | 'path' | 'name';

export interface PythonFacts {
  root: string;
  /** `silver/allorders`. */
  tables: readonly string[];
  variables: readonly SessionVariable[];
}

export interface PythonCompletion {
  kind: 'column' | 'table';
  label: string;
  text: string;
  detail?: string;
}

/** Where a cursor is, as far as the session has something to say. Reads any text. */
export function pythonPlaceAt(text: string, offset: number, root: string): PythonPlace | undefined {
  const source = new PythonText(text);
  const at = source.stringAt(offset);
  if (at < 0) return attributeAt(source, offset);
  const { content, from } = source.tokens[at]!;
  if (!content) return undefined;
  const written = text.slice(content.from, offset);
  const brackets = source.bracketsAround(at);
  const called = brackets.find(({ callee }) => callee !== undefined);
  const callee = called?.callee;
  const isSql = callee?.names.at(-1) === 'sql' && callee.names.length > 1 && called?.argument === 0;
  if (isSql) return { kind: 'sql', ...content, text: text.slice(content.from, content.to) };
  const isOneLine = !/[\r\n]/.test(text.slice(content.from, content.to));
  if (!isOneLine) return undefined;
  const end = content.isClosed ? content.to : offset + wordFrom(text, offset);
  const style = callee ? tableStyle(callee, called) : undefined;
  const byText = style ?? styleOfText(written, root);
  if (byText) return { kind: 'table', from: content.from, to: end, style: byText };
  const role = columnRole(brackets);
  if (!role || content.isFormatted || !isWholeArgument(source, at)) return undefined;
  const quote = text.slice(from, content.from).replace(/^[A-Za-z]+/, '');
  const receivers = brackets.flatMap(({ callee: one }) => (one?.hasRoot ? [one.names[0]!] : []));
  const place = { kind: 'column', receivers, quote, ...role } as const;
  if (role.style === 'expression') {
    const head = /[\p{L}\p{N}_]*$/u.exec(written)![0].length;
    return { ...place, from: offset - head, to: offset + wordFrom(text, offset) };
  }
  // `o.branch` of a frame that has an alias.
  return { ...place, from: content.from + written.lastIndexOf('.') + 1, to: end };
}

/** What may be written at a place; of `sql` the caller asks the completion of SQL. */
export function pythonCompletions(place: PythonPlace, facts: PythonFacts): PythonCompletion[] {
  switch (place.kind) {
    case 'sql':
      return [];
    case 'table':
      return facts.tables.flatMap((table) => tableText(table, place.style, facts.root) ?? []);
    case 'attribute': {
      const frame = facts.variables.find(({ name }) => name === place.receiver);
      return (frame?.columns ?? [])
        .filter(({ name }) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !isPythonKeyword(name))
        .filter(({ name }) => !members.has(name))
        .map(({ name, type }) => ({ kind: 'column', label: name, text: name, detail: type }));
    }
    case 'column':
      return columnsAt(place, facts.variables);
  }
}

/** The name of a variable under a cursor. */
export function pythonNameAt(
  text: string,
  offset: number,
): { name: string; from: number; to: number } | undefined {
  const source = new PythonText(text);
  const at = source.nameAt(offset);
  const token = source.tokens[at];
  if (!token || source.isSign(at - 1, '.') || isPythonKeyword(token.text)) return undefined;
  return { name: token.text, from: token.from, to: token.to };
}

/** The lake's table that a string under a cursor names. */
export function pythonTableAt(
  text: string,
  offset: number,
  root: string,
): { table: string; from: number; to: number } | undefined {
  const source = new PythonText(text);
  const content = source.tokens[source.stringAt(offset)]?.content;
  if (!content || content.isFormatted) return undefined;
  const { from, to } = content;
  const table = tableOfText(text.slice(from, to), root);
  return table === undefined ? undefined : { table, from, to };
}

/** `silver/x` for `silver/x`, `/data/silver/x`, `hdfs://…/data/silver/x` and `silver.x`. */
export function tableOfText(text: string, root: string): string | undefined {
  const named = /^([a-z]+)\.([A-Za-z0-9_-]+)$/.exec(text);
  if (named) return lakeTable(named.slice(1), root);
  const table = lakeTable(['delta', isAbsolute(text) ? text : joinPath(root, text)], root);
  return table !== undefined && /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_.-]+)+$/.test(table) ? table : undefined;
}

/** Not what something is compared with. */
function isWholeArgument(source: PythonText, at: number): boolean {
  const before = source.tokens[at - 1];
  if (before?.kind === 'string') return true;
  if (source.isSign(at - 1, '=')) return !'=!<>'.includes(source.tokens[at - 2]?.text ?? '=');
  return before?.kind === 'sign' && '([{,*'.includes(before.text);
}

function isAbsolute(text: string): boolean {
  return text.startsWith('/') || /^[a-z][a-z0-9]*:\/\//.test(text);
}

function wordFrom(text: string, offset: number): number {
  return /^[\p{L}\p{N}_]*/u.exec(text.slice(offset))![0].length;
}

/** A name behind the dot of a name, which may be nothing yet. */
function attributeAt(source: PythonText, offset: number): PythonPlace | undefined {
  const { tokens } = source;
  const before = tokens.findLastIndex(({ from }) => from < offset);
  const token = tokens[before];
  if (!token || token.to < offset) return undefined;
  const dot = token.kind === 'name' ? before - 1 : before;
  const receiver = tokens[dot - 1];
  if (!source.isSign(dot, '.') || receiver?.kind !== 'name' || source.isSign(dot - 2, '.')) return undefined;
  const from = tokens[dot]!.to;
  return { kind: 'attribute', from, to: token.kind === 'name' ? token.to : offset, receiver: receiver.text };
}

const pathMethods = new Set(['load', 'parquet', 'save', 'start']);
const nameMethods = new Set([
  ...['table', 'saveAsTable', 'insertInto', 'toTable', 'writeTo'],
  ...['cacheTable', 'uncacheTable', 'refreshTable', 'tableExists'],
]);

/** How a call takes a table. */
function tableStyle(
  { names }: PythonCallee,
  { sign, argument, keyword }: OpenBracket,
): TableStyle | undefined {
  const method = names.at(-1)!;
  if (sign !== '(' || names.length < 2) return undefined;
  if (method === 'forPath' || method === 'isDeltaTable') return argument === 1 ? 'path' : undefined;
  if (method === 'forName') return argument === 1 ? 'name' : undefined;
  if (argument !== 0 || (keyword !== undefined && keyword !== 'path' && keyword !== 'tableName'))
    return undefined;
  if (method === 'path' && names[0] !== 'os') return 'below';
  if (pathMethods.has(method)) return 'path';
  return nameMethods.has(method) ? 'name' : undefined;
}

function styleOfText(written: string, root: string): TableStyle | undefined {
  if (/^(bronze|silver|gold)\/[\w/.-]*$/.test(written)) return 'below';
  if (/^(bronze|silver|gold)\.[\w-]*$/.test(written)) return 'name';
  return root !== '/' && written.startsWith(`${root}/`) ? 'path' : undefined;
}

// What takes names of columns, in each place or only in the first one.
const ofColumns = new Set(
  (
    'select groupBy groupby orderBy sort sortWithinPartitions drop dropDuplicates dropDuplicatesWithinWatermark cube ' +
    'rollup partitionBy repartition describe agg sort_values set_index drop_duplicates dropna fillna bucketBy sortBy'
  ).split(' '),
);
const ofOneColumn = new Set(
  'withColumn withColumnRenamed pivot approxQuantile withWatermark stat corr colRegex metadataColumn'.split(
    ' ',
  ),
);
const ofExpressions = new Set(['where', 'filter', 'selectExpr', 'expr', 'query']);
const columnKeywords = new Set([
  'subset',
  'on',
  'by',
  'columns',
  'id_vars',
  'value_vars',
  'left_on',
  'right_on',
]);

const functionModules = new Set(['F', 'f', 'fn', 'sf', 'functions', 'sql_functions']);
const bareFunctions = new Set([
  'col',
  'column',
  'asc',
  'desc',
  'expr',
  'countDistinct',
  'count_distinct',
  'avg',
  'to_date',
]);
const noColumn = new Set([
  'lit',
  'when',
  'udf',
  'pandas_udf',
  'format_string',
  'current_timestamp',
  'broadcast',
  'typedLit',
]);
const ofManyColumns = new Set(
  'array coalesce concat countDistinct count_distinct create_map greatest hash least struct xxhash64'.split(
    ' ',
  ),
);

type ColumnRole = Pick<Extract<PythonPlace, { kind: 'column' }>, 'style' | 'needsFrame'>;

/** Whether the innermost call around a string takes columns; lists and tuples in between do not count. */
function columnRole(brackets: readonly OpenBracket[]): ColumnRole | undefined {
  const inner = brackets.find(({ callee }) => callee !== undefined);
  if (!inner?.callee) return undefined;
  const { names, hasRoot } = inner.callee;
  const method = names.at(-1)!;
  if (inner.sign === '[') return hasRoot ? { style: 'name', needsFrame: true } : undefined;
  const isFunction = names.length === 2 && functionModules.has(names[0]!);
  if (isFunction || (names.length === 1 && bareFunctions.has(method))) {
    if (noColumn.has(method)) return undefined;
    if (method === 'expr') return { style: 'expression', needsFrame: false };
    if (inner.argument > 0 && !ofManyColumns.has(method)) return undefined;
    return { style: 'name', needsFrame: false };
  }
  if (names.length < 2 || !hasRoot) return undefined;
  if (inner.keyword !== undefined) {
    return columnKeywords.has(inner.keyword) ? { style: 'name', needsFrame: false } : undefined;
  }
  if (ofExpressions.has(method)) return { style: 'expression', needsFrame: false };
  if (method === 'join' || method === 'merge') {
    return inner.argument === 1 ? { style: 'name', needsFrame: true } : undefined;
  }
  if (ofColumns.has(method) || (ofOneColumn.has(method) && inner.argument === 0)) {
    return { style: 'name', needsFrame: false };
  }
  return undefined;
}

/** Of the frame that is named, else of all. */
function columnsAt(
  { receivers, style, needsFrame, quote }: Extract<PythonPlace, { kind: 'column' }>,
  variables: readonly SessionVariable[],
): PythonCompletion[] {
  const known = receivers
    .map((name) => variables.find((one) => one.name === name))
    .filter((one) => one !== undefined && one.kind !== 'module' && one.kind !== 'function');
  const own = known.find((one) => one?.columns);
  // `names.sort(` of something that is no frame.
  if (!own && (needsFrame || known.length > 0)) return [];
  const found = new Map<string, PythonCompletion>();
  for (const { name: frame, kind, columns } of own ? [own] : variables) {
    for (const { name, type } of columns ?? []) {
      if (found.has(name)) continue;
      const isSql = style === 'expression' || (kind === 'frame' && /[.`]/.test(name));
      const text = escapeString(isSql ? quoteSqlName(name) : name, quote);
      found.set(name, { kind: 'column', label: name, text, detail: own ? type : `${type} · ${frame}` });
    }
  }
  return [...found.values()];
}

/** As it may stand between the quotes. */
function escapeString(text: string, quote: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote.slice(0, 1) || '"', (one) => `\\${one}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}

/** Undefined where the catalogue has no name for it: a table in a folder of its layer. */
function tableText(table: string, style: TableStyle, root: string): PythonCompletion | undefined {
  const parts = table.split('/');
  if (!(layers as readonly (string | undefined)[]).includes(parts[0])) return undefined;
  if (style === 'name') {
    if (parts.length !== 2) return undefined;
    return { kind: 'table', label: parts.join('.'), text: parts.map(quoteSqlName).join('.') };
  }
  const text = style === 'path' ? joinPath(root, table) : table;
  return { kind: 'table', label: text, text };
}

// Names that mean something else on a frame: the column is to be had by `frame["count"]`.
const members = new Set(
  (
    'agg alias all any apply cache checkpoint coalesce colRegex collect columns corr count cov createTempView cube ' +
    'describe diff distinct drop dtypes exceptAll explain fillna filter first foreach groupBy groupby head hint id index ' +
    'intersect isEmpty items join keys limit loc max mean melt merge min mode na name observe orderBy persist pipe pivot ' +
    'plot pop product query rank rdd repartition replace rollup sample schema select shape show size sort sparkSession ' +
    'stack stat std storageLevel sum summary tail take toDF toPandas transform transpose union unionAll unpersist ' +
    'unpivot update values var where withColumn write writeStream writeTo'
  ).split(' '),
);
