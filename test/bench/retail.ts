import pg from 'pg';
import { simulateBatch } from '../../stack/retail/simulate.ts';
import { liveStack } from '../support/liveStack.ts';
import type { Benchmark } from './benchmark.ts';

const batchOrders = 50_000;
const singleRows = 1_500;

/** Milliseconds per 1,000 rows of a batch, and of the same rows written by one autocommitted INSERT each. */
async function batchRate(): Promise<{ ours: number; peer: number; peerName: string }> {
  const { postgres } = await liveStack();
  const client = new pg.Client({ ...postgres });
  await client.connect();
  try {
    // Half of the peer before and half after, so that a machine that is busy for a while does not favour one side.
    const before = await singleInserts(client, singleRows / 2);
    const batch = await simulateBatch(postgres, { orders: batchOrders, days: 30, seed: 1 });
    const after = await singleInserts(client, singleRows / 2);
    return {
      ours: (batch.durationMs * 1000) / (batch.orders + batch.events),
      peer: (before + after) / 2,
      peerName: 'one INSERT per statement',
    };
  } finally {
    await client.end();
  }
}

/** Orders with their three rows of history, a statement each; milliseconds per 1,000 rows. */
async function singleInserts(client: pg.Client, rows: number): Promise<number> {
  const began = performance.now();
  for (let row = 0; row < rows; row += 4) {
    const order = await client.query<{ orderid: number }>({
      name: 'order',
      text: 'INSERT INTO orders (ordertime, branch) VALUES ($1, $2) RETURNING orderid',
      values: ['2026-01-01 00:00:00', 'Riverside'],
    });
    for (const [hour, status] of ['NEW', 'INTRANSIT', 'DELIVERED'].entries()) {
      await client.query({
        name: 'history',
        text: 'INSERT INTO ordershistory (orderid, status, updatedat) VALUES ($1, $2, $3)',
        values: [order.rows[0]!.orderid, status, `2026-01-01 0${hour}:00:00`],
      });
    }
  }
  return ((performance.now() - began) * 1000) / rows;
}

export const benchmarks: Benchmark[] = [
  { name: 'simulator: 1,000 rows of a batch', unit: 'ms', goal: 0.02, run: batchRate },
];
