import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import pg from 'pg';
import { cancelled, throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError, systemErrorCode } from '../base/errors.ts';
import { openTable } from '../lake/table.ts';
import type { WebHdfs } from '../lake/webHdfs.ts';
import type { PostgresAddress } from '../stack/connection.ts';
import { compareTable, type ComparedTable, type PlainRow } from './compare.ts';
import type { Pipeline, VerifyEntry } from './pipelineFile.ts';

export interface Verification {
  pipeline: string;
  /** Whether every value of every table equals the source's. */
  equal: boolean;
  tables: (ComparedTable & {
    /** Rows of the source that are newer than the table's bookmark, by source table; unknown without a bookmark. */
    behind?: Record<string, number>;
  })[];
}

/**
 * Compares gold with SQL over the source, in one repeatable-read and read-only snapshot. Reads the lake without Spark.
 * Throws `not-found` where a gold table is not there yet.
 */
export async function verifyPipeline(
  pipeline: Pipeline,
  parts: { lake: WebHdfs; postgres: PostgresAddress },
  options: { root?: string; signal?: AbortSignal } = {},
): Promise<Verification> {
  const { signal } = options;
  const root = options.root ?? pipeline.root;
  if (pipeline.verify.length === 0) {
    throw new WorkbenchError(
      'invalid',
      `${pipeline.path} has no "verify" entries: there is nothing to compare.`,
    );
  }
  const statements = await Promise.all(pipeline.verify.map((entry) => readSql(pipeline, entry)));
  const source = await SourceSnapshot.open(parts.postgres, signal);
  try {
    const tables: Verification['tables'] = [];
    for (const [i, entry] of pipeline.verify.entries()) {
      throwIfCancelled(signal);
      const expected = await source.rows(statements[i]!, entry.sql);
      const path = `${root}/${entry.table}`;
      const actual = await readGold(parts.lake, path, signal);
      const bookmark = await readBookmark(parts.lake, path, signal);
      const behind = bookmark && (await source.behind(bookmark));
      tables.push({ ...compareTable(entry, expected, actual), ...(behind ? { behind } : {}) });
    }
    return { pipeline: pipeline.name, equal: tables.every((table) => table.equal), tables };
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    throw error;
  } finally {
    await source.close();
  }
}

async function readSql(pipeline: Pipeline, entry: VerifyEntry): Promise<string> {
  const path = resolve(dirname(pipeline.path), entry.sql);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new WorkbenchError('not-found', `${path} cannot be read: ${describeError(cause)}.`, { cause });
  }
}

async function readGold(lake: WebHdfs, path: string, signal: AbortSignal | undefined): Promise<PlainRow[]> {
  try {
    const table = await openTable(lake, path);
    const rows: PlainRow[] = [];
    for await (const row of table.rowsIn(signal ? { signal } : {})) rows.push(row);
    return rows;
  } catch (error) {
    if (!isWorkbenchError(error, 'not-found')) throw error;
    const sentence = `There is no table ${path} yet: run the pipeline first.`;
    throw new WorkbenchError('not-found', sentence, { cause: error });
  }
}

/** `_bookmark.json` of a table: `<source>.<table>` -> the transaction that all its rows are below. */
async function readBookmark(
  lake: WebHdfs,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Record<string, number> | undefined> {
  try {
    const value: unknown = JSON.parse(
      (await lake.read(`${path}/_bookmark.json`, signal ? { signal } : {})).toString('utf8'),
    );
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.fromEntries(
      Object.entries(value).filter((pair): pair is [string, number] => Number.isSafeInteger(pair[1])),
    );
  } catch (error) {
    if (isWorkbenchError(error, 'not-found') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One moment of the source, for all questions. */
class SourceSnapshot {
  readonly #client: pg.Client;
  readonly #stop: () => void;

  private constructor(client: pg.Client, stop: () => void) {
    this.#client = client;
    this.#stop = stop;
  }

  static async open(address: PostgresAddress, signal: AbortSignal | undefined): Promise<SourceSnapshot> {
    throwIfCancelled(signal);
    const client = new pg.Client({
      ...address,
      connectionTimeoutMillis: 15_000,
      application_name: 'medallion verify',
    });
    // An error between queries, such as a server that goes down, comes up again at the next query.
    client.on('error', () => {});
    const onAbort = (): void => void client.end().catch(() => {});
    signal?.addEventListener('abort', onAbort, { once: true });
    const snapshot = new SourceSnapshot(client, () => signal?.removeEventListener('abort', onAbort));
    try {
      await client.connect();
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return snapshot;
    } catch (cause) {
      await snapshot.close();
      if (signal?.aborted) throw cancelled(signal);
      const where = `${address.host}:${address.port}/${address.database}`;
      const denied = ['28P01', '28000', '42501'].includes(systemErrorCode(cause) ?? '');
      throw new WorkbenchError(
        denied ? 'denied' : 'unreachable',
        `The source database ${where} ${denied ? 'refused' : 'does not answer'}: ${describeError(cause)}.`,
        { cause },
      );
    }
  }

  async rows(sql: string, name: string): Promise<PlainRow[]> {
    try {
      return (await this.#client.query<PlainRow>(sql)).rows;
    } catch (cause) {
      throw new WorkbenchError('failed', `${name}: PostgreSQL says: ${describeError(cause)}.`, { cause });
    }
  }

  /** Counts the rows at and above each bookmark. */
  async behind(bookmark: Record<string, number>): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const [name, transaction] of Object.entries(bookmark)) {
      const table = name.split('.').at(-1)!;
      const sql = `SELECT count(*)::int AS rows FROM ${pg.escapeIdentifier(table)} WHERE txid >= $1::text::xid8`;
      const { rows } = await this.#client.query<{ rows: number }>(sql, [String(transaction)]);
      counts[table] = rows[0]?.rows ?? 0;
    }
    return counts;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#client.end().catch(() => {});
  }
}
