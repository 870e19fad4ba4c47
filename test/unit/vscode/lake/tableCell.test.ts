import assert from 'node:assert/strict';
import { Timestamp } from '../../../../src/lake/values.ts';
import { cellOf, isNumeric } from '../../../../src/vscode/lake/tableCell.ts';

describe('cells of a table', () => {
  const text = (value: unknown): string => cellOf(value, 'en').text;

  it('writes numbers in the language, and rounds none', () => {
    assert.equal(text(1234567), '1,234,567');
    assert.equal(cellOf(1234.5, 'de').text, '1.234,5');
    assert.equal(text(0.1), '0.1');
    assert.equal(text(2 / 3), '0.6666666666666666');
    assert.equal(text(9007199254740993n), '9,007,199,254,740,993');
    assert.equal(text(Number.MAX_SAFE_INTEGER), '9,007,199,254,740,991');
    assert.equal(text(1e300), '1e+300');
    assert.equal(text(-1e-9), '-1e-9');
    assert.equal(text(Number.NaN), 'NaN');
    assert.equal(cellOf(0, 'en').kind, 'number');
  });

  it('tells null from a text of that name', () => {
    assert.deepEqual(cellOf(null, 'en'), { text: 'null', kind: 'null' });
    assert.deepEqual(cellOf('null', 'en'), { text: 'null', kind: 'text' });
    assert.deepEqual(cellOf('', 'en'), { text: '', kind: 'text' });
  });

  it('keeps microseconds', () => {
    assert.equal(text(new Timestamp(1_700_000_000_123_456n)), '2023-11-14 22:13:20.123456');
  });

  it('shows bytes by their start and nested values as JSON', () => {
    assert.equal(text(Uint8Array.of(1, 255)), '0x01ff');
    assert.equal(text(new Uint8Array(2048)), `0x${'00'.repeat(16)}… (2048 bytes)`);
    assert.equal(text({ a: [1n, null], b: Uint8Array.of(7) }), '{"a":["1",null],"b":"0x07"}');
  });

  it('cuts what is long between characters, and keeps more of it for a tooltip', () => {
    const cell = cellOf('x'.repeat(299) + '😀' + 'y'.repeat(5000), 'en');
    assert.equal(cell.text, `${'x'.repeat(299)}…`);
    assert.equal(cell.whole?.length, 2000);
  });

  it('knows columns of numbers', () => {
    for (const type of ['int', 'bigint', 'decimal(10,2)', 'double']) assert.ok(isNumeric(type), type);
    for (const type of ['string', 'array<int>', 'interval', 'timestamp']) assert.ok(!isNumeric(type), type);
  });
});
