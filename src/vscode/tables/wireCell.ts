import { Timestamp } from '../../lake/values.ts';
import type { WholeCell, WireCell, WireTree } from './tableProtocol.ts';

/** A cell is looked at, not read: what is longer is cut, and sent whole when it is asked for. */
const maxCharacters = 500;
const maxBytes = 64;
/** What the pane for one cell shows. */
const maxWholeCharacters = 1_000_000;
const maxWholeBytes = 64 * 1024;
const maxNodes = 5_000;
const maxDepth = 50;

/** A value of a row (as src/lake/values.ts says) of a column of this Spark type, as the page gets it. */
export function wireCell(value: unknown, type: string): WireCell {
  switch (typeof value) {
    case 'string':
      if (isDecimal(type)) return { t: 'decimal', text: value };
      return value.length <= maxCharacters
        ? value
        : { t: 'text', text: cut(value, maxCharacters), size: value.length };
    case 'boolean':
      return value;
    case 'number':
      return wireNumber(value);
    case 'bigint':
      return { t: 'long', text: value.toString() };
    case 'object':
      return value === null ? null : wireObject(value);
    default:
      return null;
  }
}

/** All of a value, as far as a person can look at it. */
export function wholeCell(value: unknown, type: string): WholeCell {
  const cell = wireCell(value, type);
  if (typeof value === 'string') {
    return { kind: 'cell', value: cell, text: cut(value, maxWholeCharacters), size: value.length };
  }
  if (value instanceof Uint8Array) {
    return {
      kind: 'cell',
      value: cell,
      text: hex(value.subarray(0, maxWholeBytes)),
      size: value.length,
    };
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) {
    return { kind: 'cell', value: cell };
  }
  return { kind: 'cell', value: cell, tree: treeOf(value, type, { left: maxNodes }, 0), size: sizeOf(value) };
}

/** The value in full as text that a program reads: no grouping of digits, ISO times, `0x…`, JSON. Null is empty. */
export function exactText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return `0x${hex(value)}`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return value.toString();
  return typeof value === 'object' ? jsonOf(value) : '';
}

function wireNumber(value: number): WireCell {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { t: 'float', text: Object.is(value, -0) ? '-0' : String(value) };
}

function wireObject(value: object): WireCell {
  if (value instanceof Timestamp) return { t: 'timestamp', text: value.epochMicros.toString() };
  if (value instanceof Date) return wireDate(value);
  if (value instanceof Uint8Array) {
    return { t: 'binary', text: hex(value.subarray(0, maxBytes)), size: value.length };
  }
  return { t: 'nested', text: jsonStart(value), size: sizeOf(value) };
}

function wireDate(value: Date): WireCell {
  const ms = value.getTime();
  return Number.isNaN(ms) ? 'Invalid Date' : { t: 'timestamp', text: (BigInt(ms) * 1000n).toString() };
}

function isDecimal(type: string): boolean {
  return type.startsWith('decimal(');
}

function dateText(value: Date): string {
  return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
}

function sizeOf(value: object): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** As many digits of JSON as a cell shows; a value of millions of parts is not written in full for it. */
function jsonStart(value: object): string {
  const text: string[] = [];
  let length = 0;
  const add = (part: string): boolean => {
    text.push(part);
    length += part.length;
    return length <= maxCharacters;
  };
  const write = (inner: unknown, depth: number): boolean => {
    if (!isNested(inner)) return add(leafJson(inner));
    if (depth > maxDepth) return add('…');
    const isList = Array.isArray(inner);
    if (!add(isList ? '[' : '{')) return false;
    let isFirst = true;
    for (const [name, part] of partsOf(inner)) {
      if (!isFirst && !add(',')) return false;
      if (!isList && !add(`${JSON.stringify(name.slice(0, maxCharacters))}:`)) return false;
      if (!write(part, depth + 1)) return false;
      isFirst = false;
    }
    return add(isList ? ']' : '}');
  };
  const isWhole = write(value, 0);
  const all = text.join('');
  return isWhole && all.length <= maxCharacters ? all : `${cut(all, maxCharacters)}…`;
}

function jsonOf(value: object): string {
  const write = (inner: unknown): string => {
    if (!isNested(inner)) return leafJson(inner, Infinity);
    const isList = Array.isArray(inner);
    const parts: string[] = [];
    for (const [name, part] of partsOf(inner)) {
      parts.push(isList ? write(part) : `${JSON.stringify(name)}:${write(part)}`);
    }
    return isList ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
  };
  return write(value);
}

/** Longs stay numbers: JSON has no limit to its digits. */
function leafJson(value: unknown, limit = maxCharacters): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(limit === Infinity ? value : value.slice(0, limit));
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (value instanceof Date) return JSON.stringify(dateText(value));
  if (value instanceof Uint8Array) {
    return JSON.stringify(`0x${hex(limit === Infinity ? value : value.subarray(0, maxBytes))}`);
  }
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? value.toString()
    : 'null';
}

function isNested(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)
  );
}

function* partsOf(value: object): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield [String(i), value[i]];
    return;
  }
  for (const name of Object.keys(value)) yield [name, (value as Record<string, unknown>)[name]];
}

/** `budget.left` nodes at most: a list of a million elements shows its first ones, and how many there are. */
function treeOf(value: unknown, type: string, budget: { left: number }, depth: number): WireTree {
  budget.left--;
  if (!isNested(value)) return { kind: 'leaf', value: wireCell(value, depth === 0 ? type : '') };
  const parts: { name: string; tree: WireTree }[] = [];
  if (depth < maxDepth) {
    for (const [name, part] of partsOf(value)) {
      if (budget.left <= 0) break;
      parts.push({ name: cut(name, maxCharacters), tree: treeOf(part, '', budget, depth + 1) });
    }
  }
  return { kind: Array.isArray(value) ? 'list' : 'struct', size: sizeOf(value), parts };
}

/** Without Node's Buffer: this runs in browsers too. */
function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Never in the middle of a surrogate pair. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const part = text.slice(0, length);
  return /[\ud800-\udbff]$/.test(part) ? part.slice(0, -1) : part;
}
