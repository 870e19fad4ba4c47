import schemaOfCompose from './composeSchema.json' with { type: 'json' };
import { faultAt, findPlace, isMapping, placeOf, type Mapping, type TreePath, type Value } from './tree.ts';

/** The keywords of JSON Schema that the official schema uses; a test tells when it uses others. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  uniqueItems?: boolean;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  oneOf?: Schema[];
}

interface Problem {
  path: TreePath;
  message: string;
  /** The types that would have been right, where that is the problem. */
  types?: string[];
  atKey?: boolean;
}

const root = schemaOfCompose as Schema & { definitions: Record<string, Schema> };

/**
 * Checks a file, after its variables were put in, against the official schema. It is read as it is, rather than
 * compiled: that takes a millisecond instead of 200. Throws `invalid` with the position of the most specific problem.
 */
export function validate(file: Mapping): void {
  const problems = check(file, root, []);
  const [first, ...others] = problems;
  if (first === undefined) return;
  // The deepest is what the user meant to write; the others come from alternatives that they did not.
  const problem = others.reduce((deepest, other) => (depth(other) > depth(deepest) ? other : deepest), first);
  const place = findPlace(file, problem.path);
  const keys = (problem.atKey ? problem.path.slice(0, -1) : problem.path).join('.');
  throw faultAt(place, `${keys ? `${keys} ` : ''}${problem.message}.`, problem.atKey);
}

const regExps = new Map<string, RegExp>();

function regExp(pattern: string): RegExp {
  let known = regExps.get(pattern);
  if (!known) regExps.set(pattern, (known = new RegExp(pattern)));
  return known;
}

function depth({ path }: Problem): number {
  return path.length;
}

function check(value: Value, schema: Schema, path: TreePath): Problem[] {
  if (schema.$ref !== undefined) {
    return check(value, root.definitions[schema.$ref.replace('#/definitions/', '')]!, path);
  }
  const problem = checkValue(value, schema);
  if (problem) return [{ path, ...problem }];
  const problems = schema.oneOf ? checkAlternatives(value, schema.oneOf, path) : [];
  if (Array.isArray(value)) return [...problems, ...checkList(value, schema, path)];
  return isMapping(value) ? [...problems, ...checkMap(value, schema, path)] : problems;
}

function checkValue(value: Value, schema: Schema): Omit<Problem, 'path'> | undefined {
  if (schema.type !== undefined) {
    const types = [schema.type].flat();
    if (!types.some((type) => isOfType(value, type))) return wrongType(types);
  }
  if (schema.enum && !schema.enum.includes(value)) {
    return { message: `must be one of ${schema.enum.map(String).join(', ')}, not ${JSON.stringify(value)}` };
  }
  if (schema.pattern !== undefined && typeof value === 'string' && !regExp(schema.pattern).test(value)) {
    return { message: `is "${value}", which does not match ${schema.pattern}` };
  }
  if (typeof value === 'number' && value < (schema.minimum ?? -Infinity)) {
    return { message: `must be at least ${schema.minimum}` };
  }
  if (typeof value === 'number' && value > (schema.maximum ?? Infinity)) {
    return { message: `must be at most ${schema.maximum}` };
  }
  return undefined;
}

const namesOfTypes: Record<string, string> = {
  object: 'a map',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'empty',
};

function wrongType(types: string[]): Omit<Problem, 'path'> {
  const names = [...new Set(types)].map((type) => namesOfTypes[type] ?? type);
  return { types, message: `must be ${names.join(' or ')}` };
}

function isOfType(value: Value, type: string): boolean {
  switch (type) {
    case 'object':
      return isMapping(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function checkAlternatives(value: Value, alternatives: Schema[], path: TreePath): Problem[] {
  const results = alternatives.map((alternative) => check(value, alternative, path));
  if (results.some((problems) => problems.length === 0)) return [];
  const problems = results.flat();
  const here = problems.filter((problem) => problem.path.length === path.length);
  const types = here.flatMap((problem) => problem.types ?? []);
  // None of the alternatives has this type: name all that would do.
  if (here.length === problems.length && types.length > 0 && here.every((problem) => problem.types)) {
    return [{ path, ...wrongType(types) }];
  }
  // One has it, and its problem is the one to tell.
  const others = problems.filter((problem) => !problem.types || problem.path.length > path.length);
  return others.length > 0 ? others : problems;
}

function checkList(list: Value[], schema: Schema, path: TreePath): Problem[] {
  const { items } = schema;
  const problems = items ? list.flatMap((item, index) => check(item, items, [...path, index])) : [];
  if (schema.uniqueItems) {
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      const text = JSON.stringify(item);
      if (seen.has(text)) problems.push({ path: [...path, index], message: `is there twice: ${text}` });
      seen.add(text);
    }
  }
  return problems;
}

function checkMap(map: Mapping, schema: Schema, path: TreePath): Problem[] {
  const problems: Problem[] = [];
  const patterns = Object.entries(schema.patternProperties ?? {});
  for (const [key, value] of Object.entries(map)) {
    const at = [...path, key];
    let known = false;
    if (schema.properties && Object.hasOwn(schema.properties, key)) {
      known = true;
      problems.push(...check(value, schema.properties[key]!, at));
    }
    for (const [pattern, rule] of patterns) {
      if (!regExp(pattern).test(key)) continue;
      known = true;
      problems.push(...check(value, rule, at));
    }
    if (known || schema.additionalProperties === undefined || schema.additionalProperties === true) continue;
    if (schema.additionalProperties !== false) {
      problems.push(...check(value, schema.additionalProperties, at));
    } else {
      problems.push({ path: at, message: `has no key "${key}"`, atKey: placeOf(map, key) !== undefined });
    }
  }
  for (const key of schema.required ?? []) {
    if (!(key in map)) problems.push({ path, message: `needs the key "${key}"` });
  }
  return problems;
}
