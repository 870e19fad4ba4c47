import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import type { RunEvent } from '../../../../../src/session/sessionTypes.ts';
import { RunOutputs, defaultLimits } from '../../../../../src/vscode/session/results/runOutputs.ts';
import { TextLines } from '../../../../../src/vscode/session/results/textLines.ts';

const stream = (text: string, name: 'stdout' | 'stderr' = 'stdout'): RunEvent => ({
  kind: 'stream',
  name,
  text,
});
const data = (text: string, displayId?: string): RunEvent => ({
  kind: 'data',
  bundle: { 'text/plain': text },
  isResult: false,
  ...(displayId !== undefined && { displayId }),
});
const shown = (outputs: RunOutputs): unknown[] =>
  outputs.all.map((one) => {
    if (one.kind === 'text') return [one.stream, one.text.slice(0).join('\n')];
    return one.kind === 'data' ? one.bundle['text/plain'] : one.kind;
  });

describe('lines of text', () => {
  it('say which line is the first that changed', () => {
    const lines = new TextLines();
    equal(lines.add('a'), 0);
    equal(lines.add('b\nc\n'), 0);
    equal(lines.add('d'), 2);
    deepEqual(lines.slice(0), ['ab', 'c', 'd']);
    equal(lines.end, 3);
  });

  it('are overwritten after a carriage return, however it comes', () => {
    for (const pieces of [['10%\r20%\rdone\n'], ['10%\r', '20%', '\r', 'done\n']]) {
      const lines = new TextLines();
      for (const piece of pieces) lines.add(piece);
      deepEqual(lines.slice(0), ['done']);
    }
    const windows = new TextLines();
    for (const piece of ['a\r', '\nb\r\n', 'c\r']) windows.add(piece);
    deepEqual(windows.slice(0), ['a', 'b', 'c']);
  });

  it('keep their numbers when the oldest are dropped', () => {
    const lines = new TextLines();
    lines.add('a\nb\nc\n');
    lines.drop(2);
    deepEqual([lines.first, lines.end, lines.count], [2, 3, 1]);
    deepEqual(lines.slice(0), ['c']);
    equal(lines.add('d'), 3);
  });

  it('keep their numbers however often the oldest are dropped', () => {
    const lines = new TextLines();
    for (let i = 0; i < 100; i++) {
      lines.add(`${i}\n`);
      if (lines.count > 7) lines.drop(1);
      const kept = Array.from({ length: Math.min(i + 1, 7) }, (_, k) => String(Math.max(0, i - 6) + k));
      deepEqual(lines.slice(0), kept);
      deepEqual(lines.slice(lines.end - 1), [String(i)]);
      equal(lines.text, kept.map((line) => `${line}\n`).join(''));
      equal(lines.chars, kept.join('').length);
    }
  });

  it('are cut where they are too long, and stay so', () => {
    const lines = new TextLines();
    for (let i = 0; i < 10; i++) lines.add('x'.repeat(9_000));
    equal(lines.slice(0)[0]?.length, 10_001);
    equal(lines.chars, 10_001);
  });

  it('are the same in whatever pieces the text comes', () => {
    const text = fc.array(fc.constantFrom('a', 'b\n', '\r', '\n', '\r\n', 'cc'), { maxLength: 30 });
    fc.assert(
      fc.property(text, (pieces) => {
        const [whole, parts] = [new TextLines(), new TextLines()];
        whole.add(pieces.join(''));
        for (const piece of pieces) parts.add(piece);
        deepEqual(parts.slice(0), whole.slice(0));
        equal(parts.chars, whole.chars);
      }),
    );
  });
});

describe('outputs of a run', () => {
  it('join text of one stream, and keep the order of what else comes', () => {
    const outputs = new RunOutputs();
    deepEqual(outputs.apply(stream('a\n')), { output: 1 });
    deepEqual(outputs.apply(stream('b\n')), { output: 1, fromLine: 1 });
    outputs.apply(stream('no\n', 'stderr'));
    outputs.apply(data('42'));
    outputs.apply(stream('c'));
    deepEqual(shown(outputs), [['stdout', 'a\nb'], ['stderr', 'no'], '42', ['stdout', 'c']]);
  });

  it('are cleared at once, or by what comes next', () => {
    const outputs = new RunOutputs();
    outputs.apply(stream('a'));
    equal(outputs.apply({ kind: 'clear', wait: true }), undefined);
    deepEqual(shown(outputs), [['stdout', 'a']]);
    equal(outputs.apply(stream('b')), 'all');
    deepEqual(shown(outputs), [['stdout', 'b']]);
    equal(outputs.apply({ kind: 'clear', wait: false }), 'all');
    deepEqual(shown(outputs), []);
  });

  it('are updated by the id that they were displayed under', () => {
    const outputs = new RunOutputs();
    outputs.apply(data('1', 'bar'));
    const bundle = { 'text/plain': '2' };
    deepEqual(outputs.apply({ kind: 'update', displayId: 'bar', bundle }), { output: 1 });
    equal(outputs.apply({ kind: 'update', displayId: 'other', bundle }), undefined);
    deepEqual(shown(outputs), ['2']);
  });

  it('keep the newest within their limits, and count what they dropped', () => {
    const outputs = new RunOutputs({ lines: 10, chars: 1_000, outputs: 3, dataChars: 1_000 });
    outputs.apply(stream('x\n'.repeat(8)));
    outputs.apply(stream('y\n'.repeat(8), 'stderr'));
    equal(outputs.droppedLines, 6);
    deepEqual(shown(outputs)[0], ['stdout', 'x\nx']);
    outputs.apply(data('1'));
    equal(outputs.apply(data('2')), 'all');
    equal(outputs.dropped, 1);
    outputs.apply(data('z'.repeat(2_000)));
    equal(outputs.all.length, 1, 'the newest stays though it is too large');
  });

  it('take a line at a time of a flood in little time', () => {
    const outputs = new RunOutputs();
    const before = performance.now();
    for (let i = 0; i < 200_000; i++) outputs.apply(stream(`${i}\n`));
    const tookMs = performance.now() - before;
    ok(tookMs < 4_000, `${tookMs} ms`);
    equal(outputs.droppedLines, 200_000 - defaultLimits.lines);
  });

  it('take text of two streams in turn, and many displays, in little time', () => {
    const before = performance.now();
    const outputs = new RunOutputs();
    let whole = 0;
    for (let i = 0; i < 100_000; i++) {
      if (outputs.apply(stream(`${i}\n`, i % 2 === 0 ? 'stdout' : 'stderr')) === 'all') whole++;
      if (i % 10 === 0 && outputs.apply(data(String(i))) === 'all') whole++;
    }
    const tookMs = performance.now() - before;
    ok(tookMs < 2_000, `${tookMs} ms`);
    ok(whole < 2_000, `all of it has changed ${whole} times`);
    ok(outputs.all.length <= defaultLimits.outputs && outputs.all.length > defaultLimits.outputs / 2);
    deepEqual(shown(outputs).at(-1), ['stderr', '99999']);
  });

  it('count what they hold, whatever comes', () => {
    const event = fc.oneof(
      fc.record({ text: fc.constantFrom('a', 'bb\n', '\n', 'c\nd'), isError: fc.boolean() }),
      fc.constantFrom('data', 'clear', 'clear later'),
    );
    const limits = { lines: 5, chars: 12, outputs: 4, dataChars: 20 };
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const outputs = new RunOutputs(limits);
        for (const one of events) {
          if (one === 'data') outputs.apply(data('1234567'));
          else if (typeof one === 'string') outputs.apply({ kind: 'clear', wait: one !== 'clear' });
          else outputs.apply(stream(one.text, one.isError ? 'stderr' : 'stdout'));
        }
        const chars = outputs.all.map((one) =>
          one.kind === 'text' ? one.text.chars : one.kind === 'data' ? 7 : 0,
        );
        equal(
          outputs.chars,
          chars.reduce((sum, n) => sum + n, 0),
        );
        const texts = outputs.all.flatMap((one) => (one.kind === 'text' ? [one.text] : []));
        const isLeast = texts.every(({ count }) => count <= 1);
        ok(isLeast || texts.reduce((sum, { count }) => sum + count, 0) <= limits.lines);
      }),
    );
  });

  it('take a flood of 400,000 lines in little time', () => {
    const outputs = new RunOutputs();
    const piece = 'line of a hundred characters or so '.repeat(3).concat('\n').repeat(400);
    const before = performance.now();
    for (let i = 0; i < 1_000; i++) outputs.apply(stream(piece));
    const tookMs = performance.now() - before;
    ok(tookMs < 4_000, `${tookMs} ms`);
    equal(outputs.all[0]?.kind === 'text' && outputs.all[0].text.count <= defaultLimits.lines, true);
    ok(outputs.chars <= defaultLimits.chars);
  });
});
