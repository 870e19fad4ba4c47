import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import {
  maxSizerPx,
  reveal,
  rowsPerPage,
  scrolledTo,
  scrollFor,
  shownRows,
  sizerPx,
  type RowSizes,
} from '../../../../webview/shared/virtualRows.ts';

const small: RowSizes = { rows: 1_000, rowPx: 22, viewPx: 440 };
const huge: RowSizes = { rows: 10_000_000, rowPx: 22, viewPx: 440 };
const start = { topPx: 0, barPx: 0 };

const anySizes = fc.record({
  rows: fc.integer({ min: 0, max: 1e9 }),
  rowPx: fc.integer({ min: 10, max: 60 }),
  viewPx: fc.integer({ min: 0, max: 3_000 }),
});

describe('virtualRows', () => {
  it('is as high as its rows, up to what a browser takes', () => {
    equal(sizerPx(small), 22_000);
    equal(sizerPx(huge), maxSizerPx);
    equal(sizerPx({ ...small, rows: 0 }), 0);
  });

  it('shows the rows in sight and a few around them', () => {
    const shown = shownRows(small, scrollFor(small, 100 * 22), 5);
    equal(shown.start, 95);
    equal(shown.end, 125);
    equal(shown.firstPx, 95 * 22);
  });

  it('shows nothing of an empty table', () => {
    const shown = shownRows({ ...small, rows: 0 }, start);
    equal(shown.start, 0);
    equal(shown.end, 0);
  });

  it('goes row by row with the wheel, however many rows there are', () => {
    const middle = scrollFor(huge, 5_000_000 * 22);
    const next = scrolledTo(huge, middle, middle.barPx + 100);
    ok(Math.abs(next.topPx - middle.topPx - 100) < 1e-6);
  });

  it('goes to the same share of the table with the thumb', () => {
    const half = scrolledTo(huge, start, (maxSizerPx - huge.viewPx) / 2);
    ok(Math.abs(half.topPx - (10_000_000 * 22 - 440) / 2) < 1);
  });

  it('reaches the first and the last row, though short moves shifted the bar', () => {
    let at = scrollFor(huge, 1e8);
    for (let i = 0; i < 1000; i++) at = scrolledTo(huge, at, at.barPx - 100);
    equal(scrolledTo(huge, at, 0).topPx, 0);
    const end = scrolledTo(huge, at, maxSizerPx);
    equal(shownRows(huge, end).end, 10_000_000);
  });

  it('moves no more than needed to show a row', () => {
    const at = scrollFor(small, 100 * 22);
    equal(reveal(small, at, 105), at);
    equal(reveal(small, at, 99).topPx, 99 * 22);
    equal(reveal(small, at, 120).topPx, 101 * 22);
  });

  it('turns a page with a row in common', () => {
    equal(rowsPerPage(small), 19);
    equal(rowsPerPage({ ...small, viewPx: 10 }), 1);
  });

  it('has each row that it shows in sight of the scroll bar, wherever it goes', () => {
    fc.assert(
      fc.property(
        anySizes,
        fc.array(fc.double({ min: -100, max: maxSizerPx * 1.1, noNaN: true }), { maxLength: 8 }),
        (sizes, bars) => {
          let at = start;
          for (const bar of bars) {
            at = scrolledTo(sizes, at, bar);
            const shown = shownRows(sizes, at, 0);
            ok(shown.start >= 0 && shown.end <= sizes.rows && shown.start <= shown.end);
            // The first row begins at or above the view, the last one ends at or below it.
            if (sizes.rows * sizes.rowPx < sizes.viewPx) return;
            ok(shown.firstPx <= at.barPx + 0.01);
            const lastPx = shown.firstPx + (shown.end - shown.start) * sizes.rowPx;
            ok(lastPx >= at.barPx + sizes.viewPx - 0.01);
          }
        },
      ),
    );
  });

  it('reveals any row', () => {
    fc.assert(
      fc.property(anySizes, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (sizes, share, seed) => {
        if (sizes.rows === 0 || sizes.viewPx < sizes.rowPx) return;
        const row = seed % sizes.rows;
        const at = reveal(sizes, scrollFor(sizes, share * sizes.rows * sizes.rowPx), row);
        const first = row * sizes.rowPx;
        ok(first >= at.topPx - 0.01 && first + sizes.rowPx <= at.topPx + sizes.viewPx + 0.01);
      }),
    );
  });
});
