import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  RowWindows,
  type RowsRequest,
  type RowWindowsOptions,
} from '../../../../webview/table/rowWindows.ts';

const rowCount = 100_000;

describe('windows of rows', () => {
  let asked: RowsRequest[];
  let aborted: number[];
  const make = (options: Partial<RowWindowsOptions> = {}): RowWindows =>
    new RowWindows({
      columnCount: 3,
      windowRows: 100,
      settleMs: 15,
      changed: () => {},
      ask: async (request, signal) => {
        asked.push(request);
        signal.addEventListener('abort', () => aborted.push(request.start));
        await sleep(5);
        const rows = Math.max(0, Math.min(request.end, rowCount) - request.start);
        return Array.from({ length: rows }, (_x, i) =>
          request.columns.map((column) => (request.start + i) * 10 + column),
        );
      },
      ...options,
    });
  beforeEach(() => {
    asked = [];
    aborted = [];
  });
  const starts = (): number[] => asked.map(({ start }) => start);

  it('asks for what is in sight first, then for its neighbours', async () => {
    const windows = make();
    windows.show(120, 180, 0, 3, rowCount);
    assert.equal(windows.cell(150, 1), undefined);
    await sleep(60);
    assert.deepEqual(starts(), [100, 200, 0]);
    assert.equal(windows.cell(150, 1), 1501);
    assert.equal(windows.loadedRows, 300);
    windows.show(121, 181, 0, 3, rowCount);
    await sleep(20);
    assert.equal(asked.length, 3);
  });

  it('asks only where a jump ends', async () => {
    const windows = make();
    for (let row = 1000; row <= 90_000; row += 1000) windows.show(row, row + 50, 0, 3, rowCount);
    await sleep(150);
    assert.equal(asked[0]!.start, 90_000);
    assert.ok(asked.length <= 3, `${asked.length} requests`);
  });

  it('cancels what went out of sight before it came', async () => {
    const windows = make({ settleMs: 1 });
    windows.show(0, 50, 0, 3, rowCount);
    windows.show(50_000, 50_050, 0, 3, rowCount);
    assert.deepEqual(aborted, [0]);
    await sleep(60);
    assert.equal(windows.cell(0, 0), undefined);
    assert.equal(windows.cell(50_000, 0), 500_000);
  });

  it('drops what was not looked at for longest', async () => {
    const windows = make({ maxCells: 1500, settleMs: 1 });
    for (const row of [0, 10_000, 20_000]) {
      windows.show(row, row + 50, 0, 3, rowCount);
      await sleep(40);
    }
    assert.equal(windows.cell(0, 0), undefined);
    assert.equal(windows.cell(20_000, 0), 200_000);
    assert.ok(windows.loadedRows <= 500);
  });

  it('asks for blocks of columns where there are many', async () => {
    const windows = make({ columnCount: 500 });
    windows.show(0, 50, 120, 130, rowCount);
    await sleep(40);
    assert.deepEqual([asked[0]!.columns[0], asked[0]!.columns.length], [100, 50]);
    assert.equal(windows.cell(3, 125), 155);
    assert.equal(windows.cell(3, 20), undefined);
  });

  it('loads from the start on until there are enough', async () => {
    const windows = make();
    await windows.load(250, [0], () => rowCount);
    assert.deepEqual(starts(), [0, 100, 200]);
    assert.deepEqual([windows.rows()[0], windows.rows().at(-1)], [0, 299]);
  });

  it('tells why rows did not come, and asks again when told to', async () => {
    let fails = true;
    const windows = make({
      ask: () => (fails ? Promise.reject(new Error('It is gone.')) : Promise.resolve([[1, 2, 3]])),
    });
    windows.show(0, 50, 0, 3, 50);
    await sleep(20);
    assert.equal(windows.failure(0, 0), 'It is gone.');
    fails = false;
    windows.retry();
    windows.show(0, 50, 0, 3, 50);
    await sleep(20);
    assert.equal(windows.cell(0, 2), 3);
  });
});
