import { isMap, isScalar, isSeq, type Document } from 'yaml';

export type PathKey = string | number;

/** A scalar of a file, and what it is. */
export interface Word {
  from: number;
  to: number;
  role: 'key' | 'value';
  path: PathKey[];
  text: string;
}

/** Calls `visit` for each key and each scalar value. */
export function eachScalar(document: Document.Parsed, visit: (word: Word) => void): void {
  const walk = (node: unknown, path: PathKey[], role: 'key' | 'value'): void => {
    if (isScalar(node) && node.range) {
      const [from, to] = node.range;
      visit({ from, to, role, path, text: String(node.value) });
    } else if (isMap(node)) {
      for (const { key, value } of node.items) {
        const here = [...path, isScalar(key) ? String(key.value) : ''];
        walk(key, here, 'key');
        walk(value, here, 'value');
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => walk(item, [...path, i], role === 'key' ? 'key' : 'value'));
    }
  };
  walk(document.contents, [], 'value');
}

/** What stands at a path. */
export function nodeAt(document: Document.Parsed, path: readonly PathKey[]): unknown {
  let node: unknown = document.contents;
  for (const key of path) {
    if (isMap(node)) {
      node = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)?.value;
    } else if (isSeq(node) && typeof key === 'number') node = node.items[key];
    else return undefined;
  }
  return node;
}

/** The names in the map at a path. */
export function keysOf(document: Document.Parsed, path: readonly PathKey[]): string[] {
  const node = nodeAt(document, path);
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
}

/** The texts in a list. */
export function words(node: unknown): string[] {
  if (!isSeq(node)) return [];
  return node.items.flatMap((item) => (isScalar(item) && typeof item.value === 'string' ? [item.value] : []));
}
