import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import { WorkbenchError, describeError, systemErrorCode } from '../base/errors.ts';
import { readProject, type ComposeProject, type Fault, type ValuePath } from './composeProject.ts';
import { interpolate, variablesOf, type Lookup, type VariableUse } from './variables.ts';

/** A Compose file, read and parsed; `resolve` puts in the variables. */
export class ComposeFile {
  readonly path: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  private constructor(path: string, document: Document, lines: LineCounter) {
    this.path = path;
    this.#document = document;
    this.#lines = lines;
  }

  static async read(path: string): Promise<ComposeFile> {
    try {
      return ComposeFile.parse(await readFile(path, 'utf8'), path);
    } catch (error) {
      if (error instanceof WorkbenchError) throw error;
      const code = systemErrorCode(error);
      const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${describeError(error)})`;
      throw new WorkbenchError('not-found', `The Compose file ${path} ${why}.`, { cause: error });
    }
  }

  /** `path` is for error sentences and for relative paths in the file. Throws `invalid` for what is not YAML. */
  static parse(text: string, path: string): ComposeFile {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
    const file = new ComposeFile(path, document, lines);
    const [first] = document.errors;
    if (first) throw file.#faultAt(first.pos[0], first.message);
    return file;
  }

  get folder(): string {
    return dirname(this.path);
  }

  /** The variables that the file names, in order; one name may come several times. */
  variables(): VariableUse[] {
    const uses: VariableUse[] = [];
    this.#read((text) => {
      uses.push(...variablesOf(text));
      return text;
    });
    return uses;
  }

  /** The file with its variables replaced, checked and typed. Throws `invalid` with file, line and column. */
  resolve(lookup: Lookup): ComposeProject {
    const { value, positions } = this.#read((text) => interpolate(text, lookup));
    const fault: Fault = (path, message) => {
      let at: number | undefined;
      for (let length = path.length; at === undefined && length >= 0; length -= 1) {
        at = positions.get(key(path.slice(0, length)));
      }
      return this.#faultAt(at ?? 0, message);
    };
    return readProject(value, { fault, lookup, folder: this.folder });
  }

  #read(replace: (text: string) => string): { value: unknown; positions: Map<string, number> } {
    const reader = new Reader(this.#document, replace, (at, message) => this.#faultAt(at, message));
    const value = reader.read(this.#document.contents, []);
    return { value, positions: reader.positions };
  }

  #faultAt(offset: number, message: string): WorkbenchError {
    const { line, col } = this.#lines.linePos(offset);
    return new WorkbenchError('invalid', `${this.path}:${line}:${col}: ${message}`);
  }
}

const maxNodes = 100_000;

/** Turns nodes into plain values, through aliases and merges, and notes where in the text each value stands. */
class Reader {
  readonly positions = new Map<string, number>();
  readonly #document: Document;
  readonly #replace: (text: string) => string;
  readonly #fault: (offset: number, message: string) => WorkbenchError;
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(
    document: Document,
    replace: (text: string) => string,
    fault: (offset: number, message: string) => WorkbenchError,
  ) {
    this.#document = document;
    this.#replace = replace;
    this.#fault = fault;
  }

  read(node: unknown, path: ValuePath): unknown {
    const target = this.#target(node);
    if (target === null) return null;
    const offset = offsetOf(target);
    this.positions.set(key(path), offset);
    this.#nodes += 1;
    if (this.#nodes > maxNodes)
      throw this.#fault(offset, 'The file is too large once its aliases are followed.');
    if (this.#open.has(target)) throw this.#fault(offset, 'This anchor contains an alias of itself.');
    this.#open.add(target);
    try {
      if (isMap(target)) return this.#readMap(target, path);
      if (isSeq(target)) return target.items.map((item, index) => this.read(item, [...path, index]));
      if (!isScalar(target)) return null;
      return typeof target.value === 'string' ? this.#replaceIn(target.value, offset) : target.value;
    } finally {
      this.#open.delete(target);
    }
  }

  #readMap(map: YAMLMap, path: ValuePath): Record<string, unknown> {
    const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    // Merged entries first: the map's own ones win.
    for (const { key: name, value } of map.items) {
      if (!isMergeKey(name)) continue;
      const source = this.#target(value);
      const sources = isSeq(source) ? [...source.items].reverse() : [source];
      for (const item of sources) {
        const merged = this.#target(item);
        if (!isMap(merged)) throw this.#fault(offsetOf(merged), '`<<` merges maps only.');
        Object.assign(result, this.read(merged, path));
      }
    }
    for (const { key: name, value } of map.items) {
      if (isMergeKey(name)) continue;
      if (!isScalar(name)) throw this.#fault(offsetOf(name), 'A key must be a word.');
      const word = String(name.value);
      result[word] = this.read(value, [...path, word]);
      // At its key, where a value is missing or an error is about the key.
      if (value === null || result[word] === null) {
        this.positions.set(key([...path, word]), offsetOf(name));
      }
    }
    this.positions.set(key(path), offsetOf(map));
    return result;
  }

  #target(node: unknown): Node | null {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    if (isAlias(node) && target === undefined)
      throw this.#fault(offsetOf(node), `No anchor &${node.source}.`);
    return isMap(target) || isSeq(target) || isScalar(target) ? target : null;
  }

  #replaceIn(text: string, offset: number): string {
    try {
      return this.#replace(text);
    } catch (error) {
      throw this.#fault(offset, describeError(error));
    }
  }
}

function isMergeKey(node: unknown): boolean {
  return isScalar(node) && (node.value === '<<' || typeof node.value === 'symbol');
}

function offsetOf(node: unknown): number {
  return isAlias(node) || isMap(node) || isSeq(node) || isScalar(node) ? (node.range?.[0] ?? 0) : 0;
}

function key(path: ValuePath): string {
  return JSON.stringify(path);
}
