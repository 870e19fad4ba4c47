import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventOrder, type Delivery, type Replayed } from '../../../src/session/eventOrder.ts';

interface Message {
  seq: number;
}

const seqs = (deliveries: Delivery<Message>[]): (number | string)[] =>
  deliveries.map((one) => ('message' in one ? one.message.seq : `gap of ${one.gap}`));

const range = (from: number, to: number): Message[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({ seq: from + i }));

/** A kernel's journal that holds `first` to `last`, but for those in `lost`. */
function replayOf(
  first: number,
  last: number,
  after: number,
  most: number,
  lost: Set<number>,
): Replayed<Message> {
  const held = range(Math.max(first, after + 1), last).filter(({ seq }) => !lost.has(seq));
  return { first, last, messages: held.slice(0, most), more: held.length > most };
}

describe('the order of messages', () => {
  it('delivers what comes in order at once, and what was delivered never again', () => {
    const order = new EventOrder<Message>(3);
    assert.deepEqual(seqs(order.live({ seq: 4 })), [4]);
    assert.deepEqual(seqs(order.live({ seq: 4 })), []);
    assert.deepEqual(seqs(order.live({ seq: 2 })), []);
    assert.deepEqual([order.last, order.isBehind], [4, false]);
  });

  it('holds back what is after a hole until a replay fills it', () => {
    const order = new EventOrder<Message>();
    assert.deepEqual(seqs(order.live({ seq: 3 })), []);
    assert.equal(order.isBehind, true);
    const replayed = { first: 1, last: 4, messages: range(1, 4), more: false };
    assert.deepEqual(seqs(order.replayed(replayed)), [1, 2, 3, 4]);
    assert.equal(order.isBehind, false);
  });

  it('tells what the kernel has dropped, and what it could not keep', () => {
    const order = new EventOrder<Message>(2);
    order.note(9);
    const replayed = { first: 5, last: 9, messages: [{ seq: 5 }, { seq: 7 }], more: false };
    assert.deepEqual(seqs(order.replayed(replayed)), ['gap of 2', 5, 'gap of 1', 7, 'gap of 2']);
    assert.deepEqual([order.last, order.isBehind], [9, false]);
    assert.deepEqual(seqs(order.skip(10)), ['gap of 1']);
  });

  it('does not take the end of a part for the end of the journal', () => {
    const order = new EventOrder<Message>();
    order.note(5);
    assert.deepEqual(seqs(order.replayed({ first: 1, last: 5, messages: range(1, 2), more: true })), [1, 2]);
    assert.equal(order.isBehind, true);
  });

  it('delivers each message once and in order, whatever is lost, doubled, late or dropped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 5 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
        (count, chances, most, maxHeld, unkept) => {
          const lost = new Set(unkept);
          const order = new EventOrder<Message>(0, { maxHeld });
          const told: Delivery<Message>[] = [];
          let first = 1;
          let sent = 0;
          const replay = (): void =>
            void told.push(...order.replayed(replayOf(first, sent, order.last, most, lost)));
          while (sent < count) {
            sent += 1;
            const chance = chances.next().value as number;
            // Lost on the way; else it comes, and some earlier one once more.
            if (chance > 3) told.push(...order.live({ seq: sent }));
            if (chance === 9) told.push(...order.live({ seq: 1 + ((sent * 7) % sent) }));
            if (chance === 2) replay();
            if (chance === 1) first = Math.max(first, sent - 3);
          }
          order.note(sent);
          for (let i = 0; order.isBehind; i++) {
            assert.ok(i <= count, 'it ends');
            replay();
          }
          let next = 1;
          for (const one of told) {
            if ('message' in one) assert.equal(one.message.seq, next);
            else assert.ok(one.gap > 0);
            next += 'message' in one ? 1 : one.gap;
          }
          assert.equal(next, sent + 1);
          // Only what the journal had no more is missing.
          if (first === 1 && lost.size === 0) assert.ok(told.every((one) => 'message' in one));
        },
      ),
    );
  });
});
