import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { ansiSpans } from '../../../../webview/results/ansi.ts';
import { contrast, parseColor, readable, type Rgb } from '../../../../webview/results/colors.ts';

const spans = (line: string): unknown[] => ansiSpans(line).spans.map(({ text, style }) => [text, style]);

describe('ansiSpans', () => {
  it('reads colours and styles', () => {
    deepEqual(spans('a\u001b[31;1mb\u001b[0mc'), [
      ['a', {}],
      ['b', { color: 1, bold: true }],
      ['c', {}],
    ]);
    deepEqual(spans('\u001b[38;5;196mx\u001b[48;2;1;2;3my'), [
      ['x', { color: '#ff0000' }],
      ['y', { color: '#ff0000', background: '#010203' }],
    ]);
    deepEqual(spans('\u001b[94mx\u001b[39my'), [
      ['x', { color: 12 }],
      ['y', {}],
    ]);
  });

  it('goes on in the next line', () => {
    const { style } = ansiSpans('\u001b[32mgreen');
    deepEqual(ansiSpans('still', style).spans, [{ text: 'still', style: { color: 2 } }]);
  });

  it('leaves out what only a terminal understands', () => {
    deepEqual(spans('\u001b]0;title\u0007a\u001b[2Jb\u001b[1;1Hc\u0007'), [['abc', {}]]);
    deepEqual(spans('a\tb'), [['a\tb', {}]]);
  });

  it('keeps all other characters of any text, in order', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('\u001b[', '31', 'm', '\u001b', ']', '\u0007', '38;5;'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const shown = ansiSpans(pieces.join('')).spans.map(({ text }) => text);
        // eslint-disable-next-line no-control-regex -- they are what is looked for
        ok(!/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(shown.join('')));
        ok(shown.every((text) => text !== ''));
      }),
    );
    equal(ansiSpans('plain ünïcode').spans[0]?.text, 'plain ünïcode');
  });
});

describe('readable colours', () => {
  const part = fc.integer({ min: 0, max: 255 });
  const color: fc.Arbitrary<Rgb> = fc.tuple(part, part, part);

  it('have enough contrast on any background', () => {
    fc.assert(
      fc.property(color, color, (front, back) => {
        const shown = readable(front, back);
        ok(contrast(shown, back) >= 4.5);
        if (contrast(front, back) >= 4.5) deepEqual(shown, front);
      }),
    );
  });

  it('are read as style sheets write them', () => {
    deepEqual(parseColor('#fff'), [255, 255, 255]);
    deepEqual(parseColor('#0102ff80'), [1, 2, 255]);
    deepEqual(parseColor(' rgba(1, 2, 3, 0.4)'), [1, 2, 3]);
    equal(parseColor('var(--x)'), undefined);
  });
});
