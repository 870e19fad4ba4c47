import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as v from 'valibot';
import { Timestamp } from '../../../../src/lake/values.ts';
import { answerSchema } from '../../../../src/vscode/tables/tableProtocol.ts';
import { exactText, wholeCell, wireCell } from '../../../../src/vscode/tables/wireCell.ts';

describe('values on their way to the table page', () => {
  const wire = (value: unknown, type = ''): unknown => wireCell(value, type);

  it('sends what JSON can hold as it is', () => {
    for (const value of [null, true, false, 0, -1.5, '', 'null', 9007199254740991]) {
      assert.equal(wire(value), value);
    }
    assert.equal(wire(undefined), null);
  });

  it('sends as text what JSON would lose', () => {
    assert.deepEqual(wire(Number.NaN), { t: 'float', text: 'NaN' });
    assert.deepEqual(wire(-Infinity), { t: 'float', text: '-Infinity' });
    assert.deepEqual(wire(-0), { t: 'float', text: '-0' });
    assert.deepEqual(wire(2n ** 63n - 1n), { t: 'long', text: '9223372036854775807' });
    assert.deepEqual(wire('12345678901234567.10', 'decimal(20,2)'), {
      t: 'decimal',
      text: '12345678901234567.10',
    });
    assert.deepEqual(wire(new Timestamp(-1n)), { t: 'timestamp', text: '-1' });
    assert.deepEqual(wire(new Date(1500)), { t: 'timestamp', text: '1500000' });
  });

  it('sends the beginning of what is long, and its size', () => {
    assert.deepEqual(wire(`${'x'.repeat(499)}😀`), { t: 'text', text: 'x'.repeat(499), size: 501 });
    assert.deepEqual(wire(Uint8Array.of(1, 255)), { t: 'binary', text: '01ff', size: 2 });
    const bytes = wireCell(new Uint8Array(1000), 'binary') as { text: string; size: number };
    assert.deepEqual([bytes.text.length, bytes.size], [128, 1000]);
  });

  it('writes nested values as JSON, no more of it than is shown', () => {
    const value = { a: [1n, null], b: Uint8Array.of(7), c: Number.NaN, d: new Timestamp(1n), '"': 'é' };
    assert.deepEqual(wire(value), {
      t: 'nested',
      text: '{"a":[1,null],"b":"0x07","c":"NaN","d":"1970-01-01T00:00:00.000001Z","\\"":"é"}',
      size: 5,
    });
    let read = 0;
    const endless = new Proxy(new Array<number>(1_000_000), {
      get: (target, key) => (key === 'length' ? target.length : (read++, 7)),
    });
    const cell = wireCell(endless, 'array<int>') as { text: string; size: number };
    assert.equal(cell.size, 1_000_000);
    assert.match(cell.text, /^\[7,7.*…$/);
    assert.ok(read < 1000, `${read} elements were read`);
  });

  it('shows a whole value as a tree with a limit', () => {
    const list = wholeCell(
      Array.from({ length: 9000 }, (_x, i) => i),
      'array<int>',
    );
    assert.ok(list.tree?.kind === 'list');
    assert.equal(list.tree.size, 9000);
    assert.equal(list.tree.parts.length, 4999);
    let deep: unknown = 1;
    for (let i = 0; i < 1000; i++) deep = { deep };
    assert.ok(v.is(answerSchema, wholeCell(deep, 'struct<…>')));
    assert.equal(wholeCell('x'.repeat(3000), 'string').text?.length, 3000);
    assert.equal(wholeCell(new Uint8Array(100), 'binary').text?.length, 200);
  });

  it('fits the protocol whatever the value is', () => {
    const values = fc.anything({ withBigInt: true, withDate: true, withTypedArray: true });
    fc.assert(
      fc.property(values, (value) => {
        for (const sent of [
          { kind: 'rows', rows: [[wireCell(value, 'string')]], rowCount: { rows: 1, isFinal: true } },
          wholeCell(value, 'string'),
        ]) {
          const copy: unknown = JSON.parse(JSON.stringify(sent));
          assert.deepEqual(v.parse(answerSchema, copy), copy);
        }
      }),
    );
  });

  it('writes a value in full for the clipboard', () => {
    assert.equal(exactText(null), '');
    assert.equal(exactText(-0), '-0');
    assert.equal(exactText(12345678901234567890n), '12345678901234567890');
    assert.equal(exactText(new Timestamp(1n)), '1970-01-01T00:00:00.000001Z');
    assert.equal(exactText(new Uint8Array(200)).length, 402);
    assert.equal(exactText({ a: ['x'.repeat(900)] }), `{"a":["${'x'.repeat(900)}"]}`);
  });
});
