/** What Thrift's compact protocol can hold, as far as Parquet uses it. A struct's fields are kept by their ids. */
export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftValue[] | ThriftStruct;
export type ThriftStruct = Map<number, ThriftValue>;

/** Parquet's own structures are 7 deep; a limit, since the bytes come from a file. */
const maxDepth = 32;

/**
 * Reads structs of Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
 * Every number and list is checked against the bytes that are there, so that reading ends whatever they say. Throws a plain
 * Error that says what is wrong.
 */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  struct(depth = 0): ThriftStruct {
    if (depth > maxDepth) throw new Error('its metadata is nested too deep');
    const fields: ThriftStruct = new Map();
    let id = 0;
    for (;;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === 0) return fields;
      const step = head >> 4;
      id = step > 0 ? id + step : Number(this.#zigzag());
      fields.set(id, this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
        return true;
      case 2:
        return false;
      case 3:
        return (this.#byte() << 24) >> 24;
      case 4:
      case 5:
        return Number(BigInt.asIntN(32, this.#zigzag()));
      case 6:
        return this.#zigzag();
      case 7: {
        this.#need(8);
        const value = this.#view.getFloat64(this.offset, true);
        this.offset += 8;
        return value;
      }
      case 8: {
        const length = Number(this.#varint());
        this.#need(length);
        this.offset += length;
        return this.#bytes.subarray(this.offset - length, this.offset);
      }
      case 9:
      case 10:
        return this.#list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new Error(`its metadata has a value of an unknown kind (${type})`);
    }
  }

  #list(depth: number): ThriftValue[] {
    const head = this.#byte();
    const type = head & 0x0f;
    const size = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
    // An element takes a byte at least.
    this.#need(size);
    if (depth > maxDepth) throw new Error('its metadata is nested too deep');
    const values: ThriftValue[] = [];
    for (let i = 0; i < size; i++) {
      values.push(type === 1 || type === 2 ? this.#byte() === 1 : this.#value(type, depth + 1));
    }
    return values;
  }

  #byte(): number {
    this.#need(1);
    return this.#bytes[this.offset++]!;
  }

  #need(bytes: number): void {
    if (!(bytes >= 0 && bytes <= this.#bytes.length - this.offset))
      throw new Error('its metadata is cut short');
  }

  #varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Error('its metadata has a number that does not end');
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

/** A field that is a number (of 64 bits too, if it is exact as such), or undefined. */
export function numberField(struct: ThriftStruct, id: number): number | undefined {
  const value = struct.get(id);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

export function structField(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = struct.get(id);
  return value instanceof Map ? value : undefined;
}

export function listField(struct: ThriftStruct, id: number): ThriftValue[] {
  const value = struct.get(id);
  return Array.isArray(value) ? value : [];
}

export function bytesField(struct: ThriftStruct, id: number): Uint8Array | undefined {
  const value = struct.get(id);
  return value instanceof Uint8Array ? value : undefined;
}
