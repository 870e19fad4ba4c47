import type { LineCounter } from 'yaml';
import { WorkbenchError } from '../../base/errors.ts';

/** A value of a Compose file. Maps have no prototype, so that any word can be a key. */
export type Value = string | number | boolean | null | Value[] | Mapping;
export interface Mapping {
  [key: string]: Value;
}

/** The keys that lead to a value; an item of a list is `[]` where only the kind of place matters. */
export type TreePath = readonly (string | number)[];

/** A file that values were read from. */
export interface SourceFile {
  /** Absolute, or whatever names the text in an error. */
  path: string;
  lines: LineCounter;
}

/** Where a value was written: offsets into the file's text, of the value and of its key. */
export interface Place {
  source: SourceFile;
  offset: number;
  keyOffset: number;
}

// Values move between files, services and forms; each container remembers where its entries were written.
const places = new WeakMap<object, Map<string | number, Place>>();

export function emptyMapping(): Mapping {
  return Object.create(null) as Mapping;
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets an entry together with its place. */
export function put(container: Mapping, key: string, value: Value, place: Place | undefined): void {
  container[key] = value;
  markPlace(container, key, place);
}

/** Appends an item together with its place. */
export function push(list: Value[], value: Value, place: Place | undefined): void {
  markPlace(list, list.length, place);
  list.push(value);
}

export function markPlace(container: object, key: string | number, place: Place | undefined): void {
  if (place === undefined) return;
  let entries = places.get(container);
  if (!entries) places.set(container, (entries = new Map<string | number, Place>()));
  entries.set(key, place);
}

export function placeOf(container: object, key: string | number): Place | undefined {
  return places.get(container)?.get(key);
}

/** The place of the value at a path, or of the nearest one around it. */
export function findPlace(root: unknown, path: TreePath): Place | undefined {
  let found: Place | undefined;
  let at = root;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) break;
    found = placeOf(at, key) ?? found;
    at = (at as Record<string | number, unknown>)[key];
  }
  return found;
}

/** A map of one entry per key, made by `change`; an entry that it makes undefined is left out. */
export function mapEntries(
  map: Mapping,
  change: (value: Value, key: string, place: Place | undefined) => Value | undefined,
): Mapping {
  const result = emptyMapping();
  for (const [key, value] of Object.entries(map)) {
    const place = placeOf(map, key);
    const changed = change(value, key, place);
    if (changed !== undefined) put(result, key, changed, place);
  }
  return result;
}

/** The list with each item changed. */
export function mapItems(
  list: readonly Value[],
  change: (value: Value, place: Place | undefined, index: number) => Value,
): Value[] {
  const result: Value[] = [];
  for (const [index, value] of list.entries()) {
    const place = placeOf(list, index);
    push(result, change(value, place, index), place);
  }
  return result;
}

export function clone(value: Value): Value {
  if (Array.isArray(value)) return mapItems(value, clone);
  return isMapping(value) ? mapEntries(value, clone) : value;
}

/** Makes an error that begins with file, line and column: of the value, or with `atKey` of its key. */
export function faultAt(place: Place | undefined, message: string, atKey = false): WorkbenchError {
  if (place === undefined) return new WorkbenchError('invalid', message);
  const { line, col } = place.source.lines.linePos(atKey ? place.keyOffset : place.offset);
  return new WorkbenchError('invalid', `${place.source.path}:${line}:${col}: ${message}`);
}

/** What applies to the places that a pattern names: `services.*.ports`, where `*` stands for any one key. */
export class PathRules<Rule> {
  readonly #rules: { parts: string[]; rule: Rule }[];

  constructor(rules: Record<string, Rule>) {
    this.#rules = Object.entries(rules).map(([pattern, rule]) => ({ parts: pattern.split('.'), rule }));
  }

  find(path: TreePath): Rule | undefined {
    return this.#rules.find(
      ({ parts }) =>
        parts.length === path.length && parts.every((part, at) => part === '*' || part === path[at]),
    )?.rule;
  }
}
