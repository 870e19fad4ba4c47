import { applyEdits, findNodeAtLocation, modify, parseTree, type FormattingOptions } from 'jsonc-parser';
import type { ChartChange } from './chartProtocol.ts';

/** The part of a text that is replaced. Offsets in UTF-16 units. */
export interface TextChange {
  start: number;
  end: number;
  text: string;
}

/** Parents that say nothing once they are empty: `"sort": {}` is an error of the schema. */
const optionalParents = new Set(['sort', 'top', 'format', 'color', 'value']);

/**
 * The smallest replacement that makes the changes in the text of a JSON file, whose layout and comments stay; undefined
 * if they change nothing. Throws an Error where the text is no JSON that a path leads through.
 */
export function changeText(
  text: string,
  changes: readonly ChartChange[],
  eol = '\n',
): TextChange | undefined {
  let changed = text;
  const formattingOptions: FormattingOptions = { insertSpaces: true, tabSize: indentOf(text), eol };
  for (const { path, value } of changes) {
    changed = applyEdits(changed, modify(changed, path, value, { formattingOptions }));
    if (value === undefined) changed = withoutEmptyParent(changed, path, formattingOptions);
  }
  return changed === text ? undefined : difference(text, changed);
}

function withoutEmptyParent(
  text: string,
  path: readonly (string | number)[],
  formattingOptions: FormattingOptions,
): string {
  const parent = path.slice(0, -1);
  if (!optionalParents.has(String(parent.at(-1)))) return text;
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, parent);
  if (node?.type !== 'object' || (node.children?.length ?? 0) > 0) return text;
  return applyEdits(text, modify(text, parent, undefined, { formattingOptions }));
}

function indentOf(text: string): number {
  return /^( +)"/m.exec(text)?.[1]?.length ?? 2;
}

function difference(before: string, after: string): TextChange {
  let start = 0;
  const most = Math.min(before.length, after.length);
  while (start < most && before[start] === after[start]) start++;
  let kept = 0;
  while (kept < most - start && before[before.length - 1 - kept] === after[after.length - 1 - kept]) kept++;
  return { start, end: before.length - kept, text: after.slice(start, after.length - kept) };
}
