import { WorkbenchError } from '../../base/errors.ts';
import { typeText, type DataType, type Field } from '../dataType.ts';

/*
 * Schemas of Avro files: https://avro.apache.org/docs/1.12.0/specification/
 * Types are named as Spark reads them: https://spark.apache.org/docs/latest/sql-data-sources-avro.html
 */

export type Logical =
  | { kind: 'decimal'; precision: number; scale: number }
  | { kind: 'date' | 'timeMillis' | 'timeMicros' | 'millis' | 'micros' | 'localMillis' | 'localMicros' };

/** A schema with its names resolved. `leastBytes` is what a value takes at least. */
export type AvroType = { leastBytes: number; size: number; type: DataType } & (
  | { kind: 'null' | 'boolean' | 'float' | 'double' | 'string' }
  | { kind: 'int' | 'long' | 'bytes'; logical?: Logical | undefined }
  | { kind: 'fixed'; length: number; logical?: Logical | undefined }
  | { kind: 'enum'; symbols: string[] }
  | { kind: 'array' | 'map'; inner: AvroType }
  | { kind: 'record'; fields: AvroField[] }
  | { kind: 'union'; branches: AvroType[]; isStruct: boolean }
);

export interface AvroField {
  name: string;
  of: AvroType;
  nullable: boolean;
}

const maxDepth = 64;
/** Types that are named again and again grow without bound when they are written out. */
const maxSize = 20_000;
const maxFixedBytes = 1024 * 1024;

type Json = Record<string, unknown>;

/** Throws `protocol` for what is no schema, `unsupported` for one that is recursive (as Spark does) or absurd. */
export function parseAvroSchema(json: unknown, path: string): AvroType {
  const damaged = (why: string): WorkbenchError =>
    new WorkbenchError('protocol', `"${path}" is damaged: its schema ${why}.`);
  const unsupported = (why: string): WorkbenchError =>
    new WorkbenchError('unsupported', `"${path}" has a schema that ${why}, which is not shown here.`);
  const named = new Map<string, AvroType | 'open'>();

  const fullName = (schema: Json, namespace: string): string => {
    const { name } = schema;
    if (typeof name !== 'string' || name === '') throw damaged('has a type without a name');
    if (name.includes('.')) return name;
    const own = typeof schema.namespace === 'string' ? schema.namespace : namespace;
    return own === '' ? name : `${own}.${name}`;
  };

  const parse = (schema: unknown, namespace: string, depth: number): AvroType => {
    if (depth > maxDepth) throw unsupported('is nested too deep');
    const type = parseOne(schema, namespace, depth);
    if (type.size > maxSize) throw unsupported('has too many parts');
    return type;
  };

  const parseOne = (schema: unknown, namespace: string, depth: number): AvroType => {
    if (Array.isArray(schema)) return unionOf(schema.map((branch) => parse(branch, namespace, depth + 1)));
    if (typeof schema === 'string') {
      const plain = primitive(schema, {});
      if (plain) return plain;
      const known = named.get(schema) ?? named.get(`${namespace}.${schema}`);
      if (known === 'open') throw unsupported(`is recursive ("${schema}")`);
      if (!known) throw damaged(`names the unknown type "${schema}"`);
      return known;
    }
    if (typeof schema !== 'object' || schema === null) throw damaged('has a part that is no type');
    const node = schema as Json;
    const { type } = node;
    if (typeof type !== 'string') return parse(type, namespace, depth + 1);
    switch (type) {
      case 'array':
      case 'map': {
        const inner = parse(type === 'array' ? node.items : node.values, namespace, depth + 1);
        const data: DataType =
          type === 'array'
            ? { kind: 'array', element: inner.type }
            : { kind: 'map', key: 'string', value: inner.type };
        return { kind: type, inner, leastBytes: 1, size: inner.size + 1, type: data };
      }
      case 'enum':
      case 'fixed':
      case 'record':
      case 'error': {
        const name = fullName(node, namespace);
        named.set(name, 'open');
        const whole = namedType(
          node,
          type,
          name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '',
          depth,
        );
        named.set(name, whole);
        return whole;
      }
      default:
        return primitive(type, node) ?? parse(type, namespace, depth + 1);
    }
  };

  const namedType = (node: Json, type: string, namespace: string, depth: number): AvroType => {
    if (type === 'enum') {
      const { symbols } = node;
      if (
        !Array.isArray(symbols) ||
        !symbols.every((symbol): symbol is string => typeof symbol === 'string')
      ) {
        throw damaged('has an enum without symbols');
      }
      return { kind: 'enum', symbols, leastBytes: 1, size: 1, type: 'string' };
    }
    if (type === 'fixed') {
      const { size: length } = node;
      if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || length > maxFixedBytes) {
        throw damaged('has a fixed type without a length');
      }
      const logical = decimalOf(node);
      return {
        kind: 'fixed',
        length,
        logical,
        leastBytes: length,
        size: 1,
        type: logicalText(logical) ?? 'binary',
      };
    }
    if (!Array.isArray(node.fields)) throw damaged('has a record without fields');
    const fields = node.fields.map((field: unknown): AvroField => {
      if (typeof field !== 'object' || field === null) throw damaged('has a field that is none');
      const { name, type: inner } = field as Json;
      if (typeof name !== 'string') throw damaged('has a field without a name');
      const of = parse(inner, namespace, depth + 1);
      return { name, of, nullable: isNullable(of) };
    });
    return {
      kind: 'record',
      fields,
      leastBytes: fields.reduce((bytes, { of }) => bytes + of.leastBytes, 0),
      size: fields.reduce((size, { of }) => size + of.size, 1),
      type: { kind: 'struct', fields: fields.map(toField) },
    };
  };

  return parse(json, '', 0);
}

const isNullable = (type: AvroType): boolean =>
  type.kind === 'null' || (type.kind === 'union' && type.branches.some(({ kind }) => kind === 'null'));

export const toField = ({ name, of, nullable }: AvroField): Field => ({ name, type: of.type, nullable });

export const avroTypeText = ({ type }: AvroType): string => typeText(type);

function primitive(name: string, node: Json): AvroType | undefined {
  switch (name) {
    case 'null':
      return { kind: name, leastBytes: 0, size: 1, type: 'void' };
    case 'boolean':
    case 'string':
      return { kind: name, leastBytes: 1, size: 1, type: name };
    case 'float':
      return { kind: name, leastBytes: 4, size: 1, type: name };
    case 'double':
      return { kind: name, leastBytes: 8, size: 1, type: name };
    case 'int':
    case 'long':
    case 'bytes': {
      const logical = name === 'bytes' ? decimalOf(node) : timeOf(name, node.logicalType);
      const plain = { int: 'integer', long: 'long', bytes: 'binary' }[name];
      return { kind: name, logical, leastBytes: 1, size: 1, type: logicalText(logical) ?? plain };
    }
    default:
      return undefined;
  }
}

/** As the specification has it, a logical type that does not fit is passed over. */
function timeOf(name: 'int' | 'long', logical: unknown): Logical | undefined {
  if (name === 'int') {
    if (logical === 'date') return { kind: 'date' };
    return logical === 'time-millis' ? { kind: 'timeMillis' } : undefined;
  }
  switch (logical) {
    case 'time-micros':
      return { kind: 'timeMicros' };
    case 'timestamp-millis':
      return { kind: 'millis' };
    case 'timestamp-micros':
      return { kind: 'micros' };
    case 'local-timestamp-millis':
      return { kind: 'localMillis' };
    case 'local-timestamp-micros':
      return { kind: 'localMicros' };
    default:
      // Among them nanoseconds, which would not be shown in full: they stay numbers.
      return undefined;
  }
}

function decimalOf({ logicalType, precision, scale = 0 }: Json): Logical | undefined {
  if (logicalType !== 'decimal') return undefined;
  const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);
  if (
    !isWhole(precision) ||
    !isWhole(scale) ||
    precision < 1 ||
    precision > 38 ||
    scale < 0 ||
    scale > precision
  ) {
    return undefined;
  }
  return { kind: 'decimal', precision, scale };
}

function logicalText(logical: Logical | undefined): string | undefined {
  switch (logical?.kind) {
    case undefined:
      return undefined;
    case 'decimal':
      return `decimal(${logical.precision},${logical.scale})`;
    case 'date':
      return 'date';
    case 'timeMillis':
    case 'timeMicros':
      return 'time';
    case 'millis':
    case 'micros':
      return 'timestamp';
    case 'localMillis':
    case 'localMicros':
      return 'timestamp_ntz';
  }
}

/** As Spark has it: null beside one type makes that nullable; numbers of two widths are the wider; others are a struct. */
function unionOf(branches: AvroType[]): AvroType {
  const others = branches.filter(({ kind }) => kind !== 'null');
  const kinds = others
    .map((branch) => ('logical' in branch && branch.logical ? 'logical' : branch.kind))
    .sort()
    .join(' ');
  const least = branches.length > 0 ? Math.min(...branches.map(({ leastBytes }) => leastBytes)) : 0;
  const size = branches.reduce((sum, branch) => sum + branch.size, 1);
  const common =
    others.length <= 1
      ? (others[0]?.type ?? 'void')
      : kinds === 'int long'
        ? 'long'
        : kinds === 'double float'
          ? 'double'
          : undefined;
  const type: DataType = common ?? {
    kind: 'struct',
    fields: others.map((branch, i) => ({ name: `member${i}`, type: branch.type, nullable: true })),
  };
  return { kind: 'union', branches, isStruct: common === undefined, leastBytes: 1 + least, size, type };
}
