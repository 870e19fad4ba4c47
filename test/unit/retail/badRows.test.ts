import assert from 'node:assert/strict';
import { badOrders, badRowKinds } from '../../../stack/retail/badRows.ts';

describe('badOrders', () => {
  const bad = badOrders(3, new Date('2026-01-01T00:00:00Z'));

  it('gives each kind as often as asked', () => {
    for (const kind of badRowKinds) assert.equal(bad.filter((one) => one.kind === kind).length, 3);
  });

  it('breaks exactly the rule of its kind', () => {
    for (const { kind, order, history } of bad) {
      const statuses = history.map((row) => row.status);
      const known = statuses.every((s) => s === 'NEW' || s === 'INTRANSIT' || s === 'DELIVERED');
      assert.equal(known, kind !== 'unknown-status' && kind !== 'null-status');
      assert.equal(statuses.includes('NEW'), !kind.startsWith('delivery-without'));
      assert.equal(order === undefined, kind === 'delivery-without-order');
      if (order) {
        assert.equal(order.branch === null, kind === 'null-branch');
        assert.equal(
          history.some((row) => row.at < order.at),
          kind === 'delivery-before-order',
        );
      }
    }
  });
});
