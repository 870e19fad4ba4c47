/**
 * BuildKit's progress messages, which the engine sends as base64 of `moby.buildkit.v1.StatusResponse`; see
 * https://github.com/moby/buildkit/blob/master/api/services/control/control.proto. Only what is shown is read.
 */
export interface BuildKitTrace {
  vertexes: Vertex[];
  transfers: Transfer[];
  logs: { vertex: string; text: Buffer }[];
}

export interface Vertex {
  digest: string;
  /** "[lakehouse 3/7] RUN make". */
  name: string;
  cached: boolean;
  started: boolean;
  completed: boolean;
  error: string;
}

/** Bytes that a vertex gets or sends. */
export interface Transfer {
  id: string;
  vertex: string;
  current: number;
  total: number;
}

/** Throws a RangeError for anything that is no such message. */
export function decodeTrace(message: Buffer): BuildKitTrace {
  const trace: BuildKitTrace = { vertexes: [], transfers: [], logs: [] };
  for (const { number, bytes } of fields(message)) {
    if (!bytes) continue;
    if (number === 1) {
      const found = record(bytes);
      trace.vertexes.push({
        digest: found.text(1),
        name: found.text(3),
        cached: found.number(4) === 1,
        started: found.has(5),
        completed: found.has(6),
        error: found.text(7),
      });
    } else if (number === 2) {
      const found = record(bytes);
      trace.transfers.push({
        id: found.text(1),
        vertex: found.text(2),
        current: found.number(4),
        total: found.number(5),
      });
    } else if (number === 3) {
      const found = record(bytes);
      trace.logs.push({ vertex: found.text(1), text: found.bytes(4) });
    }
  }
  return trace;
}

interface Field {
  number: number;
  /** Of a length-delimited field. */
  bytes?: Buffer;
  /** Of a varint. */
  value?: number;
}

/** The fields of a protobuf message: https://protobuf.dev/programming-guides/encoding/. */
function* fields(message: Buffer): Iterable<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= message.length) throw new RangeError('a message ends in the middle of a number');
      const byte = message[at]!;
      at += 1;
      // Beyond 53 bits it is not exact, which sizes never are.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number is too long');
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError('a message ends in the middle of a field');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === 0) yield { number, value: varint() };
    else if (type === 1) take(8);
    else if (type === 2) yield { number, bytes: take(varint()) };
    else if (type === 5) take(4);
    else throw new RangeError(`a field has the unknown type ${type}`);
  }
}

function record(message: Buffer): {
  has(number: number): boolean;
  text(number: number): string;
  number(number: number): number;
  bytes(number: number): Buffer;
} {
  const found = new Map<number, Field>();
  for (const field of fields(message)) found.set(field.number, field);
  return {
    has: (number) => found.has(number),
    text: (number) => found.get(number)?.bytes?.toString('utf8') ?? '',
    number: (number) => found.get(number)?.value ?? 0,
    bytes: (number) => found.get(number)?.bytes ?? Buffer.alloc(0),
  };
}
