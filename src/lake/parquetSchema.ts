import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { WorkbenchError } from '../base/errors.ts';
import { decimalOf, parseSchema, typeText, type DataType, type Field } from './dataType.ts';
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

/**
 * The footer with all logical types of values taken off, so that hyparquet hands over the stored integers and bytes:
 * its own conversions go through floating point, milliseconds and objects with the keys of a map as names. Strings
 * stay, and lists, whose levels only hyparquet knows.
 */
export function rawMetadata(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => {
      if (element.num_children) {
        return element.converted_type === 'MAP' || element.converted_type === 'MAP_KEY_VALUE'
          ? without(element, undefined)
          : element;
      }
      return without(element, isText(element) ? 'UTF8' : undefined);
    }),
  };
}

function without(element: SchemaElement, converted: 'UTF8' | undefined): SchemaElement {
  const rest = { ...element };
  delete rest.converted_type;
  delete rest.logical_type;
  return converted ? { ...rest, converted_type: converted } : rest;
}

function isText({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (type !== 'BYTE_ARRAY') return false;
  return (
    (converted !== undefined && ['UTF8', 'ENUM', 'JSON'].includes(converted)) ||
    (logical !== undefined && ['STRING', 'ENUM', 'JSON'].includes(logical.type))
  );
}

/** The columns of a Parquet file: as Spark noted them in the footer, or else as their Parquet types say. */
export function columnsOf(metadata: FileMetaData, where: string): Field[] {
  const noted = metadata.key_value_metadata?.find(
    ({ key }) => key === 'org.apache.spark.sql.parquet.row.metadata',
  );
  if (noted?.value !== undefined) return parseSchema(noted.value, where);
  return parquetSchema(metadata).children.map((node) => toField(node, where));
}

function toField(node: SchemaTree, where: string): Field {
  return {
    name: node.element.name,
    type: typeOf(node, where),
    nullable: node.element.repetition_type !== 'REQUIRED',
  };
}

function typeOf(node: SchemaTree, where: string): DataType {
  const { element, children } = node;
  const own = (): DataType => {
    if (children.length === 0) return leafType(element, where);
    const list = listElement(node);
    if (list) return { kind: 'array', element: typeOf(list, where) };
    const map = mapEntry(node);
    if (map) return { kind: 'map', key: typeOf(map[0], where), value: typeOf(map[1], where) };
    refuse(element, where);
    return { kind: 'struct', fields: children.map((child) => toField(child, where)) };
  };
  const type = own();
  // A repeated field outside of a list is a list of its own.
  return element.repetition_type === 'REPEATED' && !isInList(node) ? { kind: 'array', element: type } : type;
}

const isInList = (node: SchemaTree): boolean =>
  /(^|\.)(list|bag|array|key_value|map)$/.test(node.path.slice(0, -1).join('.'));

function leafType(element: SchemaElement, where: string): DataType {
  refuse(element, where);
  const { type, converted_type: converted, logical_type: logical, precision = 10, scale = 0 } = element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return `decimal(${precision},${scale})`;
  if (isText(element)) return 'string';
  switch (type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INT32':
      if (converted === 'DATE' || logical?.type === 'DATE') return 'date';
      if (logical?.type === 'TIME' || converted === 'TIME_MILLIS') return 'time';
      if (converted === 'UINT_32') return 'long';
      if (converted === 'INT_8') return 'byte';
      return converted === 'INT_16' || converted === 'UINT_8' ? 'short' : 'integer';
    case 'INT64':
      if (logical?.type === 'TIMESTAMP') return logical.isAdjustedToUTC ? 'timestamp' : 'timestamp_ntz';
      if (converted === 'TIMESTAMP_MILLIS' || converted === 'TIMESTAMP_MICROS') return 'timestamp';
      if (logical?.type === 'TIME' || converted === 'TIME_MICROS') return 'time';
      return converted === 'UINT_64' ? 'decimal(20,0)' : 'long';
    case 'INT96':
      return 'timestamp';
    case 'FLOAT':
      return 'float';
    case 'DOUBLE':
      return 'double';
    default:
      return 'binary';
  }
}

function refuse(element: SchemaElement, where: string): void {
  const kind = element.logical_type?.type ?? element.converted_type;
  if (kind && ['VARIANT', 'GEOMETRY', 'GEOGRAPHY', 'INTERVAL', 'BSON', 'FLOAT16'].includes(kind)) {
    throw new WorkbenchError(
      'unsupported',
      `${where}: column "${element.name}" has the Parquet type ${kind}, which is not supported. Read it through Spark.`,
    );
  }
}

/** The element's node if this is a list, found as hyparquet finds it. */
function listElement(node: SchemaTree): SchemaTree | undefined {
  const [repeated] = node.children;
  if (node.element.converted_type !== 'LIST' || node.children.length !== 1 || !repeated) return undefined;
  if (repeated.element.repetition_type !== 'REPEATED' || repeated.children.length > 1) return undefined;
  return repeated.children[0] ?? repeated;
}

function mapEntry(node: SchemaTree): [SchemaTree, SchemaTree] | undefined {
  const [repeated] = node.children;
  const converted = node.element.converted_type;
  if (converted !== 'MAP' && converted !== 'MAP_KEY_VALUE') return undefined;
  if (node.children.length !== 1 || repeated?.element.repetition_type !== 'REPEATED') return undefined;
  const [key, value] = repeated.children;
  return key && value && repeated.children.length === 2 ? [key, value] : undefined;
}

/** How a table's schema finds a column in a file. */
export type Matching = 'name' | 'id';

/** The node of a column in a file, or undefined if the file has none: it was written before the column came. */
export function findColumn(
  nodes: readonly SchemaTree[],
  field: Field,
  matching: Matching,
): SchemaTree | undefined {
  if (matching === 'id') return nodes.find(({ element }) => element.field_id === field.fieldId);
  const name = field.physicalName ?? field.name;
  return (
    nodes.find(({ element }) => element.name === name) ??
    // Spark does not tell upper from lower case.
    nodes.find(({ element }) => element.name.toLowerCase() === name.toLowerCase())
  );
}

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
    if (node.children.length > 0) throw misfit();
    const convert = leafConverter(type, node.element, where);
    if (!convert) throw misfit();
    return nullable(convert);
  }
  if (type.kind === 'array') {
    const element = listElement(node) ?? (node.element.repetition_type === 'REPEATED' ? node : undefined);
    if (!element) throw misfit();
    const convert =
      element === node
        ? converter(type.element, asOptional(node), matching, where)
        : converter(type.element, element, matching, where);
    return nullable((raw) => arrayOf(raw, misfit).map(convert));
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
  if (node.children.length === 0 || listElement(node) || mapEntry(node)) throw misfit();
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

/** Sets a property of any name; plain assignment would take `__proto__` for the prototype. */
export function set(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else object[name] = value;
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
      throw new WorkbenchError(
        'unsupported',
        `${where}: column "${element.name}" has the type ${type}, which is not supported. Read it through Spark.`,
      );
  }
}

function asBytes(raw: unknown): Uint8Array {
  if (raw instanceof Uint8Array) return raw;
  throw new WorkbenchError('protocol', 'A Parquet page has text where bytes were expected.');
}

function microsOf({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): ((raw: unknown) => bigint) | undefined {
  // hyparquet gives INT96 through its parser for nanoseconds, which is set to give the bigint.
  if (type === 'INT96') return (raw) => floorDivide(raw as bigint, 1000n);
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
