import { deepEqual, equal, match, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { parseChart } from '../../../../src/chart/chartFile.ts';
import type { ChartSpec, Mark } from '../../../../src/chart/chartSpec.ts';
import { brokenRule } from '../../../../src/chart/chartRules.ts';
import { changeText } from '../../../../src/vscode/charts/chartEdits.ts';
import {
  changesFor,
  controlNames,
  shownControls,
  type ControlName,
} from '../../../../webview/chart/chartChoices.ts';

const columns = [
  { name: 'branch', type: 'string' },
  { name: 'state', type: 'string' },
  { name: 'day', type: 'timestamp' },
  { name: 'orders', type: 'bigint' },
  { name: 'hours', type: 'decimal(10,2)' },
];
const bar: ChartSpec = {
  ...{ title: 'Orders', source: { table: 'gold/orders' }, mark: 'bar' },
  x: { field: 'branch' },
  y: { field: 'orders', title: 'All orders', aggregate: 'sum' },
};

/** What the host makes of a choice: the text of the file. */
function chosen(spec: ChartSpec, name: ControlName, value: string): ChartSpec {
  const changes = changesFor(spec, columns, name, value);
  if (typeof changes === 'string') throw new Error(changes);
  const text = JSON.stringify(spec);
  const edit = changeText(text, changes);
  return parseChart(edit ? text.slice(0, edit.start) + edit.text + text.slice(edit.end) : text);
}

describe('chartChoices', () => {
  it('shows what the file says', () => {
    const shown = shownControls({ ...bar, sort: { by: 'y' }, top: { count: 5 } }, columns);
    equal(shown.get('mark')?.value, 'bar');
    equal(shown.get('y')?.value, 'orders');
    deepEqual(
      shown.get('y')?.choices.map(({ value }) => value),
      ['', 'orders', 'hours'],
    );
    equal(shown.get('sort')?.value, 'y ascending');
    equal(shown.get('top')?.value, '5');
    equal(shown.get('grain'), undefined);
  });

  it('offers a time grain where x is a time', () => {
    ok(shownControls({ ...bar, x: { field: 'day' } }, columns).has('grain'));
  });

  it('keeps a column that is not there any more among the choices', () => {
    const shown = shownControls({ ...bar, x: { field: 'gone' } }, columns).get('x');
    equal(shown?.value, 'gone');
    ok(shown.choices.some(({ value }) => value === 'gone'));
  });

  it('takes out the title of a column that is not drawn any more', () => {
    deepEqual(changesFor(bar, columns, 'y', 'hours'), [
      { path: ['y', 'field'], value: 'hours' },
      { path: ['y', 'title'] },
    ]);
  });

  it('counts rows, or values that are no numbers', () => {
    deepEqual(chosen(bar, 'y', '').y, { aggregate: 'count' });
    equal(chosen(bar, 'y', 'state').y.aggregate, 'count');
    equal(chosen({ ...bar, y: { aggregate: 'count' } }, 'y', 'orders').y.aggregate, 'sum');
  });

  it('sums up what a time grain puts together', () => {
    const line: ChartSpec = { ...bar, mark: 'line', x: { field: 'day' }, y: { field: 'orders' } };
    const monthly = chosen(line, 'grain', 'month');
    equal(monthly.x.grain, 'month');
    equal(monthly.y.aggregate, 'sum');
    equal(chosen(monthly, 'x', 'branch').x.grain, undefined);
  });

  it('says what is no number', () => {
    match(changesFor(bar, columns, 'top', '2.5') as string, /whole number from 1 to 1000/);
    match(changesFor(bar, columns, 'decimals', '11') as string, /0 to 10/);
    match(changesFor(bar, columns, 'title', '') as string, /needs a title/);
  });

  it('keeps what was drawn when the mark changes', () => {
    const split = chosen(bar, 'color', 'state');
    const heat = chosen(split, 'mark', 'heatMap');
    deepEqual(heat.y, { field: 'state' });
    deepEqual(heat.value, bar.y);
    const back = chosen(heat, 'mark', 'bar');
    deepEqual(back, split);
  });

  it('makes a chart that can be drawn of any choices, one after the other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...controlNames), fc.nat(), fc.nat({ max: 12 })), {
          maxLength: 12,
        }),
        (picks) => {
          let spec = bar;
          for (const [name, pick, number] of picks) {
            const shown = shownControls(spec, columns).get(name);
            if (!shown) continue;
            const { choices } = shown;
            const value =
              choices.length > 0
                ? choices[pick % choices.length]!.value
                : name === 'title'
                  ? 'T'
                  : String(number);
            if (typeof changesFor(spec, columns, name, value) === 'string') continue;
            spec = chosen(spec, name, value);
            equal(brokenRule(spec), undefined);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('offers each mark from each other', () => {
    const marks = shownControls(bar, columns)
      .get('mark')!
      .choices.map(({ value }) => value as Mark);
    equal(marks.length, 9);
    for (const from of marks) for (const to of marks) chosen(chosen(bar, 'mark', from), 'mark', to);
  });
});
