import { WorkbenchError } from '../base/errors.ts';
import { decimalOf, typeText, type DataType, type Field } from './dataType.ts';
import { decimalValue, integerOf, timestampOf } from './values.ts';

const nullDirectory = '__HIVE_DEFAULT_PARTITION__';

/**
 * A partition value of Delta's log, which are texts, as the column's type. Empty is null, as the protocol says.
 * A timestamp without a zone is read as UTC, which is how Delta writes it by default.
 */
export function partitionValue(text: string | null | undefined, type: DataType, where: string): unknown {
  if (text === null || text === undefined || text === '') return null;
  const wrong = (): WorkbenchError =>
    new WorkbenchError(
      'protocol',
      `${where}: the partition value "${text}" is not of the type ${typeText(type)}.`,
    );
  const decimal = decimalOf(type);
  if (decimal) {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    const fraction = (match?.[3] ?? '').padEnd(decimal.scale, '0');
    if (!match || fraction.length > decimal.scale) throw wrong();
    return decimalValue(BigInt(`${match[1]!}${match[2]!}${fraction}`), decimal.precision, decimal.scale);
  }
  switch (type) {
    case 'string':
      return text;
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      if (!/^-?\d+$/.test(text)) throw wrong();
      return integerOf(BigInt(text));
    case 'float':
    case 'double': {
      const number = Number(text);
      if (Number.isNaN(number) && text !== 'NaN') throw wrong();
      return number;
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw wrong();
      return text === 'true';
    case 'binary':
      return Uint8Array.from(Buffer.from(text, 'utf8'));
    case 'date':
      if (!/^[+-]?\d{4,}-\d\d-\d\d$/.test(text)) throw wrong();
      return text;
    case 'timestamp':
    case 'timestamp_ntz': {
      const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z?)$/.exec(text);
      if (!match) throw wrong();
      const [, day, clock, fraction = ''] = match;
      const micros = Number(fraction.padEnd(6, '0'));
      if (type === 'timestamp_ntz')
        return `${day!}T${clock!}${micros === 0 ? '' : `.${fraction.padEnd(6, '0')}`}`;
      return timestampOf(BigInt(Date.parse(`${day!}T${clock!}Z`)) * 1000n + BigInt(micros));
    }
    default:
      throw wrong();
  }
}

/** The columns and texts of a path such as `day=2024-01-01/branch=a%20b`; undefined if a part is none. */
export function hivePartition(directories: readonly string[]): Map<string, string | null> | undefined {
  const values = new Map<string, string | null>();
  for (const directory of directories) {
    const equals = directory.indexOf('=');
    if (equals <= 0) return undefined;
    const text = directory.slice(equals + 1);
    values.set(unescape(directory.slice(0, equals)), text === nullDirectory ? null : unescape(text));
  }
  return values;
}

/** Hive writes special characters of directory names as `%` and two digits, a byte each. */
function unescape(name: string): string {
  return name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** The type that Spark takes partition directories for: the first that all texts fit. */
export function inferPartitionField(name: string, texts: Iterable<string | null>): Field {
  const known = [...texts].filter((text) => text !== null);
  const all = (test: (text: string) => boolean): boolean => known.length > 0 && known.every(test);
  const whole = (text: string): boolean => /^-?\d{1,18}$/.test(text);
  let type = 'string';
  if (all((text) => whole(text) && Math.abs(Number(text)) < 2 ** 31)) type = 'integer';
  else if (all(whole)) type = 'long';
  else if (all((text) => /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text))) type = 'double';
  else if (all((text) => /^\d{4}-\d\d-\d\d$/.test(text))) type = 'date';
  return { name, type, nullable: true };
}
