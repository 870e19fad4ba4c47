import assert from 'node:assert/strict';
import pg from 'pg';
import { openTable } from '../../src/lake/table.ts';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import type { WholeConnection } from '../../src/stack/connection.ts';
import { startMedallion, succeeds, type Ended } from './medallion.ts';

/** A run of the pipeline over new orders, in the middle of which, once it shows `step`, something bad happens. */
export async function interruptedRun(
  step: string,
  seed: number,
  harm: () => Promise<void> | void,
): Promise<Ended> {
  await succeeds('simulate', '--orders', '200', '--seed', String(seed));
  const run = startMedallion(['pipeline', 'run']);
  await run.shows(new RegExp(`${step} \u2026`));
  await harm();
  return run.ended;
}

export interface VerifiedTable {
  table: string;
  equal: boolean;
  rows: { key: string; equal: boolean }[];
}

/** Gold equals SQL over the source, by the command line's own word. */
export async function assertVerified(): Promise<VerifiedTable[]> {
  const result = JSON.parse(await succeeds('verify', '--json')) as {
    equal: boolean;
    tables: VerifiedTable[];
  };
  assert.equal(result.equal, true, JSON.stringify(result, null, 1));
  return result.tables;
}

/** Each row of the source stands in bronze, and none stands there twice: checked by key against PostgreSQL. */
export async function assertBronzeHoldsEachRowOnce(connection: WholeConnection): Promise<void> {
  const lake = new WebHdfs(connection.lake);
  const { host, port, database, user, password } = connection.postgres;
  const client = new pg.Client({ host, port, database, user, password });
  await client.connect();
  try {
    for (const [table, key] of [
      ['orders', 'orderid'],
      ['ordershistory', 'historyid'],
    ] as const) {
      const source = await client.query<{ id: number }>(`SELECT ${key} AS id FROM ${table} ORDER BY 1`);
      const ids: number[] = [];
      const bronze = await openTable(lake, `/data/bronze/${table}`);
      for await (const row of bronze.rowsIn()) ids.push(Number(row[key]));
      assert.deepEqual(
        ids.sort((a, b) => a - b),
        source.rows.map(({ id }) => id),
        `bronze/${table} and ${table} do not hold the same rows`,
      );
    }
  } finally {
    await client.end();
    await lake.close();
  }
}
