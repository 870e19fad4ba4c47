import assert from 'node:assert/strict';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { FramePreview } from '../../../src/session/framePreview.ts';
import { askColumns, askQueryRows, askRows, askView, type Asked } from '../../../src/session/frameRows.ts';
import { CutValue, rowValue } from '../../../src/session/rowValues.ts';

/** A session that gives these answers, by the question. */
function sessionOf(answers: Record<string, unknown>): Asked & { asked: [string, object][] } {
  const asked: [string, object][] = [];
  return {
    asked,
    ask: (name, args) => {
      asked.push([name, args]);
      const answer = answers[name];
      const value: unknown =
        typeof answer === 'function' ? (answer as (args: object) => unknown)(args) : answer;
      return Promise.resolve(value);
    },
  };
}

describe('values of the session', () => {
  it('are those of values.ts', () => {
    assert.deepEqual(
      [null, true, 1.5, 'x'].map((value) => rowValue(value)),
      [null, true, 1.5, 'x'],
    );
    assert.equal(rowValue({ l: '9007199254740993' }), 9_007_199_254_740_993n);
    assert.equal(rowValue({ d: '1.10' }), '1.10');
    assert.ok(Object.is(rowValue({ f: '-0' }), -0));
    assert.equal(rowValue({ f: 'Infinity' }), Infinity);
    assert.equal(JSON.stringify(rowValue({ t: 1_709_210_096_789_012 })), '"2024-02-29T12:34:56.789012Z"');
    assert.equal(JSON.stringify(rowValue({ t: '253402300799999999' })), '"9999-12-31T23:59:59.999999Z"');
    assert.equal(rowValue({ n: 1_709_210_096_000_000 }), '2024-02-29T12:34:56');
    assert.equal(rowValue({ D: -1 }), '1969-12-31');
    assert.equal(rowValue({ c: 1 }), '00:00:00.000001');
    assert.deepEqual(rowValue({ b: 'AP8=' }), Uint8Array.of(0, 255));
    assert.deepEqual(rowValue({ a: [1, { l: '5' }] }), [1, 5n]);
    assert.deepEqual(rowValue({ m: [[1, { a: [] }]] }), [{ key: 1, value: [] }]);
    const struct = rowValue({ s: [['__proto__', 1]] }) as object;
    assert.deepEqual(Object.entries(struct), [['__proto__', 1]]);
    assert.deepEqual(rowValue({ x: 'ab', z: 9 }), new CutValue('ab', 9));
  });

  it('are refused where they are none', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200; i++) deep = { a: [deep] };
    const wrong = [
      undefined,
      {},
      { q: 1 },
      { l: 'x' },
      { f: 'nan' },
      { t: 1.5 },
      { a: 1 },
      { a: [], s: [] },
      deep,
    ];
    for (const value of wrong) {
      assert.throws(
        () => rowValue(value),
        (error) => isWorkbenchError(error, 'protocol'),
        String(value),
      );
    }
  });
});

describe('questions about rows', () => {
  it('say what of a view is wanted, in the words of the kernel', async () => {
    const session = sessionOf({ rows: { rows: [[1, { l: '5' }]], rowCount: { rows: 1, isFinal: true } } });
    const source = { table: { path: '/data/gold/x', format: 'delta' as const, version: 3 } };
    const view = {
      sort: { column: 1, descending: true },
      filters: [{ column: 0, is: 'less', value: '5' }],
      ...{ search: 'a', zone: 'Europe/Zurich', language: 'de' },
    };
    const answer = await askRows(session, {
      ...{ source, opened: 'o', start: 0, end: 200, columns: ['a', 'b'], only: [1] },
      ...{ view, count: true, cut: true },
    });
    assert.deepEqual(answer, { rows: [[1, 5n]], rowCount: { rows: 1, isFinal: true } });
    const [[name, args] = []] = session.asked;
    assert.equal(name, 'rows');
    assert.deepEqual(args, {
      ...{ source, opened: 'o', start: 0, end: 200, names: ['a', 'b'], only: [1], count: true, cut: true },
      ...{
        sort: view.sort,
        filters: view.filters,
        search: 'a',
        zone: 'Europe/Zurich',
        group: '.',
        point: ',',
      },
    });
  });

  it('give the rows of a query by their names', async () => {
    const session = sessionOf({
      chartRows: {
        columns: [
          { name: 'day', type: 'date' },
          { name: '__proto__', type: 'bigint' },
        ],
        ...{
          fields: [1, 0],
          values: [
            [1, null],
            [{ D: 0 }, { D: 1 }],
          ],
          rows: 2,
          more: false,
        },
      },
    });
    const { rows, columns, hasMore } = await askQueryRows(session, 'SELECT 1', { limit: 5, fields: ['day'] });
    assert.deepEqual(
      rows.map((row) => Object.entries(row)),
      [
        [
          ['__proto__', 1],
          ['day', '1970-01-01'],
        ],
        [
          ['__proto__', null],
          ['day', '1970-01-02'],
        ],
      ],
    );
    assert.deepEqual([columns.length, hasMore], [2, false]);
  });

  it('refuse answers that are none', async () => {
    const session = sessionOf({ rows: { rows: 1 }, columns: [], chartRows: {}, view: { name: 1 } });
    const isRefused = (error: unknown): boolean => isWorkbenchError(error, 'protocol');
    const range = { source: { variable: 'x' }, opened: '', start: 0, end: 1 };
    await assert.rejects(askRows(session, range), isRefused);
    await assert.rejects(askColumns(session, { variable: 'x' }), isRefused);
    await assert.rejects(askQueryRows(session, '', { limit: 1, fields: [] }), isRefused);
    await assert.rejects(askView(session, 'x'), isRefused);
  });
});

describe('the preview of a frame', () => {
  it('tells how many rows it has once that is known, and does not forget it', async () => {
    let rowCount = { rows: 1_000, isFinal: false };
    const session = sessionOf({
      columns: {
        kind: 'spark',
        columns: [
          { name: 'a', type: 'bigint', nullable: true },
          { name: 'b', type: 'string', nullable: true },
        ],
        ...{ rows: null, bytes: null },
      },
      rows: ({ start, end }: { start: number; end: number }) => ({
        rows: Array.from({ length: end - start }, (_row, i) => [`row ${start + i}`]),
        rowCount,
      }),
    });
    const preview = await FramePreview.open(session, 'df', { opened: 'o' });
    assert.deepEqual(preview.rowCount(), { rows: 1_000, isFinal: false });
    assert.deepEqual(await preview.rows(5, 6, { columns: ['b'] }), [{ b: 'row 5' }]);
    rowCount = { rows: 5_000, isFinal: true };
    await preview.rows(1_000, 1_200);
    rowCount = { rows: 1_000, isFinal: false };
    await preview.rows(0, 200);
    assert.deepEqual(preview.rowCount(), { rows: 5_000, isFinal: true });
    assert.deepEqual([preview.format, preview.path, preview.columns.length], ['spark', 'df', 2]);
  });
});
