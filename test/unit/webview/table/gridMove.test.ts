import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ColumnSizes } from '../../../../webview/table/columnSizes.ts';
import { gridMove } from '../../../../webview/table/gridMove.ts';
import { readPageState } from '../../../../webview/table/pageState.ts';

describe('keys in the grid', () => {
  const size = { rows: 100, columns: 5, pageRows: 20 };
  const to = (key: string, row: number, column: number, isCommand = false): unknown => {
    const place = gridMove(key, isCommand, { row, column }, size);
    return place && [place.row, place.column];
  };

  it('leads from the head into the rows and back', () => {
    assert.deepEqual(to('ArrowUp', 0, 2), [-1, 2]);
    assert.deepEqual(to('ArrowUp', -1, 2), [-1, 2]);
    assert.deepEqual(to('ArrowDown', -1, 2), [0, 2]);
    assert.deepEqual(to('PageUp', 5, 2), [0, 2]);
  });

  it('stops at the ends', () => {
    assert.deepEqual(to('PageDown', 95, 0), [99, 0]);
    assert.deepEqual(to('End', 3, 0, true), [99, 4]);
    assert.deepEqual(to('Home', 3, 3, true), [0, 0]);
    assert.deepEqual(to('ArrowRight', 3, 4), [3, 4]);
    assert.equal(to('x', 3, 4), undefined);
    assert.deepEqual(gridMove('End', true, { row: -1, column: 0 }, { ...size, rows: 0 }), {
      row: -1,
      column: 4,
    });
  });
});

describe('places of columns', () => {
  it('shows all that are in sight, and few more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 48, max: 400 }), { minLength: 1, maxLength: 600 }),
        fc.nat(50_000),
        fc.integer({ min: 1, max: 3_000 }),
        (widths, leftPx, viewPx) => {
          const sizes = new ColumnSizes(widths);
          const { first, end } = sizes.shown(leftPx, viewPx);
          for (let column = 0; column < widths.length; column++) {
            const left = sizes.left(column);
            const isSeen = left < leftPx + viewPx && left + widths[column]! > leftPx;
            if (isSeen) assert.ok(column >= first && column < end);
          }
          assert.ok((end - first - 4) * 48 <= viewPx);
        },
      ),
    );
  });
});

describe('the state of the table page', () => {
  it('begins anew where what was kept cannot be read', () => {
    for (const kept of [null, undefined, 7, { topRow: 'x' }, { view: { filters: [{ is: 'like' }] } }]) {
      assert.deepEqual(readPageState(kept), readPageState({}));
    }
    assert.equal(readPageState({ topRow: 12, more: true }).topRow, 12);
  });
});
