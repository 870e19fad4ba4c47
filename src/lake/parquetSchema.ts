import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { WorkbenchError } from '../base/errors.ts';
import { parseSchema, type DataType, type Field } from './dataType.ts';

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

/**
 * The footer with the old names of types beside the new ones, which some writers leave out. Lists, maps, the sign of integers
 * and the scale of decimals are looked for in the old ones, here and by hyparquet.
 */
export function withConvertedTypes(metadata: FileMetaData): FileMetaData {
  return { ...metadata, schema: metadata.schema.map(withConvertedType) };
}

function withConvertedType(element: SchemaElement): SchemaElement {
  const { logical_type: logical, converted_type: converted } = element;
  if (converted !== undefined || !logical) return element;
  switch (logical.type) {
    case 'MAP':
    case 'LIST':
      return { ...element, converted_type: logical.type };
    case 'INTEGER':
      return {
        ...element,
        converted_type: `${logical.isSigned ? 'INT' : 'UINT'}_${logical.bitWidth}` as 'INT_8',
      };
    case 'DECIMAL':
      return { ...element, converted_type: 'DECIMAL', scale: logical.scale, precision: logical.precision };
    default:
      return element;
  }
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

function typeOf(node: SchemaTree, where: string, isElement = false): DataType {
  const { element, children } = node;
  const own = (): DataType => {
    if (children.length === 0) return leafType(element, where);
    const list = listOf(node);
    if (list)
      return {
        kind: 'array',
        element: list.isBoxed ? boxType(list.element, where) : typeOf(list.element, where, true),
      };
    const map = mapEntry(node);
    if (map) return { kind: 'map', key: typeOf(map[0], where), value: typeOf(map[1], where) };
    refuse(element, where);
    return { kind: 'struct', fields: children.map((child) => toField(child, where)) };
  };
  const type = own();
  // A repeated field outside of a list is a list of its own.
  return element.repetition_type === 'REPEATED' && !isElement ? { kind: 'array', element: type } : type;
}

const boxType = (node: SchemaTree, where: string): DataType => ({
  kind: 'struct',
  fields: [toField(node, where)],
});

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

/** Throws `unsupported` for a Parquet type whose values cannot be shown. */
export function refuse(element: SchemaElement, where: string): void {
  const kind = element.logical_type?.type ?? element.converted_type;
  if (kind && ['VARIANT', 'GEOMETRY', 'GEOGRAPHY', 'INTERVAL', 'BSON', 'FLOAT16'].includes(kind)) {
    throw new WorkbenchError(
      'unsupported',
      `${where}: column "${element.name}" has the Parquet type ${kind}, which is not supported. Read it through Spark.`,
    );
  }
}

export interface List {
  /** The element's node; the repeated node itself if that is the element. */
  element: SchemaTree;
  /** hyparquet gives the elements of lists whose repeated group has several fields by that group's name. */
  under?: string;
  /** The element is a record of the one field of the repeated group, of which hyparquet gives the field. */
  isBoxed?: boolean;
}

/**
 * How a list is stored, if this is one, by the rules that Spark follows too:
 * https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
 */
export function listOf(node: SchemaTree): List | undefined {
  const [repeated] = node.children;
  if (node.element.converted_type !== 'LIST' || node.children.length !== 1 || !repeated) return undefined;
  const { repetition_type: repetition, name, converted_type: converted } = repeated.element;
  if (repetition !== 'REPEATED') return undefined;
  const [only, ...others] = repeated.children;
  if (!only) return { element: repeated };
  if (others.length > 0) return { element: repeated, under: name };
  if (converted === 'LIST') return { element: repeated };
  const isRecord = name === 'array' || name === `${node.element.name}_tuple`;
  return { element: only, isBoxed: isRecord };
}

/** The nodes of a map's keys and values, if this is a map. */
export function mapEntry(node: SchemaTree): [SchemaTree, SchemaTree] | undefined {
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

/** Sets a property of any name; plain assignment would take `__proto__` for the prototype. */
export function set(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else object[name] = value;
}
