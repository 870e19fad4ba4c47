import { fieldKind } from '../../src/chart/fieldKind.ts';

/** A value of the chart file to set, or, without a value, to take out. */
export interface Change {
  path: (string | number)[];
  value?: Json;
}
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A column of the chart's source, with Spark's type. */
export interface Column {
  name: string;
  type: string;
}

/** Takes out what is there of `keys`. */
export function without(from: object, path: string[], keys: readonly string[]): Change[] {
  return keys.filter((key) => Object.hasOwn(from, key)).map((key) => ({ path: [...path, key] }));
}

/** What a column holds; of one that is not there nothing is known. */
export function kindOf(columns: readonly Column[], field: string): ReturnType<typeof fieldKind> {
  const column = columns.find(({ name }) => name === field);
  return column ? fieldKind(column.type) : 'other';
}

/** A part of a chart as JSON, which it is. */
export function jsonOf(part: object): Json {
  return part as Json;
}

/** Without those that take out what is not there. */
export function possibleChanges(spec: object, changes: readonly Change[]): Change[] {
  return changes.filter(
    ({ path, value }, i) =>
      value !== undefined ||
      changes.slice(0, i).some((before) => before.path.every((key, k) => key === path[k])) ||
      isThere(spec, path),
  );
}

function isThere(part: unknown, [key, ...rest]: readonly (string | number)[]): boolean {
  if (key === undefined) return true;
  if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return false;
  return isThere(part[key as keyof typeof part], rest);
}
