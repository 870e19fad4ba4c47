import { WorkbenchError } from '../../base/errors.ts';

/** The value of a Compose variable, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** One `${NAME}` of a template. */
export interface VariableUse {
  name: string;
  /** The default as it is written, of `${NAME:-default}` or `${NAME-default}`. */
  fallback?: string;
}

type Operator = ':-' | '-' | ':?' | '?' | ':+' | '+';

interface Reference {
  name: string;
  operator?: Operator;
  /** What follows the operator; it may hold references of its own. */
  word: Template;
  wordText: string;
}

type Template = (string | Reference)[];

/**
 * Replaces the variables of one Compose value: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
 * `${NAME:?error}`, `${NAME?error}`, `${NAME:+other}`, `${NAME+other}`, and `$$` for a dollar sign; one before anything else stands for itself. With the colon an
 * empty variable counts as unset. What follows an operator may hold variables, and is looked at only where it is used.
 * See https://docs.docker.com/reference/compose-file/interpolation/. Throws `invalid`.
 */
export function interpolate(template: string, lookup: Lookup): string {
  return evaluate(parse(template), lookup);
}

/** All variables that a template names, nested ones too, in order. Throws `invalid`. */
export function variablesOf(template: string): VariableUse[] {
  return collect(parse(template));
}

function collect(template: Template): VariableUse[] {
  return template.flatMap((part) => {
    if (typeof part === 'string') return [];
    const isDefault = part.operator === ':-' || part.operator === '-';
    const use: VariableUse = isDefault ? { name: part.name, fallback: part.wordText } : { name: part.name };
    return [use, ...collect(part.word)];
  });
}

function evaluate(template: Template, lookup: Lookup): string {
  return template.map((part) => (typeof part === 'string' ? part : evaluateReference(part, lookup))).join('');
}

function evaluateReference(reference: Reference, lookup: Lookup): string {
  const { name, operator, word } = reference;
  const value = lookup(name);
  if (operator === undefined) return value ?? '';
  const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (operator) {
    case ':-':
    case '-':
      return isSet ? value! : evaluate(word, lookup);
    case ':+':
    case '+':
      return isSet ? evaluate(word, lookup) : '';
    case ':?':
    case '?': {
      if (isSet) return value!;
      const why = evaluate(word, lookup);
      throw new WorkbenchError('invalid', `The variable ${name} is required${why ? `: ${why}` : ''}.`);
    }
  }
}

/** Parses a template, or with `nested` the word of a reference, which ends at its `}`. */
function parse(text: string): Template {
  const [template, end] = parseUntil(text, 0, false);
  if (end !== text.length) throw malformed(text, end);
  return template;
}

function parseUntil(text: string, start: number, nested: boolean): [Template, number] {
  const template: Template = [];
  let at = start;
  let literal = '';
  // A default may be JSON: only the brace that closes the reference ends it.
  let openBraces = 0;
  const flush = (): void => {
    if (literal) template.push(literal);
    literal = '';
  };
  while (at < text.length) {
    const char = text[at]!;
    if (nested && char === '}' && openBraces === 0) break;
    if (char !== '$') {
      if (char === '{') openBraces += 1;
      if (char === '}') openBraces -= 1;
      literal += char;
      at += 1;
    } else if (text[at + 1] === '$') {
      literal += '$';
      at += 2;
    } else if (!/[{_a-z]/i.test(text[at + 1] ?? '')) {
      // `$(date)`, `$1`, or one at the end: nothing of Compose's.
      literal += char;
      at += 1;
    } else {
      flush();
      const [reference, end] = parseReference(text, at);
      template.push(reference);
      at = end;
    }
  }
  flush();
  return [template, at];
}

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const operatorPattern = /:-|:\?|:\+|-|\?|\+/y;

function parseReference(text: string, dollar: number): [Reference, number] {
  const braced = text[dollar + 1] === '{';
  const nameAt = dollar + (braced ? 2 : 1);
  const name = match(namePattern, text, nameAt);
  if (name === undefined) throw malformed(text, dollar);
  let at = nameAt + name.length;
  if (!braced) return [{ name, word: [], wordText: '' }, at];
  if (text[at] === '}') return [{ name, word: [], wordText: '' }, at + 1];
  const operator = match(operatorPattern, text, at) as Operator | undefined;
  if (operator === undefined) throw malformed(text, dollar);
  at += operator.length;
  const [word, end] = parseUntil(text, at, true);
  if (text[end] !== '}') throw malformed(text, dollar);
  return [{ name, operator, word, wordText: text.slice(at, end) }, end + 1];
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function malformed(text: string, at: number): WorkbenchError {
  return new WorkbenchError(
    'invalid',
    `"${text.slice(at, at + 40)}" is not a variable: write \${NAME}, \${NAME:-default}, or $$ for a dollar sign.`,
  );
}
