import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { WorkbenchError, describeError, systemErrorCode } from '../base/errors.ts';
import schema from './chart.schema.json' with { type: 'json' };

export type Mark = 'bar' | 'horizontalBar' | 'line' | 'area' | 'scatter' | 'pie';
export type Aggregate = 'none' | 'sum' | 'mean' | 'count' | 'min' | 'max';

export interface NumberFormat {
  style?: 'decimal' | 'compact' | 'percent';
  decimals?: number;
}

export interface Encoding {
  field: string;
  title?: string;
  unit?: string;
  format?: NumberFormat;
}

/** A `*.chart.json` file; chart.schema.json says what each part means. */
export interface ChartSpec {
  title: string;
  description?: string;
  source: { table: string };
  mark: Mark;
  x: Encoding;
  y: Partial<Encoding> & { aggregate?: Aggregate };
  color?: { field: string; title?: string };
  sort?: { by: 'x' | 'y'; order?: 'ascending' | 'descending' };
  top?: { count: number; other?: boolean };
}

const validate = new Ajv({ allErrors: true, strict: false }).compile<ChartSpec>(schema);

/** What a later version draws: named, so that it is not taken for a spelling mistake. */
const plannedMarks = ['histogram', 'box', 'heatMap'];
const plannedSources = ['csv', 'sql'];

/** Reads a chart file. Throws `not-found`, or `invalid` and `unsupported` with file, line and column. */
export async function loadChart(path: string): Promise<ChartSpec> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') {
      throw new WorkbenchError('not-found', `There is no chart file ${path}.`, { cause });
    }
    throw new WorkbenchError('invalid', `${path} cannot be read: ${describeError(cause)}.`, { cause });
  }
  return parseChart(text, path);
}

/** Reads the text of a chart file; `path` is how the user knows it, for the error sentences. */
export function parseChart(text: string, path = 'chart'): ChartSpec {
  const lines = new LineCounter();
  // JSON is YAML's flow style; its parser knows where each value stands.
  const document = parseDocument(text, { lineCounter: lines, schema: 'json', uniqueKeys: true });
  const where = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const [fault] = document.errors;
  if (fault) {
    const reason = fault.message.split(' at line ')[0] ?? fault.message;
    throw new WorkbenchError('invalid', `${where(fault.pos[0])}: ${reason.trim()}.`);
  }
  const value = toPlain(document, where);
  refusePlanned(value, (at, name) => {
    const sentence = `${where(offsetOf(document, at))}: "${name}" is not supported yet.`;
    throw new WorkbenchError('unsupported', sentence);
  });
  if (validate(value)) return value;
  const error = mostTelling(validate.errors ?? []);
  const keys = keysOf(error);
  const sentence = describe(error, keys);
  throw new WorkbenchError('invalid', `${where(offsetOf(document, keys))}: ${sentence}`);
}

function toPlain(document: Document.Parsed, where: (offset: number) => string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new WorkbenchError('invalid', `${where(0)}: ${describeError(cause)}.`, { cause });
  }
}

function refusePlanned(value: unknown, refuse: (at: string[], name: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('mark' in value && typeof value.mark === 'string' && plannedMarks.includes(value.mark)) {
    refuse(['mark'], value.mark);
  }
  if ('source' in value && typeof value.source === 'object' && value.source !== null) {
    for (const key of plannedSources) if (key in value.source) refuse(['source', key], key);
  }
}

/** The deepest error says most: one of an `anyOf` stands above the errors of its parts. */
function mostTelling(errors: ErrorObject[]): ErrorObject {
  const rank = (error: ErrorObject): number =>
    (error.keyword === 'additionalProperties' ? 100 : 0) + (error.keyword === 'anyOf' ? 50 : 0);
  return [...errors].sort((a, b) => rank(b) - rank(a))[0]!;
}

function keysOf(error: ErrorObject): string[] {
  const keys = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'additionalProperties') keys.push(String(error.params.additionalProperty));
  return keys;
}

function describe(error: ErrorObject, keys: string[]): string {
  const name = keys.length === 0 ? 'The chart' : `"${keys.join('.')}"`;
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = knownKeys(keys.slice(0, -1));
      return `There is no "${keys.at(-1)}" here.${known ? ` Known are ${known}.` : ''}`;
    }
    case 'required':
      return `${name} has no "${String(error.params.missingProperty)}".`;
    case 'enum':
      return `${name} must be one of ${(error.params.allowedValues as string[]).join(', ')}.`;
    case 'anyOf':
      return `${name} needs a "field", or the aggregate count.`;
    default:
      return `${name} ${error.message ?? 'is wrong'}.`;
  }
}

interface SchemaNode {
  $ref?: string;
  properties?: Record<string, SchemaNode>;
}

function knownKeys(keys: string[]): string {
  let node: SchemaNode | undefined = schema as SchemaNode;
  for (const key of keys) {
    node = node.properties?.[key];
    const name: string | undefined = node?.$ref?.split('/').at(-1);
    if (name) node = (schema.definitions as Record<string, SchemaNode>)[name];
    if (!node) return '';
  }
  return Object.keys(node.properties ?? {}).join(', ');
}

/** Where the value at `keys` begins in the text, or the nearest thing around it. */
function offsetOf(document: Document.Parsed, keys: string[]): number {
  for (let length = keys.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return Number(node.range[0]);
    }
  }
  return 0;
}

/** `deliveriescount` for `charts/deliveriescount.chart.json`. */
export function chartName(path: string): string {
  return basename(path).replace(/\.chart\.json$|\.json$/, '');
}
