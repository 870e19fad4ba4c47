import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { parseLogRange, type LogRange } from '../../../src/spark/logRange.ts';
import { LogTail } from '../../../src/spark/logTail.ts';

/** A worker's log page over `bytes`: it decodes each range by itself, as Java does. */
function worker(bytes: Buffer, maxLength: number) {
  return (offset: number, length: number): Promise<LogRange> => {
    const start = Math.min(offset, bytes.length);
    const end = Math.min(start + Math.min(length, maxLength), bytes.length);
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, end));
    return Promise.resolve(
      parseLogRange(`==== Bytes ${start}-${end} of ${bytes.length} of /w/stdout ====\n${text}`),
    );
  };
}

async function readAll(tail: LogTail, readLog: ReturnType<typeof worker>, final = false): Promise<string> {
  let text = '';
  do text += await tail.read(readLog, final);
  while (tail.behind);
  return text;
}

describe('a log read by byte ranges', () => {
  it('gives each character once, however it grows and is cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\n', '\ufffd'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.nat(240)),
        fc.integer({ min: 4, max: 9 }),
        async (whole, cuts, max) => {
          const bytes = Buffer.from(whole);
          const tail = new LogTail();
          let got = '';
          for (const cut of cuts.sort((a, b) => a - b)) {
            got += await readAll(tail, worker(bytes.subarray(0, cut), max));
            assert.ok(whole.startsWith(got), `${JSON.stringify(got)} of ${JSON.stringify(whole)}`);
          }
          got += await readAll(tail, worker(bytes, max), true);
          assert.equal(got, whole);
          assert.equal(tail.kept, whole);
        },
      ),
    );
  });

  it('gets through bytes that are no UTF-8', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (noise) => {
        const bytes = Buffer.concat([noise, Buffer.from('\nend 😀')]);
        const tail = new LogTail();
        let got = await readAll(tail, worker(bytes.subarray(0, noise.length), 16));
        got += await readAll(tail, worker(bytes, 16), true);
        assert.ok(got.endsWith('end 😀'), JSON.stringify(got));
        assert.equal(tail.offset, bytes.length);
      }),
    );
  });

  it('keeps nothing where nothing is to be kept', async () => {
    const tail = new LogTail(0);
    assert.equal(await readAll(tail, worker(Buffer.from('all of it'), 4)), 'all of it');
    assert.equal(tail.kept, '');
    assert.equal(tail.complete, false);
  });

  it('keeps the end of a long log, and says that it is not all', async () => {
    const tail = new LogTail(100);
    await readAll(tail, worker(Buffer.from('x'.repeat(1000)), 50), true);
    assert.equal(tail.complete, false);
    assert.ok(tail.kept.length <= 200);
  });

  it('comes back from a log that grows as fast as it is read', async () => {
    let total = 0;
    const flood = (offset: number): Promise<LogRange> => {
      total += 1000;
      return Promise.resolve({ start: offset, end: offset + 100, total, text: 'x'.repeat(100) });
    };
    const tail = new LogTail();
    assert.ok((await tail.read(flood)).length > 0);
    assert.equal(tail.behind, true);
    assert.equal(tail.offset, tail.kept.length);
  });

  it('tells a log that is not there from one that is empty', () => {
    const gone = '==== Bytes 0-0 of 0 of /w/driver-x/stdout ====\nError: invalid log directory /w/driver-x/';
    assert.throws(
      () => parseLogRange(gone),
      (error) => isWorkbenchError(error, 'not-found'),
    );
    assert.equal(parseLogRange('==== Bytes 0-0 of 0 of /w/stdout ====\n').total, 0);
    assert.throws(
      () => parseLogRange('<html>'),
      (error) => isWorkbenchError(error, 'protocol'),
    );
  });
});
