import type { Field } from '../dataType.ts';
import { decimalOf } from '../dataType.ts';
import { partitionValue } from '../partition.ts';
import type { TableFile } from '../tableContent.ts';
import { Timestamp, timestampOf } from '../values.ts';
import { mergeFacts, type Bounds, type ColumnFacts } from './columnFacts.ts';
import { parseJson } from './exactJson.ts';

type Json = Record<string, unknown>;

/**
 * The statistics that a Delta table's log keeps of each file, put together, by the names of the columns:
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
 */
export function deltaStatistics(
  files: readonly TableFile[],
  fields: readonly Field[],
  partitionColumns: readonly string[],
): Map<string, ColumnFacts> {
  const statistics = files.map(({ statistics: text }) => parsed(text));
  return new Map(
    fields
      .filter(({ type }) => typeof type === 'string')
      .map((field) => [
        field.name,
        mergeFacts(
          files.map((file, i) =>
            partitionColumns.includes(field.name)
              ? partitionFacts(file, field.name)
              : fileFacts(statistics[i], field, file.rows),
          ),
          field.type,
        ),
      ]),
  );
}

function parsed(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    const json = parseJson(text, '');
    return isObject(json) ? json : undefined;
  } catch {
    // Statistics are a help, never a need.
    return undefined;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function partitionFacts({ partition, rows }: TableFile, name: string): ColumnFacts {
  const value = partition[name] ?? null;
  if (value === null) return { nullCount: rows, bounds: undefined, isEmpty: true };
  const isNumber = typeof value !== 'number' || !Number.isNaN(value);
  return {
    nullCount: 0,
    bounds: isNumber ? { min: value, max: value, isExact: true } : undefined,
    isEmpty: false,
  };
}

function fileFacts(statistics: Json | undefined, field: Field, rows: number | undefined): ColumnFacts {
  const name = field.physicalName ?? field.name;
  const of = (kind: string): unknown => {
    const values = statistics?.[kind];
    return isObject(values) && Object.hasOwn(values, name) ? values[name] : undefined;
  };
  const nulls = of('nullCount');
  const isCount = typeof nulls === 'number' && nulls >= 0 && (rows === undefined || nulls <= rows);
  const nullCount = isCount ? nulls : undefined;
  const isEmpty = rows === 0 || (nullCount !== undefined && nullCount === rows);
  return {
    nullCount,
    bounds: isEmpty ? undefined : boundsOf(of('minValues'), of('maxValues'), field),
    isEmpty,
  };
}

function boundsOf(min: unknown, max: unknown, { type }: Field): Bounds | undefined {
  if (typeof type !== 'string') return undefined;
  const [low, high] = [bound(min, type, false), bound(max, type, true)];
  if (low === undefined || high === undefined) return undefined;
  // Texts are cut to a prefix, instants to milliseconds.
  const isCut = type === 'string' || type.startsWith('timestamp') || /^(var)?char/.test(type);
  return { min: low, max: high, isExact: !isCut };
}

/** A bound of the log as rows show values; undefined where it says too little. */
function bound(json: unknown, type: string, isUpper: boolean): unknown {
  const decimal = decimalOf(type);
  try {
    if (decimal) {
      const text = typeof json === 'number' ? json.toFixed(decimal.scale) : json;
      if (typeof text !== 'string' && typeof text !== 'bigint') return undefined;
      return partitionValue(String(text), type, '');
    }
    switch (type) {
      case 'byte':
      case 'short':
      case 'integer':
      case 'long':
        return typeof json === 'bigint' || Number.isInteger(json) ? json : undefined;
      case 'float':
      case 'double': {
        if (typeof json !== 'number' && typeof json !== 'bigint' && typeof json !== 'string')
          return undefined;
        const value = Number(json);
        return Number.isFinite(value) ? (type === 'float' ? Math.fround(value) : value) : undefined;
      }
      case 'string':
        return typeof json === 'string' ? json : undefined;
      case 'date':
        return typeof json === 'string' ? partitionValue(json, type, '') : undefined;
      case 'timestamp': {
        const ms =
          typeof json === 'string' && /^\d{4}-.*(Z|[+-]\d\d:?\d\d)$/.test(json) ? Date.parse(json) : NaN;
        if (Number.isNaN(ms)) return undefined;
        const value = timestampOf(BigInt(ms) * 1000n + (isUpper ? 999n : 0n));
        return value instanceof Timestamp ? value : undefined;
      }
      case 'timestamp_ntz': {
        const match =
          typeof json === 'string' ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?$/.exec(json) : null;
        if (!match) return undefined;
        const micros = `${(match[2] ?? '').padEnd(3, '0')}${isUpper ? '999' : '000'}`;
        return micros === '000000' ? match[1]! : `${match[1]!}.${micros}`;
      }
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
