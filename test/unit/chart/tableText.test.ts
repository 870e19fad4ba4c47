import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import { tableRow, type ChartModel } from '../../../src/chart/chartModel.ts';
import { compareCharts } from '../../../src/chart/compareCharts.ts';
import { csvOf, markdownOf } from '../../../src/chart/tableText.ts';

const spec: ChartSpec = {
  title: 'T',
  source: { table: 't' },
  mark: 'bar',
  x: { field: 'b', title: 'Branch' },
  y: { field: 'n', title: 'Orders', unit: 'a "day"', aggregate: 'sum', format: { style: 'compact' } },
};
const build = (rows: { b: unknown; n: unknown }[]): ChartModel => buildChart(spec, rows);

/** Reads RFC 4180 as it is written there. */
function readCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    const [, raw, end] = match;
    lines.at(-1)!.push(raw!.startsWith('"') ? raw!.slice(1, -1).replaceAll('""', '"') : raw!);
    if (end === '\r\n') lines.push([]);
    if (field.lastIndex === text.length) break;
  }
  assert.deepEqual(lines.pop(), []);
  return lines;
}

describe('csvOf', () => {
  it('writes numbers as they are, and no value as nothing', () => {
    const model = build([
      { b: 'a, "b"', n: 1234567.25 },
      { b: 'c', n: null },
    ]);
    assert.equal(csvOf(model), 'Branch,"Orders (a ""day"")"\r\n"a, ""b""",1234567.25\r\nc,\r\n');
  });

  it('has what changed', () => {
    const model = build([{ b: 'a', n: 1 }]);
    const text = csvOf(model, compareCharts(model, build([{ b: 'a', n: 3 }])));
    assert.equal(text.split('\r\n')[1], 'a,1,3,-2');
  });

  it('has all five numbers of a box', () => {
    const model = buildChart({ ...spec, mark: 'box', y: { field: 'n' } }, [{ b: 'a', n: 1 }]);
    assert.equal(csvOf(model).split('\r\n')[1], 'a,1,1,1,1,1');
  });

  it('is read back as it was', () => {
    const rows = fc.uniqueArray(
      fc.record({ b: fc.string({ unit: 'binary' }), n: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      { selector: ({ b }) => b },
    );
    fc.assert(
      fc.property(rows, (data) => {
        const model = build(data);
        const [, ...lines] = readCsv(csvOf(model));
        assert.deepEqual(
          lines.map(([label, n]) => [label, Number(n)]),
          model.categories.map((label, i) => [label, model.series[0]!.y[i]! + 0]),
        );
      }),
    );
  });
});

describe('markdownOf', () => {
  it('writes the table as it is shown', () => {
    assert.equal(
      markdownOf(build([{ b: 'Old Town', n: 1200 }])),
      '| Branch | Orders (a "day") |\n| --- | ---: |\n| Old Town | 1.2K |\n',
    );
  });

  it('has a line for each row, and no markup of data', () => {
    const label = fc.oneof(
      fc.string(),
      fc.constantFrom('a|b', '<img src=x>', '[x](javascript:alert(1))', '`code`', '**b**', '![](x)', '\\|'),
    );
    const rows = fc.uniqueArray(fc.record({ b: label, n: fc.integer() }), { selector: ({ b }) => b });
    fc.assert(
      fc.property(rows, (data) => {
        const model = build(data);
        const lines = markdownOf(model).trimEnd().split('\n').slice(2);
        assert.equal(lines.length, model.categories.length);
        lines.forEach((line, place) => {
          // Without what is escaped, only the borders of two cells are left.
          assert.equal(line.replace(/\\./g, '').match(/\|/g)?.length, 3);
          assert.doesNotMatch(line.replace(/\\./g, ''), /[<`*[\]]/);
          const text = line.slice(2, -2).replace(/\\(.)/g, '$1');
          assert.equal(text.replace(/\s/g, ''), tableRow(model, place).join('|').replace(/\s/g, ''));
        });
      }),
    );
  });
});
