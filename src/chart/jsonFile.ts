import { readFile } from 'node:fs/promises';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { WorkbenchError, describeError, systemErrorCode } from '../base/errors.ts';

type Keys = readonly (string | number)[];

/** A JSON Schema as far as error sentences need it. */
interface SchemaNode {
  $ref?: string;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  definitions?: Record<string, SchemaNode>;
  [keyword: string]: unknown;
}

/** A kind of JSON file: how it is called in sentences ("chart"), and what is allowed in it. */
export interface JsonKind<T> {
  noun: string;
  /** Its JSON Schema. */
  schema: object;
  validate: ValidateFunction<T>;
  /** A rule that a schema cannot say: which value breaks it, and the sentence; undefined if none does. */
  brokenRule?: (value: T) => { at: Keys; sentence: string } | undefined;
}

/** Reads a JSON file of a kind. Throws `not-found`, or `invalid` with file, line and column. */
export async function loadJson<T>(path: string, kind: JsonKind<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') {
      throw new WorkbenchError('not-found', `There is no ${kind.noun} file ${path}.`, { cause });
    }
    throw new WorkbenchError('invalid', `${path} cannot be read: ${describeError(cause)}.`, { cause });
  }
  return parseJson(text, path, kind);
}

/** Reads the text of such a file; `path` is how the user knows it, for the error sentences. */
export function parseJson<T>(text: string, path: string, kind: JsonKind<T>): T {
  const lines = new LineCounter();
  // JSON is YAML's flow style; its parser knows where each value stands.
  const document = parseDocument(text, { lineCounter: lines, schema: 'json', uniqueKeys: true });
  const invalid = (offset: number, sentence: string, cause?: unknown): WorkbenchError => {
    const { line, col } = lines.linePos(offset);
    return new WorkbenchError('invalid', `${path}:${line}:${col}: ${sentence}`, { cause });
  };
  const [fault] = document.errors;
  if (fault) {
    const reason = fault.message.split(' at line ')[0] ?? fault.message;
    throw invalid(fault.pos[0], `${reason.trim()}.`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw invalid(0, `${describeError(cause)}.`, cause);
  }
  if (kind.validate(value)) {
    const broken = kind.brokenRule?.(value);
    if (!broken) return value;
    throw invalid(offsetOf(document, broken.at), broken.sentence);
  }
  const error = mostTelling(kind.validate.errors ?? []);
  const keys = keysOf(error);
  throw invalid(offsetOf(document, keys), describe(error, keys, kind));
}

/** An unknown key says most: it is often the misspelt one that is missing. */
function mostTelling(errors: ErrorObject[]): ErrorObject {
  return errors.find((error) => error.keyword === 'additionalProperties') ?? errors[0]!;
}

function keysOf(error: ErrorObject): string[] {
  const keys = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'additionalProperties') keys.push(String(error.params.additionalProperty));
  return keys;
}

function describe(
  error: ErrorObject,
  keys: string[],
  { noun, schema }: Pick<JsonKind<unknown>, 'noun' | 'schema'>,
): string {
  const name = keys.length === 0 ? `The ${noun}` : `"${keys.join('.')}"`;
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = knownKeys(schema as SchemaNode, keys.slice(0, -1));
      return `There is no "${keys.at(-1)}" here.${known ? ` Known are ${known}.` : ''}`;
    }
    case 'required':
      return `${name} has no "${String(error.params.missingProperty)}".`;
    case 'enum':
      return `${name} must be one of ${(error.params.allowedValues as string[]).join(', ')}.`;
    default:
      return `${name} ${error.message ?? 'is wrong'}.`;
  }
}

function knownKeys(schema: SchemaNode, keys: string[]): string {
  let node: SchemaNode | undefined = schema;
  for (const key of keys) {
    node = /^\d+$/.test(key) && node.items ? node.items : node.properties?.[key];
    const name: string | undefined = node?.$ref?.split('/').at(-1);
    if (name) node = schema.definitions?.[name];
    if (!node) return '';
  }
  return Object.keys(node.properties ?? {}).join(', ');
}

/** Where the value at `keys` begins in the text, or the nearest thing around it. */
function offsetOf(document: Document.Parsed, keys: Keys): number {
  for (let length = keys.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return Number(node.range[0]);
    }
  }
  return 0;
}
