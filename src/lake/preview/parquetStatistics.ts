import { parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';
import type { Field } from '../dataType.ts';
import type { ParquetFile } from '../parquetFile.ts';
import { findColumn, type Matching } from '../parquetSchema.ts';
import { converter, type Convert } from '../parquetValues.ts';
import {
  ThriftReader,
  bytesField,
  listField,
  numberField,
  structField,
  type ThriftStruct,
} from '../thrift.ts';
import { mergeFacts, order, type Bounds, type ColumnFacts } from './columnFacts.ts';

/**
 * The statistics in a file's footer, by the names of the table's columns. A bound is left out wherever readers are told not to
 * trust it: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (Statistics, ColumnOrder)
 */
export function parquetStatistics(
  file: ParquetFile,
  fields: readonly Field[],
  matching: Matching,
): Map<string, ColumnFacts> {
  const footer = new ThriftReader(file.footer).struct();
  const root = parquetSchema(file.metadata);
  const leaves = leavesOf(root);
  const groups = listField(footer, 4).flatMap((group) => (group instanceof Map ? [listField(group, 1)] : []));
  const orders = listField(footer, 7);
  const facts = new Map<string, ColumnFacts>();
  for (const field of fields) {
    const node = findColumn(root.children, field, matching);
    if (!node) {
      // The file was written before the column came: it is null in each row.
      facts.set(field.name, { nullCount: file.rows, bounds: undefined, isEmpty: true });
      continue;
    }
    const isFlat = node.children.length === 0 && node.element.repetition_type !== 'REPEATED';
    if (!isFlat) continue;
    const leaf = leaves.indexOf(node);
    const columnOrder = orders[leaf];
    const convert = boundConverter(field, node, matching, file.path);
    const parts = groups.map((columns) => {
      const column = columns[leaf];
      const meta = column instanceof Map ? structField(column, 3) : undefined;
      return chunkFacts(
        meta,
        node.element,
        columnOrder instanceof Map ? columnOrder : undefined,
        convert,
        field,
      );
    });
    facts.set(field.name, mergeFacts(parts, field.type));
  }
  return facts;
}

function leavesOf(node: SchemaTree): SchemaTree[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leavesOf);
}

function boundConverter(
  field: Field,
  node: SchemaTree,
  matching: Matching,
  path: string,
): Convert | undefined {
  try {
    return converter(field.type, node, matching, `"${path}"`);
  } catch {
    // Told when rows are read.
    return undefined;
  }
}

function chunkFacts(
  meta: ThriftStruct | undefined,
  element: SchemaElement,
  columnOrder: ThriftStruct | undefined,
  convert: Convert | undefined,
  { type }: Field,
): ColumnFacts {
  const values = (meta && numberField(meta, 5)) ?? 0;
  const statistics = meta && structField(meta, 12);
  const told = element.repetition_type === 'REQUIRED' ? 0 : statistics && numberField(statistics, 3);
  const nullCount = told !== undefined && told >= 0 && told <= values ? told : undefined;
  if (nullCount === values) return { nullCount, bounds: undefined, isEmpty: true };
  let bounds: Bounds | undefined;
  try {
    bounds = statistics && convert && boundsOf(statistics, element, columnOrder, convert);
  } catch {
    // Statistics are a help, never a need.
  }
  const isRight = bounds && (order(bounds.min, bounds.max, type) ?? 1) <= 0;
  return { nullCount, bounds: isRight ? bounds : undefined, isEmpty: false };
}

function boundsOf(
  statistics: ThriftStruct,
  element: SchemaElement,
  columnOrder: ThriftStruct | undefined,
  convert: Convert,
): Bounds | undefined {
  const kind = comparison(element);
  if (!kind) return undefined;
  const isTrusted = columnOrder?.has(1) === true || (kind === 'floating' && columnOrder?.has(2) === true);
  // The old fields were compared as signed numbers, whatever the type.
  const isOldTrusted = kind === 'signed' || kind === 'floating' || kind === 'boolean';
  const pick = (id: number, oldId: number): Uint8Array | undefined =>
    (isTrusted ? bytesField(statistics, id) : undefined) ??
    (isOldTrusted ? bytesField(statistics, oldId) : undefined);
  const [max, min] = [pick(5, 1), pick(6, 2)];
  if (!max || !min) return undefined;
  const [low, high] = [decode(min, element, kind), decode(max, element, kind)];
  if (low === undefined || high === undefined) return undefined;
  // Writers cut bytes and texts short; newer ones tell whether they did.
  const isExact = kind === 'bytes' ? statistics.get(7) === true && statistics.get(8) === true : true;
  return { min: convert(low), max: convert(high), isExact };
}

type Comparison = 'signed' | 'unsigned' | 'floating' | 'boolean' | 'bytes' | 'signedBytes';

/** How values of a column are ordered; undefined where that is not defined, or not known here. */
function comparison({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): Comparison | undefined {
  const kind = logical?.type ?? converted;
  switch (type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INT32':
    case 'INT64':
      return converted?.startsWith('UINT_') ? 'unsigned' : 'signed';
    case 'FLOAT':
    case 'DOUBLE':
      return 'floating';
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      if (kind === 'DECIMAL') return 'signedBytes';
      return kind === undefined || ['STRING', 'UTF8', 'ENUM', 'JSON', 'UUID'].includes(kind)
        ? 'bytes'
        : undefined;
    default:
      return undefined;
  }
}

/** A bound as hyparquet would give a value of the column. */
function decode(bytes: Uint8Array, { type }: SchemaElement, kind: Comparison): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const has = (length: number): boolean => bytes.length === length;
  switch (kind) {
    case 'boolean':
      return has(1) ? bytes[0] === 1 : undefined;
    case 'signed':
    case 'unsigned':
      if (type === 'INT32' && has(4))
        return kind === 'signed' ? view.getInt32(0, true) : view.getUint32(0, true);
      if (type === 'INT64' && has(8))
        return kind === 'signed' ? view.getBigInt64(0, true) : view.getBigUint64(0, true);
      return undefined;
    case 'floating': {
      let value = NaN;
      if (type === 'FLOAT' && has(4)) value = view.getFloat32(0, true);
      if (type === 'DOUBLE' && has(8)) value = view.getFloat64(0, true);
      // Where NaN is a bound, others may be beyond it. Which of the zeros it was is not kept.
      return Number.isNaN(value) ? undefined : value + 0;
    }
    case 'bytes':
    case 'signedBytes':
      return bytes;
  }
}
