import { parse } from 'lossless-json';
import { WorkbenchError } from '../../base/errors.ts';
import { integerOf } from '../values.ts';
import { exactNumber } from './textTypes.ts';

/** Deeper than any data; a limit for those who walk the value. */
const maxDepth = 200;

/** Digits that a double may not have room for, or an exponent: rare, so that most texts are parsed by the engine itself. */
const riskyNumber = /[\d.]{16}|\d[eE]/;

/**
 * Parses JSON without rounding a number: an integer that a double cannot hold becomes a bigint, another number its text.
 * `where` begins the sentence of an error: `Line 3 of "/a.json"`. Throws `protocol`, or `unsupported` for absurd nesting.
 */
export function parseJson(text: string, where: string): unknown {
  if (depthOf(text) > maxDepth) {
    throw new WorkbenchError(
      'unsupported',
      `${where} is nested more than ${maxDepth} deep, which is not shown here.`,
    );
  }
  try {
    if (!riskyNumber.test(text)) return JSON.parse(text) as unknown;
    return parse(text, undefined, {
      parseNumber: numberOf,
      // As the engine does it: the last one counts.
      onDuplicateKey: ({ newValue }) => newValue,
    });
  } catch (error) {
    throw new WorkbenchError('protocol', `${where} is not JSON. Mend the file.`, { cause: error });
  }
}

function numberOf(text: string): number | bigint | string {
  if (/^-?\d+$/.test(text)) {
    const value = integerOf(BigInt(text));
    return value === 0 && text.startsWith('-') ? -0 : value;
  }
  return exactNumber(text) ?? text;
}

/** How deep brackets are nested, those in strings left aside. */
function depthOf(text: string): number {
  let [depth, most] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22:
        for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x5b:
      case 0x7b:
        most = Math.max(most, ++depth);
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return most;
}
