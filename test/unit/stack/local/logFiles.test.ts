import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { LineSplitter, parseLogName, tailOf } from '../../../../src/stack/local/logFiles.ts';

describe('LineSplitter', () => {
  it('gives the same lines however the bytes arrive', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(20)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''));
        const splitter = new LineSplitter();
        const found: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          found.push(...splitter.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        found.push(...splitter.push(bytes.subarray(at)), ...splitter.flush());
        assert.deepEqual(found, lines);
      }),
    );
  });

  it('cuts a line without end', () => {
    const splitter = new LineSplitter();
    const lines = splitter.push(Buffer.alloc(3 * 1024 * 1024, 'x'));
    assert.equal(lines.join('').length + splitter.flush().join('').length, 3 * 1024 * 1024);
    assert.ok(lines.length >= 2);
  });
});

describe('tailOf', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medallion-log-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('gives the last lines, from an offset on, with an unfinished one', async () => {
    const path = join(folder, 'a.log');
    const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n} ä`);
    await writeFile(path, lines.join('\n'));
    assert.deepEqual(await tailOf(path, 3), lines.slice(-3));
    await writeFile(path, `${lines.join('\n')}\n`);
    assert.deepEqual(await tailOf(path, 3), lines.slice(-3));
    assert.deepEqual(await tailOf(path, 15_000), lines.slice(-15_000));
    assert.deepEqual(await tailOf(path, 30_000), lines);
    assert.deepEqual(
      await tailOf(path, 5, Buffer.byteLength(lines.slice(0, -2).join('\n')) + 1),
      lines.slice(-2),
    );
    assert.deepEqual(await tailOf(path, 0), []);
    assert.deepEqual(await tailOf(join(folder, 'gone.log'), 3), []);
  });
});

describe('parseLogName', () => {
  it('knows service and replica', () => {
    assert.deepEqual(parseLogName('spark-worker-2.log'), { service: 'spark-worker', replica: 2 });
    assert.equal(parseLogName('spark-worker-2.log.1'), undefined);
  });
});
