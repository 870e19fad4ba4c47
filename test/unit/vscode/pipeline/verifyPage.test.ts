import assert from 'node:assert/strict';
import { compareTable } from '../../../../src/pipeline/compare.ts';
import { verifyBody, type VerifyWords } from '../../../../src/vscode/pipeline/verifyPage.ts';

const words: VerifyWords = {
  heading: 'Gold and source',
  equal: 'equal',
  unequal: 'unequal',
  tableEqual: 'all {0} equal',
  tableUnequal: '{0} of {1} differ',
  behind: '{0} behind',
  result: 'Result',
  source: 'source',
  gold: 'gold',
  same: 'equal',
  differs: 'differs',
  missing: 'missing',
  extra: 'extra',
  more: '{0} more',
};

function page(gold: Record<string, unknown>[], behind?: Record<string, number>): string {
  const source = [
    { branch: 'Harbour', n: 1 },
    { branch: 'Old <b>Town</b>', n: 1234.5 },
  ];
  const table = compareTable({ table: 'gold/count', key: 'branch', values: ['n'] }, source, gold);
  const tables = [{ ...table, ...(behind ? { behind } : {}) }];
  return verifyBody({ pipeline: 'shop', equal: table.equal, tables }, 'now', words).text;
}

describe('the page of a verification', () => {
  it('shows differences first, and what is missing', () => {
    const text = page([{ branch: 'Harbour', n: 1 }]);
    const rows = [...text.matchAll(/<tr class="(\w+)">[^]*?<th scope="row">([^<]*)</g)].map(
      ([, kind, key]) => [kind, key],
    );
    assert.deepEqual(rows, [
      ['unequal', 'Old &#60;b&#62;Town&#60;/b&#62;'],
      ['equal', 'Harbour'],
    ]);
    assert.match(text, /1 of 2 differ/);
    assert.match(text, /missing/);
    assert.match(text, /1,234.5/);
  });

  it('makes no markup of data', () => {
    assert.doesNotMatch(page([{ branch: '<img src=x>', n: '<script>' }]), /<img|<script|<b>/);
  });

  it('says how far gold is behind', () => {
    assert.match(page([], { orders: 2, history: 3 }), /5 behind/);
    assert.doesNotMatch(page([], { orders: 0 }), /behind/);
  });
});
