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
