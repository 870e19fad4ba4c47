import type { MimeBundle, RunEvent } from '../../../session/sessionTypes.ts';
import { htmlText } from './htmlText.ts';
import type { Output } from './runOutputs.ts';

/** Escape sequences of terminals: colours, cursor, titles. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-Z\\^_`-~])/g;

/** Text without what only a terminal understands. */
export function withoutEscapes(text: string): string {
  return text.replace(escapes, '');
}

/** A value of a bundle as text; notebooks write texts as lists of lines. */
export function bundleText(bundle: MimeBundle, type: string): string | undefined {
  const value = bundle[type];
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value.join('');
  return undefined;
}

/** Text that says no more than which object there is: `<IPython.core.display.HTML object>`. */
const onlyNamed = /^<[\w.]+ (?:object|(?:object )?at 0x[\da-f]+)>$/i;

/** The best text that a bundle has: plain, else words of its other types. */
export function plainTextOf(bundle: MimeBundle): string {
  const plain = bundleText(bundle, 'text/plain');
  if (plain !== undefined && !onlyNamed.test(plain)) return plain;
  const rich = bundleText(bundle, 'text/markdown') ?? bundleText(bundle, 'text/latex');
  if (rich !== undefined) return rich;
  const html = htmlText(bundleText(bundle, 'text/html') ?? '');
  if (html !== '') return html;
  const json = bundle['application/json'];
  if (json !== undefined) return JSON.stringify(json, undefined, 2);
  if (plain !== undefined) return plain;
  const types = Object.keys(bundle);
  return types.length === 0 ? '' : `<${types.join(', ')}>`;
}

/** What an output says, for the clipboard. */
export function outputText(output: Output): string {
  switch (output.kind) {
    case 'text':
      return withoutEscapes(output.text.text);
    case 'data':
      return `${plainTextOf(output.bundle)}\n`;
    case 'error':
      return errorText(output);
    case 'gap':
      return '…\n';
  }
}

/** What an event adds to the whole text of a run. */
export function eventText(event: RunEvent): string {
  switch (event.kind) {
    case 'stream':
      return withoutEscapes(event.text);
    case 'data':
      return `${plainTextOf(event.bundle)}\n`;
    case 'error':
      return errorText(event);
    case 'gap':
      return '…\n';
    default:
      return '';
  }
}

function errorText({
  name,
  message,
  traceback,
}: {
  name: string;
  message: string;
  traceback: readonly string[];
}): string {
  const text = withoutEscapes(traceback.join('\n'));
  return `${text === '' ? `${name}: ${message}` : text}\n`;
}
