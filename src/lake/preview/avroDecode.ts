import { set } from '../parquetSchema.ts';
import { dateText, decimalValue, integerOf, localText, signedOf, timeText, timestampOf } from '../values.ts';
import type { AvroType, Logical } from './avroSchema.ts';

/*
 * Values of Avro's binary encoding: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
 * Ours because `avsc` believes every count that it reads, so that a damaged file makes it loop and take all memory, and
 * because it refuses long integers.
 */

/** Values that take no bytes (null, empty records) can be any number; so many are more than enough. */
const maxEmptyValues = 100_000;

/** Reads values one after the other. Throws a plain Error where the bytes are none. */
export class AvroReader {
  readonly #bytes: Buffer;
  offset: number;

  constructor(bytes: Buffer, offset = 0) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  get left(): number {
    return this.#bytes.length - this.offset;
  }

  /** The next value, as rows show values. */
  value(type: AvroType): unknown {
    switch (type.kind) {
      case 'null':
        return null;
      case 'boolean': {
        const byte = this.#take(1)[0]!;
        if (byte > 1) throw new Error('a truth value is neither true nor false');
        return byte === 1;
      }
      case 'int': {
        const value = this.long();
        if (BigInt.asIntN(32, value) !== value) throw new Error('a number has more than 32 bits');
        return type.logical ? logicalValue(type.logical, value) : Number(value);
      }
      case 'long': {
        const value = this.long();
        return type.logical ? logicalValue(type.logical, value) : integerOf(value);
      }
      case 'float':
        return this.#take(4).readFloatLE();
      case 'double':
        return this.#take(8).readDoubleLE();
      case 'bytes':
        return binary(this.bytes(), type.logical);
      case 'fixed':
        return binary(this.#take(type.length), type.logical);
      case 'string':
        return this.bytes().toString('utf8');
      case 'enum': {
        const symbol = type.symbols[Number(this.long())];
        if (symbol === undefined) throw new Error('an enum has a symbol that its schema has not');
        return symbol;
      }
      case 'array': {
        const values: unknown[] = [];
        this.#blocks(type.inner.leastBytes, () => values.push(this.value(type.inner)));
        return values;
      }
      case 'map': {
        const values: Record<string, unknown> = {};
        this.#blocks(1 + type.inner.leastBytes, () => {
          const key = this.bytes().toString('utf8');
          set(values, key, this.value(type.inner));
        });
        return values;
      }
      case 'record': {
        const values: Record<string, unknown> = {};
        for (const { name, of } of type.fields) set(values, name, this.value(of));
        return values;
      }
      case 'union':
        return this.#union(type);
    }
  }

  long(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#take(1)[0]!;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt((low >>> 1) ^ -(low & 1));
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        value = BigInt.asUintN(64, value);
        return (value >> 1n) ^ -(value & 1n);
      }
    }
    throw new Error('a number does not end');
  }

  bytes(): Buffer {
    const length = this.long();
    if (length < 0n || length > BigInt(this.left)) throw new Error('a text or bytes are cut short');
    return this.#take(Number(length));
  }

  #union({ branches, isStruct }: AvroType & { kind: 'union' }): unknown {
    const index = Number(this.long());
    const branch = branches[index];
    if (!branch) throw new Error('a union has a type that its schema has not');
    const value = this.value(branch);
    if (!isStruct || branch.kind === 'null') return value;
    const members: Record<string, unknown> = {};
    let number = 0;
    for (const [i, { kind }] of branches.entries())
      if (kind !== 'null') set(members, `member${number++}`, i === index ? value : null);
    return members;
  }

  /** The items of an array or map, which come in blocks. */
  #blocks(leastBytes: number, item: () => void): void {
    let empty = 0;
    for (;;) {
      let count = this.long();
      if (count === 0n) return;
      if (count < 0n) {
        count = -count;
        this.long();
      }
      if (count * BigInt(leastBytes) > BigInt(this.left)) throw new Error('a list is cut short');
      if (leastBytes === 0 && (empty += Number(count)) > maxEmptyValues) {
        throw new Error(`a list of more than ${maxEmptyValues} empty values is not supported`);
      }
      for (let i = 0n; i < count; i++) item();
    }
  }

  #take(length: number): Buffer {
    if (length > this.left) throw new Error('a value is cut short');
    this.offset += length;
    return this.#bytes.subarray(this.offset - length, this.offset);
  }
}

const dayMicros = 86_400_000_000n;

function logicalValue(logical: Logical, value: bigint): unknown {
  switch (logical.kind) {
    case 'date':
      return dateText(Number(value));
    case 'timeMillis':
    case 'timeMicros': {
      const micros = logical.kind === 'timeMillis' ? value * 1000n : value;
      return micros >= 0n && micros < dayMicros ? timeText(micros) : integerOf(value);
    }
    case 'millis':
      return timestampOf(value * 1000n);
    case 'micros':
      return timestampOf(value);
    case 'localMillis':
      return localText(value * 1000n);
    case 'localMicros':
      return localText(value);
    case 'decimal':
      return decimalValue(value, logical.precision, logical.scale);
  }
}

function binary(bytes: Buffer, logical: Logical | undefined): unknown {
  if (logical?.kind !== 'decimal') return Uint8Array.from(bytes);
  const value = signedOf(bytes);
  const text = String(value < 0n ? -value : value);
  if (text.length > logical.precision) throw new Error('a decimal has more digits than its type');
  return decimalValue(value, logical.precision, logical.scale);
}
