import * as v from 'valibot';
import { WorkbenchError } from '../base/errors.ts';

/** A type as Spark names it: a primitive by its name (`long`, `decimal(10,2)`), or a nested one. */
export type DataType =
  | string
  | { kind: 'array'; element: DataType }
  | { kind: 'map'; key: DataType; value: DataType }
  | { kind: 'struct'; fields: Field[] };

export interface Field {
  name: string;
  type: DataType;
  nullable: boolean;
  comment?: string;
  /** How the column is called in the data files, if not by its name (Delta's column mapping). */
  physicalName?: string;
  /** The column's `field_id` in the data files (Delta's column mapping by id). */
  fieldId?: number;
}

const metadata = v.optional(v.record(v.string(), v.unknown()), {});
const structJson = v.object({
  type: v.literal('struct'),
  fields: v.array(
    v.object({ name: v.string(), type: v.unknown(), nullable: v.optional(v.boolean(), true), metadata }),
  ),
});
const arrayJson = v.object({ type: v.literal('array'), elementType: v.unknown() });
const mapJson = v.object({ type: v.literal('map'), keyType: v.unknown(), valueType: v.unknown() });
const userJson = v.object({ type: v.literal('udt'), sqlType: v.unknown() });

/** Deeper than any table; a limit, since the text comes from a file. */
const maxDepth = 100;

/** Reads Spark's JSON form of a schema, as Delta's `schemaString` and Parquet footers have it. Throws `protocol`. */
export function parseSchema(text: string, where: string): Field[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new WorkbenchError('protocol', `${where}: its schema is not JSON.`, { cause: error });
  }
  const type = parseType(json, where, 0);
  if (typeof type === 'string' || type.kind !== 'struct') {
    throw new WorkbenchError('protocol', `${where}: its schema is not a list of columns.`);
  }
  return type.fields;
}

function parseType(json: unknown, where: string, depth: number): DataType {
  if (typeof json === 'string') return json;
  const wrong = new WorkbenchError('protocol', `${where}: its schema has a part that is not a type.`);
  if (depth > maxDepth) throw wrong;
  const kind = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  const read = <S extends v.GenericSchema>(schema: S): v.InferOutput<S> => {
    const parsed = v.safeParse(schema, json);
    if (!parsed.success) throw wrong;
    return parsed.output;
  };
  const inner = (type: unknown): DataType => parseType(type, where, depth + 1);
  switch (kind) {
    case 'struct':
      return {
        kind: 'struct',
        fields: read(structJson).fields.map((field) => toField(field, inner(field.type))),
      };
    case 'array':
      return { kind: 'array', element: inner(read(arrayJson).elementType) };
    case 'map': {
      const { keyType, valueType } = read(mapJson);
      return { kind: 'map', key: inner(keyType), value: inner(valueType) };
    }
    case 'udt':
      return inner(read(userJson).sqlType);
    default:
      throw wrong;
  }
}

function toField(
  json: { name: string; nullable: boolean; metadata: Record<string, unknown> },
  type: DataType,
): Field {
  const comment = json.metadata.comment;
  const physicalName = json.metadata['delta.columnMapping.physicalName'];
  const fieldId = json.metadata['delta.columnMapping.id'];
  return {
    name: json.name,
    type,
    nullable: json.nullable,
    ...(typeof comment === 'string' && { comment }),
    ...(typeof physicalName === 'string' && { physicalName }),
    ...(typeof fieldId === 'number' && { fieldId }),
  };
}

const shortNames: Record<string, string> = {
  long: 'bigint',
  integer: 'int',
  short: 'smallint',
  byte: 'tinyint',
};

/** The type as Spark's DESCRIBE shows it: `array<struct<a:int>>`. */
export function typeText(type: DataType): string {
  if (typeof type === 'string') return shortNames[type] ?? type;
  switch (type.kind) {
    case 'array':
      return `array<${typeText(type.element)}>`;
    case 'map':
      return `map<${typeText(type.key)},${typeText(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${typeText(field.type)}`).join(',')}>`;
  }
}

/** Precision and scale of a decimal type's name, or undefined. */
export function decimalOf(type: DataType): { precision: number; scale: number } | undefined {
  if (typeof type !== 'string') return undefined;
  const match = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}
