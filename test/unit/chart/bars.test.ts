import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drawBars } from '../../../src/chart/bars.ts';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import { fitText, textWidth } from '../../../src/chart/textWidth.ts';

const spec: ChartSpec = {
  title: 'Deliveries per branch',
  source: { table: 't' },
  mark: 'horizontalBar',
  x: { field: 'branch' },
  y: { field: 'n', title: 'Deliveries' },
};

describe('drawBars', () => {
  it('draws the bars in the order of the table', () => {
    const model = buildChart(spec, [
      { branch: 'Riverside', n: 30 },
      { branch: '東京 🚚', n: 15 },
      { branch: 'Empty', n: null },
    ]);
    assert.deepEqual(drawBars(model, { width: 32 }), [
      'Deliveries per branch',
      'Deliveries',
      'Riverside  █████████████████  30',
      '東京 🚚    ████████▌          15',
      'Empty                          -',
      '1 row without a number in "n".',
    ]);
    assert.deepEqual(drawBars(model, { width: 32, ascii: true })[3], '?? ?       #########          15');
  });

  it('never is wider than the terminal, nor lets control characters through', () => {
    const label = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[2J', '\u001b]0;title\u0007', '\r\n', '👩‍👩‍👧', '日本語', 'é'),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(label, fc.oneof(fc.integer(), fc.constant(null))), {
          selector: ([text]) => text,
          maxLength: 12,
        }),
        fc.integer({ min: 1, max: 120 }),
        fc.boolean(),
        (data, width, ascii) => {
          const sum = { ...spec, y: { field: 'n', aggregate: 'sum' as const } };
          const model = buildChart(
            sum,
            data.map(([branch, n]) => ({ branch, n })),
          );
          for (const line of drawBars(model, { width, ascii })) {
            assert.ok(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`);
            // eslint-disable-next-line no-control-regex -- they are what must not be there
            assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/);
            if (ascii) assert.match(line, /^[\x20-\x7e]*$/);
          }
        },
      ),
    );
  });

  it('draws bars in proportion', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 9 }), (numbers) => {
        const model = buildChart(
          spec,
          numbers.map((n, i) => ({ branch: `b${i}`, n })),
        );
        const lengths = drawBars(model, { width: 60, ascii: true })
          .slice(2)
          .map((line) => line.split('#').length - 1);
        numbers.forEach((a, i) => {
          numbers.forEach((b, j) => {
            if (a >= b) assert.ok(lengths[i]! >= lengths[j]!);
          });
        });
      }),
    );
  });
});

describe('textWidth', () => {
  it('counts two columns for wide characters and emoji, none for marks', () => {
    assert.equal(textWidth('abc'), 3);
    assert.equal(textWidth('日本'), 4);
    assert.equal(textWidth('👩‍👩‍👧🚚'), 4);
    assert.equal(textWidth('e\u0301'), 1);
  });

  it('cuts between characters', () => {
    assert.equal(fitText('日本語', 5), '日本…');
    assert.equal(fitText('日本語', 4), '日…');
    assert.equal(fitText('abc', 3), 'abc');
  });
});
