import pg from 'pg';
import { cancelled } from '../../src/base/cancellation.ts';
import { WorkbenchError, describeError, systemErrorCode } from '../../src/base/errors.ts';
import type { PostgresAddress } from '../../src/stack/connection.ts';
import type { BadOrder } from './badRows.ts';
import type { ShopEvent } from './shop.ts';

/** The shop's two tables, written to in transactions of many rows. */
export class RetailDatabase {
  readonly #client: pg.Client;
  readonly #address: PostgresAddress;
  #lost: Error | undefined;
  #inDoubt: string | undefined;

  private constructor(client: pg.Client, address: PostgresAddress) {
    this.#client = client;
    this.#address = address;
    // Without a listener a lost connection would end the process.
    client.on('error', (error) => (this.#lost = error));
  }

  /** Connects, or throws `unreachable` or `denied`. */
  static async connect(address: PostgresAddress, signal?: AbortSignal): Promise<RetailDatabase> {
    const { host, port, database, user, password } = address;
    const client = new pg.Client({
      ...{ host, port, database, user, password },
      application_name: 'medallion retail simulator',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    const self = new RetailDatabase(client, address);
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(() => undefined);
      throw self.#fault(error, signal);
    }
    return self;
  }

  /** Takes `count` order ids from the database's sequence, in rising order. */
  async reserveOrderIds(count: number): Promise<number[]> {
    if (count === 0) return [];
    const sql = "SELECT nextval('orders_orderid_seq')::integer AS id FROM generate_series(1, $1)";
    return (await this.#query<{ id: number }>(sql, [count])).map((row) => row.id);
  }

  /**
   * Writes events in one transaction, in their order; all of them or none. `ids` maps the shop's order numbers to
   * ids of the database. When the connection is lost meanwhile, `inDoubt` may name the transaction.
   */
  async write(events: readonly ShopEvent[], ids: ReadonlyMap<number, number>): Promise<void> {
    const placed = events.filter((event) => event.status === 'NEW');
    await this.#transaction(async () => {
      await this.#insertOrders(
        placed.map((event) => ids.get(event.order)!),
        placed.map((event) => event.branch),
        placed.map((event) => event.at),
      );
      await this.#insertHistory(
        events.map((event) => ids.get(event.order)!),
        events.map((event) => event.status),
        events.map((event) => event.at),
      );
    });
  }

  /** The transaction whose COMMIT was sent and not answered, if any. */
  get inDoubt(): string | undefined {
    return this.#inDoubt;
  }

  /** Whether a transaction of an earlier connection was committed; undefined while the server still works on it. */
  async committed(transaction: string): Promise<boolean | undefined> {
    const sql = 'SELECT pg_xact_status($1::xid8) AS status';
    const status = (await this.#query<{ status: string | null }>(sql, [transaction]))[0]?.status;
    return status === 'in progress' ? undefined : status === 'committed';
  }

  /** Writes orders that break the rules, in one transaction. */
  async writeBad(bad: readonly BadOrder[]): Promise<void> {
    const withOrder = bad.filter((one) => one.order !== undefined);
    await this.#transaction(async () => {
      const newIds = await this.reserveOrderIds(withOrder.length);
      const idOf = new Map(withOrder.map((one, i) => [one, newIds[i]!]));
      await this.#insertOrders(
        newIds,
        withOrder.map((one) => one.order!.branch),
        withOrder.map((one) => one.order!.at),
      );
      const history = bad.flatMap((one) => one.history.map((row) => ({ ...row, id: idOf.get(one) ?? null })));
      await this.#insertHistory(
        history.map((row) => row.id),
        history.map((row) => row.status),
        history.map((row) => row.at),
      );
    });
  }

  /** The latest time in the order history, or undefined when there is none. */
  async lastEvent(): Promise<Date | undefined> {
    const rows = await this.#query<{ ms: string | null }>(
      'SELECT (extract(epoch FROM max(updatedat)) * 1000)::bigint::text AS ms FROM ordershistory',
    );
    const ms = rows[0]?.ms;
    return ms ? new Date(Number(ms)) : undefined;
  }

  /** Stops the statement that is running, if any, by closing the connection under it. */
  abort(): void {
    this.#lost ??= new Error('aborted');
    void this.#client.end().catch(() => undefined);
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  async close(): Promise<void> {
    if (this.#lost) return;
    await this.#client.end();
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    await this.#query('BEGIN');
    try {
      await work();
      const rows = await this.#query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
      this.#inDoubt = rows[0]?.id;
      await this.#query('COMMIT');
      this.#inDoubt = undefined;
    } catch (error) {
      // A lost connection rolls back by itself.
      if (!this.#lost) await this.#client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #insertOrders(ids: number[], names: (string | null)[], times: number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#query(
      `INSERT INTO orders (orderid, ordertime, branch)
       SELECT * FROM unnest($1::integer[], $2::timestamp[], $3::text[])`,
      [arrayOf(ids), arrayOf(times.map(timestamp)), arrayOf(names.map(quoted))],
    );
  }

  async #insertHistory(ids: (number | null)[], statuses: (string | null)[], times: number[]): Promise<void> {
    await this.#query(
      `INSERT INTO ordershistory (orderid, status, updatedat)
       SELECT * FROM unnest($1::integer[], $2::text[], $3::timestamp[])`,
      [arrayOf(ids), arrayOf(statuses.map(quoted)), arrayOf(times.map(timestamp))],
    );
  }

  async #query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    if (this.#lost) throw this.#fault(this.#lost);
    try {
      return (await this.#client.query<Row>(sql, values)).rows;
    } catch (error) {
      throw this.#fault(error);
    }
  }

  #fault(error: unknown, signal?: AbortSignal): WorkbenchError {
    if (error instanceof WorkbenchError) return error;
    if (signal?.aborted) return cancelled(signal);
    const { host, port, database, user } = this.#address;
    const where = `PostgreSQL at ${host}:${port}`;
    const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
    const details = { cause: error, ...(code ? { remote: code } : {}) };
    // SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
    if (code.startsWith('28')) {
      const fix = 'Check the password in the secrets directory.';
      return new WorkbenchError('denied', `${where} does not let ${user} in. ${fix}`, details);
    }
    if (code === '42501') {
      return new WorkbenchError('denied', `${where}: ${user} ${describeError(error)}.`, details);
    }
    if (code === '3D000' || code === '42P01') {
      const fix = 'Start the stack, or run against the database that it made.';
      return new WorkbenchError('not-found', `${where} has no shop in ${database}. ${fix}`, details);
    }
    if (code === '53100') return new WorkbenchError('no-space', `${where} has no disk space left.`, details);
    if (code !== '' && !code.startsWith('57P') && !code.startsWith('08') && !code.startsWith('53')) {
      return new WorkbenchError('failed', `${where} refused: ${describeError(error)}.`, details);
    }
    const why = systemErrorCode(error) === 'ECONNREFUSED' ? 'nothing listens there' : describeError(error);
    return new WorkbenchError('unreachable', `${where} cannot be reached: ${why}. Is the stack up?`, details);
  }
}

/** A UTC time as PostgreSQL's `timestamp` reads it. */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, -1);
}

/**
 * An array literal (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). For long arrays this takes a
 * fraction of the time of pg's own, which looks into each value.
 */
function arrayOf(values: readonly (string | number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

function quoted(value: string | null): string | null {
  return value === null ? null : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
