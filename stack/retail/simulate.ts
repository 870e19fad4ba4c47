import { cancelled, sleep, throwIfCancelled } from '../../src/base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError } from '../../src/base/errors.ts';
import { silentLog, type Log, type OnProgress } from '../../src/base/log.ts';
import type { PostgresAddress } from '../../src/stack/connection.ts';
import { badOrders } from './badRows.ts';
import { RetailDatabase } from './database.ts';
import { Shop, defaultStart, type ShopEvent } from './shop.ts';

/** Rows of history per transaction: large enough for the rate, small enough for flat memory and for progress. */
const chunkEvents = 15_000;

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
 * ids. Each chunk is one transaction, so a failure or a cancel leaves whole chunks; their open orders stay open.
 */
export async function simulateBatch(postgres: PostgresAddress, o: BatchOptions): Promise<BatchResult> {
  checkWhole('orders', o.orders, 0, 100_000_000);
  checkWhole('days', o.days, 1, 36_500);
  checkWhole('seed', o.seed, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('badRows', o.badRows ?? 0, 0, 100_000);
  const began = performance.now();
  const result = { orders: 0, events: 0, badOrders: 0, durationMs: 0 };
  const database = await connect(postgres, o.signal);
  try {
    const shop = Shop.forDays(o);
    const ids = new Map<number, number>();
    for (;;) {
      const chunk = take(shop, chunkEvents);
      if (chunk.length === 0) break;
      throwIfCancelled(o.signal);
      await stoppable(database, o.signal, () => database.write(chunk, ids));
      result.events += chunk.length;
      result.orders += chunk.filter((event) => event.status === 'NEW').length;
      o.onProgress?.({
        message: 'Writing orders',
        done: result.orders,
        total: o.orders,
        unit: 'rows',
      });
    }
    if (o.badRows) {
      const bad = badOrders(o.badRows, o.start ?? defaultStart);
      await stoppable(database, o.signal, () => database.writeBad(bad));
      result.badOrders = bad.length;
    }
  } finally {
    await database.close();
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
const liveDayMs = 10 * 60_000;
/** At most this many transactions a second; above it, events go in batches. */
const maxWritesPerSecond = 20;
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
  let due = 0;
  let began = 0;
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
      due = Math.floor(((performance.now() - began) / 1000) * rate) + 1;
      if (pending.length === 0) {
        pending = take(shop, Math.min(due - result.events, chunkEvents));
      }
      if (pending.length > 0) {
        try {
          const [current, events] = [database, pending];
          await stoppable(current, signal, () => current.write(events, ids));
        } catch (error) {
          if (!isWorkbenchError(error, 'unreachable')) throw error;
          log.warn(describeError(error));
          database.abort();
          database = undefined;
          continue;
        }
        result.events += pending.length;
        result.orders += pending.filter((event) => event.status === 'NEW').length;
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

/** Does `work`; when the signal is aborted, ends the connection under it, so that nothing of it is committed. */
async function stoppable(
  database: RetailDatabase,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const onAbort = (): void => database.abort();
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
