import * as l10n from '@vscode/l10n';
import type { WholeCell, WireTree } from '../../src/vscode/tables/tableProtocol.ts';
import { make } from '../shared/elements.ts';
import { CellText, offsetText, type CellStyle } from './cellText.ts';

const bytesInLine = 16;
const opensTo = 2;

/** A whole value: a nested one as a tree, bytes in hexadecimal digits and as text, a time in its zone. */
export function cellPane(cell: WholeCell, type: string, style: CellStyle): Node[] {
  const { value, tree, text, size } = cell;
  const writer = new CellText(type, style);
  if (tree) return [treeView(tree, writer, '', 0)];
  if (value === null) return [make('p', { class: 'value null' }, 'null')];
  if (typeof value === 'object' && value.t === 'binary') {
    return [
      make('p', { class: 'dim' }, l10n.t('{0} bytes', (size ?? value.size).toLocaleString(style.language))),
      hexView(text ?? value.text),
      ...cutNote((text ?? value.text).length / 2, size ?? value.size, style),
    ];
  }
  if (typeof value === 'object' && value.t === 'timestamp') {
    const micros = BigInt(value.text);
    const offset = style.zone === 'UTC' ? 'UTC' : `${offsetText(style.zone, micros)} ${style.zone}`;
    return [
      make('p', { class: 'value' }, `${writer.text(value)} ${offset}`),
      make(
        'p',
        { class: 'dim' },
        l10n.t('{0} microseconds since 1970', micros.toLocaleString(style.language)),
      ),
    ];
  }
  const whole = text ?? writer.text(value);
  return [
    make('pre', { class: 'value', tabindex: 0 }, whole),
    ...(size === undefined || typeof value === 'number'
      ? []
      : [make('p', { class: 'dim' }, l10n.t('{0} characters', size.toLocaleString(style.language)))]),
    ...cutNote(whole.length, size ?? whole.length, style),
  ];
}

function cutNote(shown: number, all: number, { language }: CellStyle): Node[] {
  if (shown >= all) return [];
  return [
    make('p', { class: 'dim' }, l10n.t('Only the first {0} are shown.', shown.toLocaleString(language))),
  ];
}

function treeView(tree: WireTree, writer: CellText, name: string, depth: number): HTMLElement {
  const label = name === '' ? undefined : make('span', { class: 'tree-name' }, `${name}: `);
  if (tree.kind === 'leaf') {
    const text = writer.text(tree.value);
    const isNull = tree.value === null;
    return make(
      'div',
      { class: 'tree-leaf' },
      label,
      make('span', { class: isNull ? 'null' : undefined }, text),
    );
  }
  const count = tree.kind === 'list' ? l10n.t('list of {0}', tree.size) : l10n.t('struct of {0}', tree.size);
  const details = make(
    'details',
    { class: 'tree', open: depth < opensTo },
    make('summary', {}, label, make('span', { class: 'dim' }, count)),
  );
  const fill = (): void => {
    if (details.childElementCount > 1) return;
    const left = tree.size - tree.parts.length;
    details.append(
      ...tree.parts.map((part) => treeView(part.tree, writer, part.name, depth + 1)),
      ...(left > 0 ? [make('div', { class: 'tree-leaf dim' }, l10n.t('… {0} more', left))] : []),
    );
  };
  // Elements of what is closed are made when it is opened.
  if (depth < opensTo) fill();
  else details.addEventListener('toggle', fill);
  return details;
}

/** Place, sixteen bytes and the same as text, a line each. */
function hexView(hex: string): HTMLElement {
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += bytesInLine * 2) {
    const pairs = hex.slice(at, at + bytesInLine * 2).match(/../g) ?? [];
    const text = pairs.map((pair) => printable(Number.parseInt(pair, 16))).join('');
    const place = (at / 2).toString(16).padStart(6, '0');
    lines.push(`${place}  ${pairs.join(' ').padEnd(bytesInLine * 3 - 1)}  ${text}`);
  }
  return make('pre', { class: 'hex', tabindex: 0 }, lines.join('\n'));
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}
