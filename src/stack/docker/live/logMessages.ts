import { WorkbenchError } from '../../../base/errors.ts';

/**
 * The two forms of `GET /containers/{id}/logs?timestamps=1`. Without a terminal, frames of 8 bytes (stream, 0, 0, 0,
 * length in big endian) and one message each; with one, the messages alone. A message begins with its time and a
 * space, and ends with a line end unless it is one of several parts of a long line: the engine cuts these after 16 KiB.
 */
export interface LogMessage {
  /** 1 standard output, 2 standard error. */
  stream: number;
  /** Absent where the engine sends none. */
  time: LogTime | undefined;
  /** With its line end, if it has one. */
  text: Buffer;
}

/** Of the engine's clock; a number alone cannot hold nanoseconds. */
export interface LogTime {
  /** Since 1970, whole. */
  seconds: number;
  nanos: number;
}

/** Turns chunks, cut anywhere, into messages. */
export interface LogDecoder {
  push(chunk: Buffer): LogMessage[];
  /** What is left at the end, where that can be read. */
  flush(): LogMessage[];
}

const headerBytes = 8;
const partBytes = 16 * 1024;
/** No engine sends a longer message: beyond that it is something else that we read. */
const maxFrameBytes = 64 * 1024 * 1024;
/** A longer line is given in pieces, so that a program without line ends cannot fill the memory. */
const maxLineBytes = 1024 * 1024;
const lineEnd = 10;
const space = 32;
/** The longest time with its space: nanoseconds and an offset. */
const maxTimeBytes = 36;
const systemError = 3;

/** Frames of a container without a terminal. */
export class FrameDecoder implements LogDecoder {
  readonly #clock = new TimeReader();
  /** Chunks of an unfinished frame: joined once it is whole, so that a long one is copied but once. */
  #parts: Buffer[] = [];
  #size = 0;
  #needed = headerBytes;

  push(chunk: Buffer): LogMessage[] {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    const data = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#size);
    const messages: LogMessage[] = [];
    let at = 0;
    this.#needed = headerBytes;
    while (data.length - at >= headerBytes) {
      const stream = data[at]!;
      const length = data.readUInt32BE(at + 4);
      if (stream > systemError || length > maxFrameBytes) {
        throw new WorkbenchError('protocol', 'The Docker engine sent a log that is not made of frames.');
      }
      const end = at + headerBytes + length;
      if (end > data.length) {
        this.#needed = headerBytes + length;
        break;
      }
      const body = data.subarray(at + headerBytes, end);
      if (stream === systemError) {
        const words = body.toString('utf8').trim();
        throw new WorkbenchError('failed', `The Docker engine stopped reading the log: ${words}`);
      }
      const { time, length: skip } = this.#clock.read(body, 0);
      // 0 is what older engines write for output, too.
      messages.push({ stream: stream === 0 ? 1 : stream, time, text: body.subarray(skip) });
      at = end;
    }
    // A copy, so that the rest of a chunk does not keep all of it.
    this.#parts = at < data.length ? [Buffer.from(data.subarray(at))] : [];
    this.#size = data.length - at;
    return messages;
  }

  flush(): LogMessage[] {
    // An unfinished frame comes again, whole, when the log is read on.
    return [];
  }
}

/** The log of a container with a terminal. */
export class TerminalDecoder implements LogDecoder {
  readonly #clock = new TimeReader();
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): LogMessage[] {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const messages: LogMessage[] = [];
    let at = 0;
    for (;;) {
      const message = this.#next(data, at);
      if (!message) break;
      messages.push(message);
      at += message.whole;
    }
    this.#rest = Buffer.from(data.subarray(at));
    return messages;
  }

  flush(): LogMessage[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (rest.length === 0) return [];
    const { time, length } = this.#clock.read(rest, 0);
    return [{ stream: 1, time, text: rest.subarray(length) }];
  }

  /** The message at `at`, with its length in bytes, once all of it is there. */
  #next(data: Buffer, at: number): (LogMessage & { whole: number }) | undefined {
    const end = data.indexOf(lineEnd, at) + 1;
    if (end === 0 && data.length - at < maxTimeBytes) return undefined;
    const { time, length } = this.#clock.read(data, at);
    const start = at + length;
    const cut = start + partBytes;
    const isLong = end === 0 || end > cut + 1;
    if (!isLong) return { stream: 1, time, text: data.subarray(start, end), whole: end - at };
    // The next part of a long line begins with the time of the first, byte by byte.
    if (data.length < cut + length) return undefined;
    const isPart = length > 0 && data.compare(data, at, start, cut, cut + length) === 0;
    const stop = isPart ? cut : end > 0 ? end : data.length - at > maxLineBytes ? data.length : 0;
    if (stop === 0) return undefined;
    return { stream: 1, time, text: data.subarray(start, stop), whole: stop - at };
  }
}

/** Reads `2026-11-21T06:16:52.932785511Z `, or the same with an offset and fewer digits. */
class TimeReader {
  /** The last text up to the second, and what it means: most lines share it with the one before. */
  #text = '';
  #seconds = 0;

  /** `length` is that of the time and the space after it, 0 where there is none. */
  read(data: Buffer, at: number): { time: LogTime | undefined; length: number } {
    // 'T' and the first '-': anything else is not worth a regular expression.
    if (data[at + 10] !== 84 || data[at + 4] !== 45) return none;
    const end = data.indexOf(space, at);
    if (end < 0 || end - at >= maxTimeBytes) return none;
    const text = data.toString('latin1', at, end);
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
    if (!match) return none;
    const second = match[1]! + match[3]!;
    if (second !== this.#text) {
      this.#text = second;
      this.#seconds = Date.parse(second) / 1000;
    }
    if (Number.isNaN(this.#seconds)) return none;
    const nanos = Number((match[2] ?? '0').padEnd(9, '0'));
    return { time: { seconds: this.#seconds, nanos }, length: end + 1 - at };
  }
}

const none = { time: undefined, length: 0 } as const;

/** A line of a log, without its line end. */
export interface TimedLine {
  line: string;
  time: LogTime | undefined;
}

/** Puts the parts of long lines together, for output and errors separately, in the order in which lines end. */
export class LineJoiner {
  readonly #unfinished = new Map<number, { time: LogTime | undefined; parts: Buffer[]; size: number }>();

  push({ stream, time, text }: LogMessage): TimedLine[] {
    const lines: TimedLine[] = [];
    let at = 0;
    for (let end = text.indexOf(lineEnd); end >= 0; end = text.indexOf(lineEnd, at)) {
      const open = this.#unfinished.get(stream);
      if (open) {
        this.#unfinished.delete(stream);
        open.parts.push(text.subarray(at, end));
        lines.push(lineOf(open));
      } else {
        lines.push({ line: textOf(text, at, end), time });
      }
      at = end + 1;
    }
    if (at === text.length) return lines;
    const open = this.#unfinished.get(stream) ?? { time, parts: [], size: 0 };
    this.#unfinished.set(stream, open);
    open.parts.push(Buffer.from(text.subarray(at)));
    open.size += text.length - at;
    if (open.size >= maxLineBytes) {
      this.#unfinished.delete(stream);
      lines.push(lineOf(open));
    }
    return lines;
  }

  /** The unfinished lines. */
  flush(): TimedLine[] {
    const lines = [...this.#unfinished.values()].map(lineOf);
    this.#unfinished.clear();
    return lines;
  }
}

function lineOf({ time, parts }: { time: LogTime | undefined; parts: Buffer[] }): TimedLine {
  const whole = Buffer.concat(parts);
  return { line: textOf(whole, 0, whole.length), time };
}

function textOf(data: Buffer, start: number, end: number): string {
  return data.toString('utf8', start, end > start && data[end - 1] === 13 ? end - 1 : end);
}

/** Negative where `a` is the earlier one. */
export function compareTimes(a: LogTime, b: LogTime): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

/** How far a log was read, so that reading goes on after a cut without a line lost or doubled. */
export class LogPosition {
  /** The last time that was seen of each stream, and how many messages of that time. */
  #seen = new Map<number, { time: LogTime; count: number }>();
  /** Of those that come again. */
  #again = new Map<number, { time: LogTime; count: number }>();
  #first: LogTime | undefined;

  /**
   * What to ask for with `since` (which includes its moment), in the engine's form. Output and errors are stamped
   * before they are written down, so one may stand a little after another that is younger: hence the margin.
   */
  resume(): string | undefined {
    let latest: LogTime | undefined;
    for (const { time } of this.#seen.values()) {
      if (!latest || compareTimes(time, latest) > 0) latest = time;
    }
    if (!latest) return undefined;
    this.#again = new Map([...this.#seen].map(([stream, seen]) => [stream, { ...seen }]));
    return `${Math.max(0, latest.seconds - marginSeconds)}.${String(latest.nanos).padStart(9, '0')}`;
  }

  /** Notes a message, and all others of its moment, as seen. */
  skip({ stream, time }: LogMessage): void {
    if (!time) return;
    this.#first ??= time;
    this.#seen.set(stream, { time, count: Infinity });
  }

  /** Whether the message is new; notes it. */
  accept({ stream, time }: LogMessage): boolean {
    if (!time) return true;
    const again = this.#again.get(stream);
    if (again) {
      const order = compareTimes(time, again.time);
      if (order < 0) return false;
      if (order === 0 && again.count > 0) {
        again.count -= 1;
        return false;
      }
      if (order > 0) this.#again.delete(stream);
    } else if (this.#again.size > 0 && this.#first && compareTimes(time, this.#first) < 0) {
      // From before what `tail` gave.
      return false;
    }
    this.#first ??= time;
    const seen = this.#seen.get(stream);
    if (seen && compareTimes(seen.time, time) === 0) seen.count += 1;
    else this.#seen.set(stream, { time, count: 1 });
    return true;
  }
}

const marginSeconds = 2;
