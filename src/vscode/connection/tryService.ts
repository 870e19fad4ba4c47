import { userInfo } from 'node:os';
import pg from 'pg';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import { Http } from '../../base/http.ts';
import { WebHdfs } from '../../lake/webHdfs.ts';
import { SparkCluster } from '../../spark/sparkCluster.ts';
import type { PostgresAddress } from '../../stack/connection.ts';

// Tries of a cluster's services, before their addresses are kept. Each throws a sentence that says what is wrong.

const timeoutMs = 10_000;

export async function tryWebHdfs(url: string, signal: AbortSignal): Promise<void> {
  const address = { url: new URL(url), user: userInfo().username, fileSystem: '' };
  const lake = new WebHdfs(address, { retryTimeoutMs: 0 });
  try {
    await withinLimit('HDFS', url, signal, (limited) => lake.stat('/', { signal: limited }));
  } catch (error) {
    // Refused to this user: but HDFS it is.
    if (!isWorkbenchError(error, 'denied')) throw error;
  } finally {
    await lake.close();
  }
}

/** Whether Spark's submission server asks for a key, where none or a wrong one is given. */
export async function trySparkRest(
  url: string,
  restKey: string | undefined,
  signal: AbortSignal,
): Promise<'ok' | 'needs key'> {
  const cluster = sparkAt({ rest: url, ...(restKey ? { restKey } : {}) });
  try {
    await withinLimit('Spark REST', url, signal, (limited) => cluster.ready({ signal: limited }));
    return 'ok';
  } catch (error) {
    if (!restKey && isWorkbenchError(error, 'denied')) return 'needs key';
    throw error;
  } finally {
    await cluster.close();
  }
}

/** Gives the master's own name, `spark://host:7077`. */
export async function trySparkUi(url: string, signal: AbortSignal): Promise<string> {
  const cluster = sparkAt({ ui: url });
  try {
    const state = await withinLimit('The Spark master', url, signal, (limited) =>
      cluster.state({ signal: limited }),
    );
    return state.url;
  } finally {
    await cluster.close();
  }
}

export async function tryHistory(url: string, signal: AbortSignal): Promise<void> {
  const http = new Http('The history server');
  try {
    const { status, text } = await withinLimit('The history server', url, signal, (limited) =>
      http.text(new URL('/api/v1/version', url), { signal: limited, maxBytes: 100_000 }),
    );
    if (status === 200 && /^\s*\{\s*"spark"/.test(text)) return;
    throw new WorkbenchError(
      'protocol',
      `${url} is not Spark's history server: it answers with HTTP ${status} and no version.`,
    );
  } finally {
    await http.close();
  }
}

export async function tryJupyter(url: string, token: string, signal: AbortSignal): Promise<void> {
  const http = new Http('Jupyter');
  try {
    // A header: addresses end up in logs.
    const headers = { authorization: `token ${token}` };
    const { status, text } = await withinLimit('Jupyter', url, signal, (limited) =>
      http.text(new URL('api/status', url.endsWith('/') ? url : `${url}/`), {
        ...{ headers, signal: limited, maxBytes: 100_000 },
      }),
    );
    if (status === 401 || status === 403)
      throw new WorkbenchError('denied', `The Jupyter server at ${url} refused the token.`);
    if (status === 200 && /^\s*\{[^]*"kernels"/.test(text)) return;
    throw new WorkbenchError(
      'protocol',
      `${url} is not a Jupyter server: it answers with HTTP ${status} and no status.`,
    );
  } finally {
    await http.close();
  }
}

export async function tryPostgres(address: PostgresAddress): Promise<void> {
  const client = new pg.Client({
    ...address,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'medallion',
  });
  // A server that goes down in between is told by the query.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
  } catch (cause) {
    throw new WorkbenchError(
      'unreachable',
      `PostgreSQL at ${address.host}:${address.port} does not let ${address.user} in: ${describeError(cause)}.`,
      { cause },
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** Only what is asked of it has a true address. */
function sparkAt({ rest, restKey, ui }: { rest?: string; restKey?: string; ui?: string }): SparkCluster {
  const nowhere = 'http://localhost';
  return new SparkCluster({
    rest: new URL(rest ?? nowhere),
    ...(restKey ? { restKey } : {}),
    ui: new URL(ui ?? nowhere),
    master: '',
    driverJavaOptions: '',
    executorJavaOptions: '',
  });
}

async function withinLimit<T>(
  who: string,
  url: string,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await run(AbortSignal.any([signal, limit]));
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw new WorkbenchError('timeout', `${who} at ${url} did not answer within ${timeoutMs / 1000} s.`, {
      cause: error,
    });
  }
}
