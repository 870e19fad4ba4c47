import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareCells, compareNumbers } from '../../../../src/vscode/tables/compareCells.ts';
import type { WireCell } from '../../../../src/vscode/tables/tableProtocol.ts';

describe('the order of cells', () => {
  const sorted = (...cells: WireCell[]): WireCell[] => [...cells].sort(compareCells);
  const float = (text: string): WireCell => ({ t: 'float', text });
  const long = (text: string): WireCell => ({ t: 'long', text });

  it('has null last, and NaN as the largest number', () => {
    const [nan, infinity, least] = [float('NaN'), float('Infinity'), float('-Infinity')];
    assert.deepEqual(sorted(null, nan, 1, infinity, -5, least), [least, -5, 1, infinity, nan, null]);
  });

  it('tells longs and decimals apart that a double does not', () => {
    const a = long('9007199254740993');
    const b = long('9007199254740992');
    assert.deepEqual(sorted(a, b, 9007199254740991), [9007199254740991, b, a]);
    assert.equal(compareNumbers('0.10', '0.1'), 0);
    assert.ok(compareNumbers('-12345678901234567890.2', '-12345678901234567890.1') < 0);
    assert.ok(compareNumbers('1e300', '99999999999999999999') > 0);
  });

  it('compares microseconds', () => {
    const at = (text: string): WireCell => ({ t: 'timestamp', text });
    assert.deepEqual(sorted(at('2'), at('-10'), at('1')), [at('-10'), at('1'), at('2')]);
  });

  it('is the order of integers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
        const order = compareCells(long(String(a)), long(String(b)));
        assert.equal(Math.sign(order), a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
