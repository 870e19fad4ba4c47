import { WorkbenchError, describeError } from '../../base/errors.ts';
import { interpolate, type Lookup } from './interpolation.ts';

/**
 * Reads the text of an env file into `variables`: `NAME=value`, `NAME: value`, `export NAME=value`, comments, quotes
 * ('literal', "with escapes and variables"), values over several lines within quotes, and `NAME` alone, which is
 * taken over from `lookup`. Values may use variables: those of `lookup` first, then those read before.
 * See https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/. Throws `invalid` with
 * the path and the line.
 */
export function readDotEnv(
  text: string,
  path: string,
  variables: Map<string, string>,
  lookup: Lookup = () => undefined,
): void {
  const source = text.replace(/^\uFEFF/, '');
  const fault = (at: number, message: string) =>
    new WorkbenchError('invalid', `${path}:${source.slice(0, at).split('\n').length}: ${message}`);
  const expand = (value: string, at: number): string => {
    try {
      return interpolate(value, (name) => lookup(name) ?? variables.get(name));
    } catch (error) {
      throw fault(at, describeError(error));
    }
  };

  let at = 0;
  for (;;) {
    at = skip(/(?:\s|#[^\n]*)*/y, source, at);
    if (at >= source.length) return;
    at = skip(/export[^\S\n]+/y, source, at);
    const start = at;
    const end = skip(/[^=:\n]*/y, source, at);
    const separator = source[end];
    const name = source.slice(start, end).trim();
    const strange = /[^\p{L}\p{N}_.\-[\]\s]/u.exec(name)?.[0];
    if (strange !== undefined) {
      throw fault(start, `"${strange}" cannot be part of a variable's name, in "${lineAt(source, start)}".`);
    }
    if (/\s/.test(name)) throw fault(start, `The name of a variable cannot hold a space: "${name}".`);
    if (separator === undefined || separator === '\n') {
      // A name at the very end, without a line break, is not taken over; this is how the Compose CLI reads it.
      if (separator === undefined) return;
      const inherited = lookup(name);
      if (inherited !== undefined) variables.set(name, inherited);
      at = end;
      continue;
    }
    at = skip(/[^\S\n]*/y, source, end + 1);
    const quote = source[at];
    if (quote === '"' || quote === "'") {
      const match = closingQuote(source, at, quote);
      if (match === undefined) throw fault(at, `This value has no closing quote: ${lineAt(source, at)}`);
      variables.set(name, quote === '"' ? expand(unescape(match.text), at) : match.text);
      at = match.end;
    } else {
      const raw = lineAt(source, at);
      const value = raw.split(' #', 1)[0]!.trimEnd();
      variables.set(name, expand(value, at));
      at += raw.length;
    }
  }
}

/** Reads `NAME=value` lines as they are: no quotes, no variables (`format: raw`). Throws `invalid`. */
export function readRawEnv(
  text: string,
  path: string,
  variables: Map<string, string>,
  lookup: Lookup = () => undefined,
): void {
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const [name, value] = cut(line, '=');
    if (name === '' || /\s/.test(name)) {
      throw new WorkbenchError('invalid', `${path}:${index + 1}: "${name}" is not the name of a variable.`);
    }
    const found = value ?? lookup(name);
    if (found !== undefined) variables.set(name, found);
  }
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.slice(at) : text.slice(at, end);
}

/** What stands between quotes; a backslash before the quote makes it part of the text. */
function closingQuote(text: string, at: number, quote: string): { text: string; end: number } | undefined {
  let value = '';
  for (let index = at + 1; index < text.length; index += 1) {
    const char = text[index]!;
    if (char === quote) return { text: value, end: index + 1 };
    if (char === '\\' && index + 1 < text.length) {
      index += 1;
      const next = text[index]!;
      value += next === quote ? next : `\\${next}`;
    } else {
      value += char;
    }
  }
  return undefined;
}

const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  // Interpolation follows.
  $: '$$',
};

function unescape(text: string): string {
  return text.replace(/\\(?:0(\d{3})|([abfnrtv$"\\]))/g, (match, octal?: string, letter?: string) => {
    if (letter !== undefined) return escapes[letter]!;
    const code = parseInt(octal!, 8);
    return /^[0-7]+$/.test(octal!) && code < 256 ? String.fromCharCode(code) : match;
  });
}
