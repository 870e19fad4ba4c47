import { cancelled, sleep, throwIfCancelled } from '../../src/base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../../src/base/errors.ts';
import { silentLog, type Log, type OnProgress } from '../../src/base/log.ts';
import { retryUntil } from '../../src/base/retry.ts';
import type { PostgresAddress } from '../../src/stack/connection.ts';
import { badOrders } from './badRows.ts';
import { RetailDatabase } from './database.ts';
import { Shop, defaultStart, type ShopEvent } from './shop.ts';

/** Events per round: enough for the rate, few enough for flat memory and for progress. */
const chunkEvents = 32_000;
/** Connections that a round is spread over: the server works on one per core, and a commit waits for its disk. */
const lanes = 4;
/** Below this many events a second connection costs more than it brings. */
const minLaneEvents = 2_000;

export interface BatchOptions {
  orders: number;
  days: number;
  seed: number;
  /** The first day. Default: a fixed day, so that the same seed gives the same rows. */
  start?: Date | undefined;
  /** Adds this many orders of each kind that breaks the rules (see badRows.ts). For tests of the quarantine. */
  badRows?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress | undefined;
}

/** `orders` and `events` count the well-formed ones; `badOrders` the others. */
export interface BatchResult {
  orders: number;
  events: number;
  badOrders: number;
  durationMs: number;
}

/**
 * Writes `orders` orders with their history, spread over `days` days; the same seed gives the same rows, except for
 * ids. An order and its history of one round are in one transaction, so a failure or a cancel leaves no order
 * without its history; orders that were open then stay open.
 */
export async function simulateBatch(postgres: PostgresAddress, o: BatchOptions): Promise<BatchResult> {
  checkWhole('orders', o.orders, 0, 100_000_000);
  checkWhole('days', o.days, 1, 36_500);
  checkWhole('seed', o.seed, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('badRows', o.badRows ?? 0, 0, 100_000);
  const began = performance.now();
  const result = { orders: 0, events: 0, badOrders: 0, durationMs: 0 };
  const shop = Shop.forDays(o);
  const ids = new Map<number, number>();
  const databases = [await connect(postgres, o.signal)];
  const first = databases[0]!;
  try {
    for (;;) {
      const chunk = take(shop, chunkEvents);
      if (chunk.length === 0) break;
      throwIfCancelled(o.signal);
      while (databases.length < Math.min(lanes, chunk.length / minLaneEvents)) {
        databases.push(await connect(postgres, o.signal));
      }
      await stoppable(databases, o.signal, async () => {
        await assignIds(first, chunk, ids);
        // An order has one lane in a round; rounds do not overlap, so its rows are there for the next.
        const parts = databases.map((_, lane) => chunk.filter((e) => e.order % databases.length === lane));
        const written = await Promise.allSettled(
          databases.map((database, lane) => database.write(parts[lane]!, ids)),
        );
        for (const one of written) if (one.status === 'rejected') throw one.reason;
      });
      forgetDelivered(chunk, ids);
      result.events += chunk.length;
      result.orders += countPlaced(chunk);
      o.onProgress?.({ message: 'Writing orders', done: result.orders, total: o.orders, unit: 'rows' });
    }
    if (o.badRows) {
      const bad = badOrders(o.badRows, o.start ?? defaultStart);
      await stoppable(databases, o.signal, () => first.writeBad(bad));
      result.badOrders = bad.length;
    }
  } finally {
    await Promise.all(databases.map((database) => database.close()));
  }
  result.durationMs = Math.round(performance.now() - began);
  return result;
}

export interface LiveOptions {
  /** Events a second. */
  rate: number;
  /** Default: drawn from the clock. */
  seed?: number | undefined;
  /** Stops the simulation; that is its normal end. */
  signal: AbortSignal;
  onProgress?: OnProgress | undefined;
  log?: Log | undefined;
}

/** A day of the shop passes in this time, whatever the rate: the number of desks follows the rate. */
const liveDayMs = 2 * 60_000;
/** At most this many transactions a second; above it, events go in batches. */
const maxWritesPerSecond = 20;
const maxLiveEvents = 10_000;
const meanStepMinutes = 30;

/**
 * Writes `rate` events a second until the signal is aborted. The shop's clock goes on after the last event in the
 * database. A lost connection is tried again for ever, with a warning; what was not committed is written then.
 */
export async function simulateLive(
  postgres: PostgresAddress,
  o: LiveOptions,
): Promise<{ orders: number; events: number }> {
  const { rate, signal, log = silentLog } = o;
  if (!(rate > 0 && rate <= 100_000)) {
    throw new WorkbenchError('invalid', `The rate must be above 0 and at most 100000 events a second.`);
  }
  const seed = o.seed ?? Date.now();
  const ids = new Map<number, number>();
  const result = { orders: 0, events: 0 };
  const dayMinutes = 24 * 60;
  const desks = Math.max(1, Math.round((rate * liveDayMs * meanStepMinutes) / 1000 / dayMinutes));
  let database: RetailDatabase | undefined;
  let shop: Shop | undefined;
  let pending: ShopEvent[] = [];
  let began = 0;
  // The transaction that was being committed when the connection was lost: written or not?
  let doubt: string | undefined;
  try {
    for (;;) {
      database ??= await reconnect(postgres, signal, log);
      if (!shop) {
        const start = (await database.lastEvent()) ?? defaultStart;
        shop = Shop.withoutEnd({ desks, seed, start });
        began = performance.now();
        log.info(`Taking orders at ${rate} events a second, from ${start.toISOString()} on.`);
      }
      // By the clock and not by the pauses, so that neither timers nor slow writes change the rate.
      const due = Math.floor(((performance.now() - began) / 1000) * rate) + 1;
      if (pending.length === 0) {
        pending = take(shop, Math.min(due - result.events, maxLiveEvents));
      }
      if (pending.length > 0) {
        try {
          const [current, events] = [database, pending];
          await stoppable([current], signal, async () => {
            if (doubt !== undefined) {
              const transaction = doubt;
              const written = await retryUntil(() => current.committed(transaction), {
                ...{ what: `The end of transaction ${transaction}`, timeoutMs: 60_000, signal },
              });
              doubt = undefined;
              if (written) return;
            }
            await assignIds(current, events, ids);
            await current.write(events, ids);
          });
        } catch (error) {
          if (!isWorkbenchError(error, 'unreachable')) throw error;
          log.warn(describeError(error));
          doubt ??= database.inDoubt;
          database.abort();
          database = undefined;
          continue;
        }
        result.events += pending.length;
        result.orders += countPlaced(pending);
        forgetDelivered(pending, ids);
        pending = [];
        o.onProgress?.({ message: 'Taking orders', done: result.events, unit: 'rows' });
      }
      const nextDueMs = began + (result.events / rate) * 1000;
      await sleep(Math.max(nextDueMs - performance.now(), 1000 / maxWritesPerSecond), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await database?.close();
  }
  log.info(`Stopped: ${result.orders} orders, ${result.events} events.`);
  return result;
}

async function reconnect(postgres: PostgresAddress, signal: AbortSignal, log: Log): Promise<RetailDatabase> {
  let warned = '';
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      const database = await connect(postgres, signal);
      if (warned) log.info('Connected again.');
      return database;
    } catch (error) {
      throwIfCancelled(signal);
      if (!isWorkbenchError(error, 'unreachable')) throw error;
      // Once for each reason: this may go on for hours.
      if (error.message !== warned) log.warn(`${error.message} Trying again until it is.`);
      warned = error.message;
      await sleep(pauseMs, signal);
    }
  }
}

async function connect(postgres: PostgresAddress, signal: AbortSignal | undefined): Promise<RetailDatabase> {
  throwIfCancelled(signal);
  return RetailDatabase.connect(postgres, signal);
}

/** Does `work`; when the signal is aborted, ends the connections under it, so that nothing more is committed. */
async function stoppable(
  databases: readonly RetailDatabase[],
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const onAbort = (): void => {
    for (const database of databases) database.abort();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await work();
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Gives the new orders of `events` their ids; those that have one keep it. */
async function assignIds(
  database: RetailDatabase,
  events: readonly ShopEvent[],
  ids: Map<number, number>,
): Promise<void> {
  const placed = events.filter((event) => event.status === 'NEW' && !ids.has(event.order));
  const newIds = await database.reserveOrderIds(placed.length);
  placed.forEach((event, i) => ids.set(event.order, newIds[i]!));
}

/** Keeps the ids of open orders only, so that memory does not grow with the number of orders. */
function forgetDelivered(events: readonly ShopEvent[], ids: Map<number, number>): void {
  for (const event of events) if (event.status === 'DELIVERED') ids.delete(event.order);
}

function countPlaced(events: readonly ShopEvent[]): number {
  return events.reduce((count, event) => count + (event.status === 'NEW' ? 1 : 0), 0);
}

function take(shop: Shop, count: number): ShopEvent[] {
  const events: ShopEvent[] = [];
  while (events.length < count) {
    const event = shop.next();
    if (!event) break;
    events.push(event);
  }
  return events;
}

function checkWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new WorkbenchError('invalid', `${name} must be a whole number of ${min} to ${max}, not ${value}.`);
}
