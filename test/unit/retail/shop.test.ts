import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../../stack/retail/random.ts';
import { Shop, branches, defaultStart, type ShopEvent } from '../../../stack/retail/shop.ts';

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

function all(shop: Shop): ShopEvent[] {
  const events: ShopEvent[] = [];
  for (let event = shop.next(); event; event = shop.next()) events.push(event);
  return events;
}

function byOrder(events: readonly ShopEvent[]): Map<number, ShopEvent[]> {
  const orders = new Map<number, ShopEvent[]>();
  for (const event of events) orders.set(event.order, [...(orders.get(event.order) ?? []), event]);
  return orders;
}

const shops = fc.record({
  orders: fc.integer({ min: 0, max: 400 }),
  days: fc.integer({ min: 1, max: 40 }),
  seed: fc.nat(),
});

describe('Shop', () => {
  it('takes exactly the orders that were asked for, within the days', () => {
    fc.assert(
      fc.property(shops, (o) => {
        const events = all(Shop.forDays(o));
        assert.equal(events.filter((event) => event.status === 'NEW').length, o.orders);
        const [start, end] = [defaultStart.getTime(), defaultStart.getTime() + o.days * dayMs];
        assert.ok(events.every((event) => event.at >= start && event.at < end));
      }),
    );
  });

  it('gives the same rows for the same seed, and others for another', () => {
    fc.assert(
      fc.property(shops, (o) => {
        const events = all(Shop.forDays(o));
        assert.deepEqual(events, all(Shop.forDays(o)));
        if (o.orders > 20) assert.notDeepEqual(events, all(Shop.forDays({ ...o, seed: o.seed + 1 })));
      }),
    );
  });

  it('moves the same rows to another start', () => {
    const o = { orders: 30, days: 2, seed: 7 };
    const shiftMs = 100 * dayMs;
    const moved = all(Shop.forDays({ ...o, start: new Date(defaultStart.getTime() + shiftMs) }));
    assert.deepEqual(
      moved.map((event) => ({ ...event, at: event.at - shiftMs })),
      all(Shop.forDays(o)),
    );
  });

  it('leads each order through its statuses, in rising times, and events in the order of their times', () => {
    fc.assert(
      fc.property(shops, (o) => {
        const events = all(Shop.forDays(o));
        assert.ok(events.every((event, i) => i === 0 || event.at >= events[i - 1]!.at));
        for (const history of byOrder(events).values()) {
          const statuses = history.map((event) => event.status);
          assert.deepEqual(statuses, ['NEW', 'INTRANSIT', 'DELIVERED'].slice(0, statuses.length));
          assert.equal(new Set(history.map((event) => event.branch)).size, 1);
          assert.ok(history.every((event, i) => i === 0 || event.at > history[i - 1]!.at));
        }
      }),
    );
  });

  it('moves the clock of a desk 1 to 59 whole minutes on at each event', () => {
    const shop = Shop.withoutEnd({ desks: 1, seed: 3, start: defaultStart });
    const times = Array.from({ length: 20_000 }, () => shop.next()!.at);
    const steps = times.slice(1).map((at, i) => (at - times[i]!) / minuteMs);
    assert.deepEqual(
      [...new Set(steps)].sort((a, b) => a - b),
      Array.from({ length: 59 }, (_, i) => i + 1),
    );
  });

  it('draws the branches with their weights', () => {
    const orders = 50_000;
    const counts = new Map<string, number>();
    for (const event of all(Shop.forDays({ orders, days: 30, seed: 11 }))) {
      if (event.status === 'NEW') counts.set(event.branch, (counts.get(event.branch) ?? 0) + 1);
    }
    assert.deepEqual(
      branches.map((branch) => branch.weight),
      [3, 2, 2, 1, 1, 1, 1, 1, 1, 1],
    );
    // Pearson's statistic; 9 degrees of freedom leave it below 27.9 in 999 of 1000 samples.
    const statistic = branches.reduce((sum, branch) => {
      const expected = (orders * branch.weight) / 14;
      return sum + ((counts.get(branch.name) ?? 0) - expected) ** 2 / expected;
    }, 0);
    assert.ok(statistic < 27.9, `statistic ${statistic}`);
  });

  it('has many orders open at once, and delivers most of them', () => {
    const events = all(Shop.forDays({ orders: 1_000, days: 30, seed: 42 }));
    let open = 0;
    let most = 0;
    for (const event of events) {
      if (event.status === 'NEW') open++;
      if (event.status === 'DELIVERED') open--;
      most = Math.max(most, open);
    }
    assert.ok(most >= 10, `${most} open at most`);
    assert.ok(open < 50, `${open} open at the end`);
  });

  it('is quicker at branches with a higher pace', () => {
    const hours = new Map<string, number[]>();
    for (const history of byOrder(all(Shop.forDays({ orders: 20_000, days: 30, seed: 5 }))).values()) {
      if (history.length < 3) continue;
      const list = hours.get(history[0]!.branch) ?? [];
      list.push((history[2]!.at - history[0]!.at) / 3_600_000);
      hours.set(history[0]!.branch, list);
    }
    const mean = (name: string): number => {
      const list = hours.get(name)!;
      return list.reduce((sum, value) => sum + value, 0) / list.length;
    };
    assert.ok(mean('Station Square') < mean('Riverside') && mean('Riverside') < mean('Northgate'));
  });
});

describe('Random', () => {
  it('keeps to its ranges', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer(), fc.nat(1000), (seed, min, span) => {
        const random = new Random(seed);
        for (let i = 0; i < 20; i++) {
          const value = random.integer(min, min + span);
          assert.ok(Number.isInteger(value) && value >= min && value <= min + span);
          assert.ok(random.weighted([0, 2, 0, 1]) % 2 === 1);
        }
      }),
    );
  });
});
