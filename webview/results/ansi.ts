/* eslint-disable no-control-regex -- they are what this file is about */

/** One of the terminal's sixteen colours, or any other as `#rrggbb`. */
export type AnsiColor = number | string;

/** How text looks; what is absent is as usual. */
export interface AnsiStyle {
  readonly color?: AnsiColor;
  readonly background?: AnsiColor;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly struck?: boolean;
  readonly inverse?: boolean;
}

export interface AnsiSpan {
  text: string;
  style: AnsiStyle;
}

const plain: AnsiStyle = {};
/** Sequences, whole or broken, and characters that would do something. */
const special =
  /\u001b\[([0-9;:]*)m|\u001b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~]?)|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/** The parts of a line that look alike, and how the next line begins. Colours are shown, all else is left out. */
export function ansiSpans(line: string, before: AnsiStyle = plain): { spans: AnsiSpan[]; style: AnsiStyle } {
  const spans: AnsiSpan[] = [];
  let style = before;
  let from = 0;
  const add = (text: string): void => {
    if (text === '') return;
    const last = spans.at(-1);
    if (last?.style === style) last.text += text;
    else spans.push({ text, style });
  };
  for (const match of line.matchAll(special)) {
    add(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] !== undefined) style = styled(style, match[1]);
  }
  add(line.slice(from));
  return { spans, style };
}

function styled(before: AnsiStyle, sequence: string): AnsiStyle {
  const codes = sequence.split(/[;:]/).map(Number);
  let style = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === 38 || code === 48) {
      const { color, length } = longColor(codes.slice(at + 1));
      if (color !== undefined) style = { ...style, [code === 38 ? 'color' : 'background']: color };
      at += length;
    } else style = withCode(style, code);
  }
  return style;
}

function withCode(style: AnsiStyle, code: number): AnsiStyle {
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 82 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  switch (code) {
    case 0:
      return plain;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 9:
      return { ...style, struck: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 23:
      return { ...style, italic: false };
    case 24:
      return { ...style, underline: false };
    case 27:
      return { ...style, inverse: false };
    case 29:
      return { ...style, struck: false };
    case 39:
      return without(style, 'color');
    case 49:
      return without(style, 'background');
    default:
      return style;
  }
}

function without(style: AnsiStyle, key: 'color' | 'background'): AnsiStyle {
  return Object.fromEntries(Object.entries(style).filter(([name]) => name !== key));
}

/** What follows 38 and 48: `5;n` or `2;r;g;b`. `length` is how many codes that takes. */
function longColor([kind, ...codes]: readonly number[]): { color: AnsiColor | undefined; length: number } {
  if (kind === 5) return { color: colorOf256(codes[0] ?? 0), length: 2 };
  if (kind === 2) return { color: hex(codes[0] ?? 0, codes[1] ?? 0, codes[2] ?? 0), length: 4 };
  return { color: undefined, length: 1 };
}

function colorOf256(n: number): AnsiColor | undefined {
  if (!(n >= 0 && n <= 255)) return undefined;
  if (n < 16) return n;
  if (n >= 232) return hex(8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10);
  const step = (part: number): number => (part === 0 ? 0 : 55 + part * 40);
  return hex(step(Math.floor((n - 16) / 36)), step(Math.floor((n - 16) / 6) % 6), step((n - 16) % 6));
}

function hex(...parts: number[]): string {
  const two = (n: number): string => Math.min(255, Math.max(0, n)).toString(16).padStart(2, '0');
  return `#${parts.map(two).join('')}`;
}
