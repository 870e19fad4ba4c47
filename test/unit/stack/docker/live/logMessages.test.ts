import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  FrameDecoder,
  LineJoiner,
  LogPosition,
  TerminalDecoder,
  type LogDecoder,
  type LogMessage,
} from '../../../../../src/stack/docker/live/logMessages.ts';

const partBytes = 16 * 1024;

interface Written {
  stream: number;
  seconds: number;
  nanos: number;
  text: string;
}

/** `2026-11-21T06:16:52.932785511Z` as the engine prints it. */
function stamp({ seconds, nanos }: Written): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`;
}

/** The messages of a line as the engine keeps them: in parts of 16 KiB with the same time. */
function messagesOf(line: Written): Buffer[] {
  const bytes = Buffer.from(`${line.text}\n`);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += partBytes) {
    parts.push(Buffer.concat([Buffer.from(`${stamp(line)} `), bytes.subarray(at, at + partBytes)]));
  }
  return parts;
}

function framed(lines: readonly Written[]): Buffer {
  return Buffer.concat(
    lines.flatMap((line) =>
      messagesOf(line).flatMap((message) => {
        const header = Buffer.alloc(8);
        header[0] = line.stream;
        header.writeUInt32BE(message.length, 4);
        return [header, message];
      }),
    ),
  );
}

function cut(data: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (data.length + 1)))].sort((a, b) => a - b);
  let at = 0;
  return [...ends, data.length].map((end) => data.subarray(at, (at = end)));
}

function decode(decoder: LogDecoder, chunks: readonly Buffer[]): LogMessage[] {
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
}

function linesOf(messages: readonly LogMessage[], joiner = new LineJoiner()): Omit<Written, 'stream'>[] {
  return [...messages.flatMap((message) => joiner.push(message)), ...joiner.flush()].map(
    ({ line, time }) => ({
      text: line,
      seconds: time?.seconds ?? 0,
      nanos: time?.nanos ?? 0,
    }),
  );
}

/** Without line ends, and without a carriage return at the end, which is one too. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }).map((some) => some.replace(/[\r\n]/g, '')),
  // One that the engine cuts, also exactly where it cuts.
  fc.constantFrom(partBytes - 1, partBytes, partBytes + 1, 2 * partBytes, 40_000).map((n) => 'x'.repeat(n)),
  // What looks like the engine's own.
  fc.constantFrom('2026-11-21T06:16:52.932785511Z text', '', ' ', '\u0001\u0000\u0000'),
);
const written = fc.record({
  stream: fc.constantFrom(1, 2),
  seconds: fc.integer({ min: 0, max: 4_000_000_000 }),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
  text,
});
const log = fc.array(written, { maxLength: 12 });
const places = fc.array(fc.nat(200_000), { maxLength: 12 });
const bare = (lines: readonly Written[]): Omit<Written, 'stream'>[] =>
  lines.map(({ text, seconds, nanos }) => ({ text, seconds, nanos }));

describe('the log of a container', () => {
  it('gives the same lines however its frames are cut', () => {
    fc.assert(
      fc.property(log, places, (lines, cuts) => {
        assert.deepEqual(linesOf(decode(new FrameDecoder(), cut(framed(lines), cuts))), bare(lines));
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same lines however the log of a terminal is cut', () => {
    fc.assert(
      fc.property(log, places, (lines, cuts) => {
        const data = Buffer.concat(lines.flatMap(messagesOf));
        assert.deepEqual(linesOf(decode(new TerminalDecoder(), cut(data, cuts))), bare(lines));
      }),
      { numRuns: 100 },
    );
  });

  it('gives bytes one by one, too', () => {
    const lines = [
      { stream: 1, seconds: 1, nanos: 5, text: 'größer ☃' },
      { stream: 2, seconds: 1, nanos: 6, text: '' },
      { stream: 1, seconds: 2, nanos: 7, text: 'x'.repeat(partBytes + 3) },
    ];
    const bytes = (data: Buffer): Buffer[] => [...data].map((byte) => Buffer.from([byte]));
    assert.deepEqual(linesOf(decode(new FrameDecoder(), bytes(framed(lines)))), bare(lines));
    const terminal = Buffer.concat(lines.flatMap(messagesOf));
    assert.deepEqual(linesOf(decode(new TerminalDecoder(), bytes(terminal))), bare(lines));
  });

  it('goes on where it was cut, with no line lost and none twice', () => {
    // Times that collide, as those of parts and of a busy container do; each stream is in order.
    const times = fc.array(fc.record({ stream: fc.constantFrom(1, 2), step: fc.nat(2), text }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(times, places, (steps, cuts) => {
        let nanos = 0;
        const lines = steps.map(({ stream, step, text }) => ({
          stream,
          seconds: 1_000_000_000,
          nanos: (nanos += step),
          text,
        }));
        const data = framed(lines);
        const position = new LogPosition();
        const joiner = new LineJoiner();
        const found: LogMessage[] = [];
        // Each connection gives all from the margin on, which is all; it ends after some bytes.
        for (const end of [...cuts.map((place) => place % (data.length + 1)), data.length]) {
          position.resume();
          for (const message of new FrameDecoder().push(data.subarray(0, end))) {
            if (position.accept(message)) found.push({ ...message, text: Buffer.from(message.text) });
          }
        }
        assert.deepEqual(linesOf(found, joiner), bare(lines));
      }),
      { numRuns: 100 },
    );
  });

  it('asks for what follows with a margin, and for all before the first line', () => {
    const position = new LogPosition();
    assert.equal(position.resume(), undefined);
    position.accept({ stream: 1, time: { seconds: 100, nanos: 7 }, text: Buffer.from('a\n') });
    position.accept({ stream: 2, time: { seconds: 99, nanos: 0 }, text: Buffer.from('b\n') });
    assert.equal(position.resume(), '98.000000007');
  });

  it('does not show after a cut what `tail` had left out', () => {
    const position = new LogPosition();
    const message = (stream: number, nanos: number): LogMessage => ({
      stream,
      time: { seconds: 100, nanos },
      text: Buffer.from('x\n'),
    });
    assert.equal(position.accept(message(1, 50)), true);
    position.resume();
    assert.equal(position.accept(message(2, 49)), false);
    assert.equal(position.accept(message(2, 51)), true);
    assert.equal(position.accept(message(1, 50)), false);
  });

  it('gives a line without an end in pieces of one mebibyte', () => {
    const joiner = new LineJoiner();
    const part = Buffer.alloc(partBytes, 'x');
    const sizes: number[] = [];
    for (let n = 0; n < 160; n += 1) {
      for (const { line } of joiner.push({ stream: 1, time: undefined, text: part })) sizes.push(line.length);
    }
    assert.deepEqual(sizes, [1024 * 1024, 1024 * 1024]);
    assert.equal(joiner.flush()[0]?.line.length, 32 * partBytes);
  });

  it('reads times with an offset and with fewer digits, and lines without a time', () => {
    const data = Buffer.from(
      '2026-11-21T08:16:52.5+02:00 one\r\ntwo words, no time\n2026-11-21T06:16:52Z three\n',
    );
    const [one, two, three] = linesOf(decode(new TerminalDecoder(), [data]));
    const seconds = Date.parse('2026-11-21T06:16:52Z') / 1000;
    assert.deepEqual(one, { text: 'one', seconds, nanos: 500_000_000 });
    assert.deepEqual(two, { text: 'two words, no time', seconds: 0, nanos: 0 });
    assert.deepEqual(three, { text: 'three', seconds, nanos: 0 });
  });

  it("tells the engine's own fault, and what is not made of frames", () => {
    const fault = framed([{ stream: 3, seconds: 0, nanos: 0, text: 'error from daemon in stream: x' }]);
    assert.throws(() => new FrameDecoder().push(fault), { code: 'failed', message: /error from daemon/ });
    assert.throws(() => new FrameDecoder().push(Buffer.from('plain text, no frames')), { code: 'protocol' });
  });
});
