import type { SchemaElement, SchemaTree } from 'hyparquet';
import { WorkbenchError } from '../base/errors.ts';
import { decimalOf, typeText, type DataType } from './dataType.ts';
import { findColumn, listOf, mapEntry, refuse, set, type Matching } from './parquetSchema.ts';
import {
  dateText,
  decimalValue,
  floorDivide,
  integerOf,
  localText,
  signedOf,
  timeText,
  timestampOf,
} from './values.ts';

/** Turns what hyparquet decodes of one column into the value of a row. */
export type Convert = (raw: unknown) => unknown;

/** How to turn the raw values of a file's column into values of the table's type. Throws if the two do not fit. */
export function converter(type: DataType, node: SchemaTree, matching: Matching, where: string): Convert {
  const nullable =
    (convert: Convert): Convert =>
    (raw) =>
      raw === null || raw === undefined ? null : convert(raw);
  const misfit = (): WorkbenchError =>
    new WorkbenchError(
      'protocol',
      `${where}: column "${node.path.join('.')}" is stored as ${node.element.type ?? 'a group'}, ` +
        `but the table says ${typeText(type)}.`,
    );
  if (typeof type === 'string') {
    if (node.children.length > 0) {
      refuse(node.element, where);
      throw ['variant', 'geometry', 'geography'].some((name) => type.startsWith(name))
        ? unsupportedType(node.element.name, type, where)
        : misfit();
    }
    const convert = leafConverter(type, node.element, where);
    if (!convert) throw misfit();
    return nullable(convert);
  }
  if (type.kind === 'array') {
    const list = listOf(node);
    if (!list && node.element.repetition_type !== 'REPEATED') throw misfit();
    const element = list?.element ?? node;
    if (list?.isBoxed && typeof type.element !== 'string' && type.element.kind === 'struct') {
      const [field] = type.element.fields;
      if (!field || type.element.fields.length !== 1) throw misfit();
      const inner = converter(field.type, element, matching, where);
      return nullable((raw) =>
        arrayOf(raw, misfit).map((value) => {
          const struct: Record<string, unknown> = {};
          set(struct, field.name, inner(value));
          return struct;
        }),
      );
    }
    const isRepeated = element.element.repetition_type === 'REPEATED';
    const convert = converter(type.element, isRepeated ? asOptional(element) : element, matching, where);
    const under = list?.under;
    return (raw) => {
      // Of lists without a group around their elements, hyparquet gives null for none, and undefined for no list.
      if (raw === undefined || (raw === null && !(isRepeated && under === undefined))) return null;
      const elements = under === undefined ? raw : (raw as Record<string, unknown>)[under];
      return arrayOf(elements, misfit).map(convert);
    };
  }
  if (type.kind === 'map') {
    const entry = mapEntry(node);
    if (!entry) throw misfit();
    const [keyNode, valueNode] = entry;
    const key = converter(type.key, keyNode, matching, where);
    const value = converter(type.value, valueNode, matching, where);
    const container = node.children[0]!.element.name;
    const [keyName, valueName] = [keyNode.element.name, valueNode.element.name];
    const byName = type.key === 'string';
    return nullable((raw) => {
      const entries = arrayOf((raw as Record<string, unknown>)[container], misfit) as Record<
        string,
        unknown
      >[];
      if (!byName) return entries.map((e) => ({ key: key(e[keyName]), value: value(e[valueName]) }));
      const object: Record<string, unknown> = {};
      for (const e of entries) set(object, String(key(e[keyName])), value(e[valueName]));
      return object;
    });
  }
  if (node.children.length === 0 || listOf(node) || mapEntry(node)) throw misfit();
  const parts = type.fields.map((field): [string, string | undefined, Convert] => {
    const child = findColumn(node.children, field, matching);
    return [
      field.name,
      child?.element.name,
      child ? converter(field.type, child, matching, where) : () => null,
    ];
  });
  return nullable((raw) => {
    const struct: Record<string, unknown> = {};
    for (const [name, stored, convert] of parts) {
      set(struct, name, stored === undefined ? null : convert((raw as Record<string, unknown>)[stored]));
    }
    return struct;
  });
}

const asOptional = (node: SchemaTree): SchemaTree => ({
  ...node,
  element: { ...node.element, repetition_type: 'OPTIONAL' },
});

function arrayOf(raw: unknown, misfit: () => WorkbenchError): unknown[] {
  if (raw === null || raw === undefined) return [];
  if (!Array.isArray(raw) && !ArrayBuffer.isView(raw)) throw misfit();
  return Array.from(raw as ArrayLike<unknown>);
}

/** For one stored type and the table's type; undefined if the two do not fit. */
function leafConverter(type: string, element: SchemaElement, where: string): Convert | undefined {
  refuse(element, where);
  const stored = element.type;
  const integer = stored === 'INT32' || stored === 'INT64';
  const bytes = stored === 'BYTE_ARRAY' || stored === 'FIXED_LEN_BYTE_ARRAY';
  const decimal = decimalOf(type);
  if (decimal) {
    const scale =
      element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL'
        ? (element.scale ?? 0)
        : 0;
    const unsigned = element.converted_type === 'UINT_64';
    const grow = 10n ** BigInt(Math.max(0, decimal.scale - scale));
    if (scale > decimal.scale || (!integer && !bytes)) return undefined;
    return (raw) => {
      const value = bytes ? signedOf(asBytes(raw)) : BigInt(raw as number | bigint);
      return decimalValue(
        (unsigned ? BigInt.asUintN(64, value) : value) * grow,
        decimal.precision,
        decimal.scale,
      );
    };
  }
  switch (type) {
    case 'boolean':
      return stored === 'BOOLEAN' ? (raw) => raw : undefined;
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      if (!integer) return undefined;
      if (element.converted_type === 'UINT_32') return (raw) => Number(raw) >>> 0;
      return (raw) => (typeof raw === 'bigint' ? integerOf(raw) : raw);
    case 'float':
    case 'double':
      if (stored === 'FLOAT' || stored === 'DOUBLE') return (raw) => raw;
      return stored === 'INT32' ? (raw) => raw : undefined;
    case 'string':
      return bytes
        ? (raw) => (typeof raw === 'string' ? raw : Buffer.from(asBytes(raw)).toString('utf8'))
        : undefined;
    case 'binary':
      // Copied: what hyparquet gives is a view of a whole page.
      return bytes
        ? (raw) => Uint8Array.from(typeof raw === 'string' ? Buffer.from(raw) : asBytes(raw))
        : undefined;
    case 'date':
      return stored === 'INT32' ? (raw) => dateText(Number(raw)) : undefined;
    case 'timestamp':
    case 'timestamp_ntz':
    case 'time': {
      if (element.logical_type?.type === 'TIMESTAMP' && element.logical_type.unit === 'NANOS') {
        return (raw) => nanosText(BigInt(raw as number | bigint), type === 'timestamp');
      }
      const show = type === 'timestamp' ? timestampOf : type === 'time' ? timeText : localText;
      const micros = microsOf(element);
      return micros && ((raw) => show(micros(raw)));
    }
    case 'void':
    case 'null':
      return () => null;
    default:
      if (/^(char|varchar)\(\d+\)$/.test(type) || type.startsWith('string '))
        return leafConverter('string', element, where);
      if (type.startsWith('interval'))
        return integer ? (raw) => (typeof raw === 'bigint' ? integerOf(raw) : raw) : undefined;
      throw unsupportedType(element.name, type, where);
  }
}

function unsupportedType(name: string, type: string, where: string): WorkbenchError {
  return new WorkbenchError(
    'unsupported',
    `${where}: column "${name}" has the type ${type}, which is not supported. Read it through Spark.`,
  );
}

function asBytes(raw: unknown): Uint8Array {
  if (raw instanceof Uint8Array) return raw;
  throw new WorkbenchError('protocol', 'A Parquet page has text where bytes were expected.');
}

/** Of nanoseconds that are whole microseconds as any instant, else as text: nothing is cut off. */
function nanosText(nanos: bigint, isInstant: boolean): unknown {
  const micros = floorDivide(nanos, 1000n);
  const rest = nanos - micros * 1000n;
  if (rest === 0n) return isInstant ? timestampOf(micros) : localText(micros);
  const second = localText(floorDivide(micros, 1_000_000n) * 1_000_000n);
  const fraction = nanos - floorDivide(nanos, 1_000_000_000n) * 1_000_000_000n;
  return `${second}.${String(fraction).padStart(9, '0')}${isInstant ? 'Z' : ''}`;
}

/** Nanoseconds of INT96, which Spark too reads as microseconds. */
function int96Micros(nanos: bigint): bigint {
  // Where the time of the day is below zero, hyparquet loses the day.
  const lost = nanos + 2_440_589n * 86_400_000_000_000n;
  if (lost >= 2n ** 63n && lost < 2n ** 64n) {
    throw new WorkbenchError(
      'unsupported',
      'A column has an INT96 timestamp with negative nanoseconds, which is not supported. Read it through Spark.',
    );
  }
  return floorDivide(nanos, 1000n);
}

function microsOf({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): ((raw: unknown) => bigint) | undefined {
  // hyparquet gives INT96 through its parser for nanoseconds, which is set to give the bigint.
  if (type === 'INT96') return (raw) => int96Micros(raw as bigint);
  if (type !== 'INT64' && type !== 'INT32') return undefined;
  const unit =
    logical?.type === 'TIMESTAMP' || logical?.type === 'TIME'
      ? logical.unit
      : converted === 'TIMESTAMP_MILLIS' || converted === 'TIME_MILLIS'
        ? 'MILLIS'
        : 'MICROS';
  if (type === 'INT32' && converted === 'DATE') return (raw) => BigInt(raw as number) * 86_400_000_000n;
  if (unit === 'MILLIS') return (raw) => BigInt(raw as number | bigint) * 1000n;
  if (unit === 'NANOS') return (raw) => floorDivide(BigInt(raw as number | bigint), 1000n);
  return (raw) => BigInt(raw as number | bigint);
}
