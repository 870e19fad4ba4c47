import { LineCounter, isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Document } from 'yaml';
import type { Alias, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { resolvePlain } from './scalars.ts';
import {
  emptyMapping,
  faultAt,
  isMapping,
  placeOf,
  push,
  put,
  type Mapping,
  type Place,
  type SourceFile,
  type TreePath,
  type Value,
} from './tree.ts';

/** One document of a file. */
export interface YamlDocument {
  value: Value;
  /** Where the file says `!reset` or `!override`: what other files said there is dropped. */
  resets: TreePath[];
}

const maxNodes = 100_000;

/**
 * Reads YAML as Compose does: plain scalars as in `scalars.ts`, aliases followed, `<<` merged, keys texts.
 * A file may hold several documents, of which each overrides those before. Throws `invalid` with a position.
 */
export function parseYaml(text: string, path: string): YamlDocument[] {
  const lines = new LineCounter();
  const source = { path, lines };
  const parsed = parseAllDocuments(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    schema: 'failsafe',
    prettyErrors: false,
  });
  const documents = 'empty' in parsed ? [] : [...parsed];
  return documents.map((document) => {
    const [first] = document.errors;
    if (first) throw faultAt({ source, offset: first.pos[0], keyOffset: 0 }, first.message);
    const reader = new Reader(document, source);
    const value = reader.read(document.contents, []);
    return { value: value === dropped ? null : value, resets: reader.resets };
  });
}

/** Stands for a value that `!reset` took away. */
const dropped = Symbol('dropped');

class Reader {
  readonly resets: TreePath[] = [];
  readonly #source: SourceFile;
  readonly #open = new Set<Node>();
  readonly #targets = new Map<Alias, Node>();
  #nodes = 0;

  constructor(document: Document, source: SourceFile) {
    this.#source = source;
    // All at once: each alias's own `resolve` would walk through the document.
    const anchors = new Map<string, Node>();
    visit(document, (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) this.#targets.set(node, target);
      } else if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) {
        anchors.set(node.anchor, node);
      }
    });
  }

  read(node: unknown, path: TreePath): Value | typeof dropped {
    const target = this.#target(node);
    if (target === null) return null;
    this.#nodes += 1;
    if (this.#nodes > maxNodes)
      throw this.#fault(target, 'The file is too large once its aliases are followed.');
    if (this.#open.has(target)) throw this.#fault(target, 'This anchor contains an alias of itself.');
    if (target.tag === '!reset' || target.tag === '!override') this.resets.push(path);
    if (target.tag === '!reset') return dropped;
    this.#open.add(target);
    try {
      if (isMap(target)) return this.#readMap(target, path);
      if (isSeq(target)) return this.#readList(target, path);
      return this.#readScalar(target);
    } finally {
      this.#open.delete(target);
    }
  }

  #readScalar(node: Node): Value {
    if (!isScalar(node)) return null;
    const text = typeof node.value === 'string' ? node.value : '';
    if (node.tag === 'tag:yaml.org,2002:str') return text;
    return node.type === 'PLAIN' || node.tag?.startsWith('tag:yaml.org') ? resolvePlain(text) : text;
  }

  #readList(node: YAMLSeq, path: TreePath): Value[] {
    const list: Value[] = [];
    for (const item of node.items) {
      const value = this.read(item, [...path, '[]']);
      if (value !== dropped) push(list, value, this.#place(item, item));
    }
    return list;
  }

  #readMap(node: YAMLMap, path: TreePath): Mapping {
    const own = emptyMapping();
    for (const pair of node.items) {
      if (isMergeKey(pair.key)) continue;
      const key = this.#key(pair);
      const value = this.read(pair.value, [...path, key]);
      if (value !== dropped) put(own, key, value, this.#place(pair.key, pair.value ?? pair.key));
    }
    for (const pair of node.items) {
      if (!isMergeKey(pair.key)) continue;
      const source = this.#target(pair.value);
      for (const item of isSeq(source) ? source.items : [source]) {
        const merged = this.read(item, path);
        if (merged === dropped) continue;
        if (!isMapping(merged)) throw this.#fault(pair.key, '`<<` merges maps only.');
        // The map's own entries win, then the first of several sources.
        for (const [key, value] of Object.entries(merged)) {
          if (!(key in own)) put(own, key, value, placeOf(merged, key));
        }
      }
    }
    return own;
  }

  #key(pair: Pair): string {
    const node = this.#target(pair.key);
    if (!isScalar(node)) throw this.#fault(pair.key, 'A key must be a text.');
    const value = this.#readScalar(node);
    if (typeof value === 'string') return value;
    throw this.#fault(pair.key, `A key must be a text: put quotes around ${String(node.source)}.`);
  }

  #target(node: unknown): Node | null {
    const target = isAlias(node) ? this.#targets.get(node) : node;
    if (isAlias(node) && target === undefined) throw this.#fault(node, `There is no anchor &${node.source}.`);
    return isMap(target) || isSeq(target) || isScalar(target) ? target : null;
  }

  #place(key: unknown, value: unknown): Place {
    return { source: this.#source, offset: offsetOf(value), keyOffset: offsetOf(key) };
  }

  #fault(node: unknown, message: string) {
    return faultAt(this.#place(node, node), message);
  }
}

function isMergeKey(node: unknown): boolean {
  return isScalar(node) && node.value === '<<' && node.type === 'PLAIN';
}

function offsetOf(node: unknown): number {
  return isAlias(node) || isMap(node) || isSeq(node) || isScalar(node) ? (node.range?.[0] ?? 0) : 0;
}
