import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareTable } from '../../../src/pipeline/compare.ts';

const what = { table: 'gold/t', key: 'branch', values: ['n', 'avg'] };

describe('gold against the source', () => {
  it('is equal whatever types the numbers have', () => {
    const result = compareTable(
      what,
      [{ branch: 'A', n: '12', avg: 0.1 }],
      [{ branch: 'A', n: 12n, avg: 0.1 }],
    );
    assert.equal(result.equal, true);
    assert.deepEqual(result.rows[0]?.values[0], { column: 'n', source: 12, gold: 12, equal: true });
  });

  it('forgives an average its last digits and a count nothing', () => {
    const gold = (n: number, avg: number) =>
      compareTable(what, [{ branch: 'A', n: 1e9, avg: 1.5 }], [{ branch: 'A', n, avg }]);
    assert.equal(gold(1e9, 1.5 + 1e-10).equal, true);
    assert.equal(gold(1e9, 1.5 + 1e-8).equal, false);
    assert.equal(gold(1e9 + 1, 1.5).equal, false);
  });

  it('names keys of one side only, keys that are there twice, and nulls', () => {
    const row = { n: 1, avg: 1 };
    const { equal, rows } = compareTable(
      what,
      [
        { branch: 'A', ...row },
        { branch: 'B', ...row },
        { branch: 'D', n: null, avg: 1 },
      ],
      [
        { branch: 'B', ...row },
        { branch: 'B', ...row },
        { branch: 'C', ...row },
        { branch: 'D', n: 0, avg: 1 },
      ],
    );
    assert.equal(equal, false);
    assert.deepEqual(
      rows.map(({ key, side, equal: same }) => [key, side, same]),
      [
        ['A', 'missing', false],
        ['B', 'both', false],
        ['D', 'both', false],
        ['C', 'extra', false],
      ],
    );
  });

  it('is equal to itself in any order', () => {
    const rows = fc.uniqueArray(
      fc.record({
        branch: fc.string(),
        n: fc.integer(),
        avg: fc.double({ noNaN: true, noDefaultInfinity: true }),
      }),
      { selector: (row) => row.branch },
    );
    fc.assert(
      fc.property(rows, (list) => {
        assert.equal(compareTable(what, list, [...list].reverse()).equal, true);
      }),
    );
  });
});
