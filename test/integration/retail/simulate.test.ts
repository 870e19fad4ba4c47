import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect as connectTo, type Socket } from 'node:net';
import pg from 'pg';
import type { Log } from '../../../src/base/log.ts';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { retryUntil } from '../../../src/base/retry.ts';
import type { PostgresAddress } from '../../../src/stack/connection.ts';
import { simulateBatch, simulateLive } from '../../../stack/retail/simulate.ts';
import { liveStack } from '../../support/liveStack.ts';

interface Totals {
  orders: number;
  events: number;
  lastOrder: number;
  lastEvent: number;
}

describe('The retail simulator, on PostgreSQL', function () {
  this.timeout(60_000);
  let postgres: PostgresAddress;
  let client: pg.Client;

  before(async () => {
    postgres = (await liveStack()).postgres;
    client = new pg.Client({ ...postgres });
    await client.connect();
  });
  after(async () => client.end());

  // The tables are shared with other suites, so each test looks at the ids above those it found.
  async function totals(since?: Totals): Promise<Totals> {
    const { rows } = await client.query<Totals>(
      `SELECT (SELECT count(*)::int FROM orders WHERE orderid > $1) AS orders,
              (SELECT count(*)::int FROM ordershistory WHERE historyid > $2) AS events,
              (SELECT coalesce(max(orderid), 0) FROM orders) AS "lastOrder",
              (SELECT coalesce(max(historyid), 0) FROM ordershistory) AS "lastEvent"`,
      [since?.lastOrder ?? 0, since?.lastEvent ?? 0],
    );
    return rows[0]!;
  }

  async function rowsSince(since: Totals): Promise<unknown[]> {
    const { rows } = await client.query<object>(
      `SELECT branch, ordertime::text, array_agg(status || ' ' || updatedat::text ORDER BY updatedat) AS history
       FROM orders JOIN ordershistory USING (orderid) WHERE orderid > $1 AND historyid > $2
       GROUP BY orderid ORDER BY ordertime, branch`,
      [since.lastOrder, since.lastEvent],
    );
    return rows;
  }

  it('writes the same rows for the same seed, with ids that go on', async () => {
    const o = { orders: 300, days: 3, seed: 99 };
    const start = await totals();
    const first = await simulateBatch(postgres, o);
    const rows = await rowsSince(start);
    const middle = await totals();
    await simulateBatch(postgres, o);
    assert.equal(first.orders, 300);
    assert.equal(rows.length, 300);
    assert.deepEqual(await rowsSince(middle), rows);
    const { events } = await totals(middle);
    assert.equal(events, first.events);
  });

  it('gives order ids in the order of the order times', async () => {
    const start = await totals();
    await simulateBatch(postgres, { orders: 500, days: 1, seed: 4 });
    const { rows } = await client.query<{ sorted: boolean }>(
      `SELECT bool_and(ordertime >= before) AS sorted FROM (
         SELECT ordertime, lag(ordertime) OVER (ORDER BY orderid) AS before FROM orders WHERE orderid > $1) AS o`,
      [start.lastOrder],
    );
    assert.equal(rows[0]!.sorted, true);
  });

  it('puts rows in that break the rules', async () => {
    const start = await totals();
    const result = await simulateBatch(postgres, { orders: 0, days: 1, seed: 1, badRows: 2 });
    const { orders, events } = await totals(start);
    assert.deepEqual([result.badOrders, orders, events], [12, 10, 20]);
  });

  it('stops when cancelled, and leaves no order without history', async () => {
    const start = await totals();
    const stop = new AbortController();
    await assert.rejects(
      simulateBatch(postgres, {
        ...{ orders: 200_000, days: 30, seed: 1, signal: stop.signal },
        onProgress: () => stop.abort(),
      }),
      (error) => isWorkbenchError(error, 'cancelled'),
    );
    const { orders } = await totals(start);
    assert.ok(orders > 0 && orders < 200_000);
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM orders o WHERE orderid > $1
       AND NOT EXISTS (SELECT 1 FROM ordershistory h WHERE h.orderid = o.orderid AND status = 'NEW')`,
      [start.lastOrder],
    );
    // The orders of this test alone: another suite's bad rows have ids of their own, but never while this runs.
    assert.equal(rows[0]!.count, 0);
  });

  it('names a wrong password and a closed port', async () => {
    const o = { orders: 1, days: 1, seed: 1 };
    await assert.rejects(simulateBatch({ ...postgres, password: 'wrong' }, o), (e) =>
      isWorkbenchError(e, 'denied'),
    );
    await assert.rejects(simulateBatch({ ...postgres, port: 1 }, o), (e) =>
      isWorkbenchError(e, 'unreachable'),
    );
    await assert.rejects(simulateBatch(postgres, { ...o, orders: -1 }), (e) =>
      isWorkbenchError(e, 'invalid'),
    );
  });

  it('keeps its rate, and counts what it wrote', async () => {
    const start = await totals();
    const stop = new AbortController();
    const began = performance.now();
    let seen = 0;
    const result = await simulateLive(postgres, {
      ...{ rate: 100, seed: 1, signal: stop.signal },
      onProgress: ({ done = 0 }) => {
        seen = done;
        if (seen >= 200) stop.abort();
      },
    });
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds > 1.9, `200 events in ${seconds} s are too fast`);
    assert.equal(result.events, seen);
    const { orders, events } = await totals(start);
    assert.deepEqual({ orders, events }, result);
  });

  it('goes on after a lost connection, with each event once', async () => {
    const start = await totals();
    const stop = new AbortController();
    const lines: string[] = [];
    const note = (line: string): number => lines.push(line);
    const log: Log = { debug: note, info: note, warn: note, error: note };
    const door = await openDoor(postgres);
    const running = simulateLive(
      { ...postgres, port: door.port },
      { ...{ rate: 300, seed: 2, signal: stop.signal, log }, onProgress: ({ done = 0 }) => (seen = done) },
    );
    let seen = 0;
    const reach = (count: number): Promise<true> =>
      retryUntil(async () => Promise.resolve(seen >= count ? true : undefined), {
        ...{ what: `${count} events`, timeoutMs: 20_000, maxIntervalMs: 50 },
      });
    for (const count of [50, 200, 350]) {
      await reach(count);
      door.cut();
    }
    await reach(500);
    stop.abort();
    const result = await running;
    await door.close();
    const { orders, events } = await totals(start);
    assert.deepEqual({ orders, events }, result);
    assert.ok(lines.includes('Connected again.') || lines.some((line) => line.includes('cannot be reached')));
    assert.match(lines.at(-1)!, /^Stopped: \d+ orders, \d+ events\.$/);
  });
});

/** A TCP relay to PostgreSQL whose connections can be cut. */
async function openDoor(postgres: PostgresAddress) {
  const sockets = new Set<Socket>();
  const server = createServer((here) => {
    const there = connectTo(postgres.port, postgres.host);
    for (const socket of [here, there]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    here.pipe(there).pipe(here);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async (): Promise<void> => {
    cut();
    server.close();
    await once(server, 'close');
  };
  return { port: address.port, cut, close };
}
