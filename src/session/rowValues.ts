import * as v from 'valibot';
import { WorkbenchError } from '../base/errors.ts';
import { set } from '../lake/parquetSchema.ts';
import { dateText, localText, timestampOf, timeText } from '../lake/values.ts';

/** The beginning of a value that is too long to be shown: of a text, of bytes, of a list or a map. */
export class CutValue {
  readonly beginning: unknown;
  /** Of the whole: UTF-16 units, bytes, or parts. */
  readonly size: number;

  constructor(beginning: unknown, size: number) {
    this.beginning = beginning;
    this.size = size;
  }
}

const text = v.string();
const whole = v.union([v.pipe(v.number(), v.safeInteger()), v.pipe(v.string(), v.regex(/^-?\d{1,19}$/))]);
const list = v.array(v.unknown());
const pairs = v.array(v.tuple([v.unknown(), v.unknown()]));
const named = v.array(v.tuple([v.string(), v.unknown()]));
const floats = v.picklist(['NaN', 'Infinity', '-Infinity', '-0']);

/** Deeper than any table; a limit, since the value comes from outside. */
const maxDepth = 100;

/**
 * A value of `medallion_kernel/row_values.py`, which says what its letters mean, as values.ts has it. Throws `protocol`
 * for what is none.
 */
export function rowValue(sent: unknown, depth = 0): unknown {
  if (typeof sent !== 'object' || sent === null) {
    if (sent !== undefined) return sent;
    throw notAValue();
  }
  if (depth > maxDepth) throw notAValue();
  const inner = (part: unknown): unknown => rowValue(part, depth + 1);
  if ('x' in sent && 'z' in sent) return new CutValue(inner(sent.x), read(v.number(), sent.z));
  const [letter, content] = only(sent);
  switch (letter) {
    case 'l':
      return BigInt(read(whole, content));
    case 'd':
      return read(text, content);
    case 'f':
      return Number(read(floats, content));
    case 't':
      return timestampOf(BigInt(read(whole, content)));
    case 'n':
      return localText(BigInt(read(whole, content)));
    case 'D':
      return dateText(Number(read(whole, content)));
    case 'c':
      return timeText(BigInt(read(whole, content)));
    case 'b':
      return Uint8Array.from(Buffer.from(read(text, content), 'base64'));
    case 'a':
      return read(list, content).map(inner);
    case 's': {
      const object: Record<string, unknown> = {};
      for (const [name, value] of read(named, content)) set(object, name, inner(value));
      return object;
    }
    case 'm':
      return read(pairs, content).map(([key, value]) => ({ key: inner(key), value: inner(value) }));
    default:
      throw notAValue();
  }
}

function only(sent: object): [string, unknown] {
  const [first, ...more] = Object.entries(sent);
  if (!first || more.length > 0) throw notAValue();
  return first;
}

function read<T>(schema: v.GenericSchema<unknown, T>, content: unknown): T {
  const parsed = v.safeParse(schema, content);
  if (!parsed.success) throw notAValue();
  return parsed.output;
}

function notAValue(): WorkbenchError {
  return new WorkbenchError('protocol', 'The session sent a value that cannot be read.');
}
