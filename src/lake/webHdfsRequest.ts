import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import { Http, type HttpAnswer } from '../base/http.ts';
import { retryUntil } from '../base/retry.ts';
import type { Log } from '../base/log.ts';
import type { LakeAddress } from '../stack/connection.ts';
import { dataNodeUrl, encodePath } from './hdfsPath.ts';
import { maybeBroken, neverStarted, parseJson, webHdfsError } from './webHdfsErrors.ts';

export interface Call {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  op: string;
  /** Checked by `checkPath`. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  /** What is wanted, for error sentences: `list "/data"`. */
  action: string;
  /** Whether repeating it changes nothing. Others are repeated only if the first try certainly did not start. */
  idempotent: boolean;
  signal?: AbortSignal | undefined;
}

const location = v.object({ Location: v.string() });

/** The WebHDFS protocol: one request, its answer checked, waits for a server that is starting, errors of ours. */
export class WebHdfsRequest {
  readonly #address: LakeAddress;
  readonly #log: Log;
  readonly #retryTimeoutMs: number;
  readonly #resolved = new Set<string>();
  readonly #nameNode: Http;
  readonly #dataNode: Http;

  constructor(
    address: LakeAddress,
    log: Log,
    retryTimeoutMs: number,
    // The DataNode closes each connection after its answer.
    connections = {
      nameNode: new Http('The HDFS NameNode'),
      dataNode: new Http('The HDFS DataNode', { connections: 64 }),
    },
  ) {
    this.#address = address;
    this.#log = log;
    this.#retryTimeoutMs = retryTimeoutMs;
    this.#nameNode = connections.nameNode;
    this.#dataNode = connections.dataNode;
  }

  /** The same connections with another patience; whoever made the first one closes them. */
  retryingFor(retryTimeoutMs: number): WebHdfsRequest {
    const connections = { nameNode: this.#nameNode, dataNode: this.#dataNode };
    return new WebHdfsRequest(this.#address, this.#log, retryTimeoutMs, connections);
  }

  /** Asks the NameNode; the answer must fit `schema`. */
  async json<S extends v.GenericSchema>(call: Call, schema: S): Promise<v.InferOutput<S>> {
    return this.retry(call, async () => {
      const { status, text } = await this.#nameNode.text(this.#url(call), {
        method: call.method,
        signal: call.signal,
      });
      return checked('The HDFS NameNode', this.#address.url, call.action, status, text, schema);
    });
  }

  /** Asks the NameNode for something that has no answer but its success. */
  async done(call: Call): Promise<void> {
    await this.retry(call, async () => {
      const { status, text } = await this.#nameNode.text(this.#url(call), {
        method: call.method,
        signal: call.signal,
      });
      if (status !== 200) throw webHdfsError('The HDFS NameNode', call.action, status, text);
      return true;
    });
  }

  /** The DataNode's URL for a call that carries data; not yet sent. */
  async locate(call: Call): Promise<URL> {
    const query = { ...call.query, noredirect: true };
    const answer = await this.json({ ...call, query, idempotent: true }, location);
    const url = dataNodeUrl(answer.Location, call.path, this.#address.dataNodes);
    await this.#requireResolvable(url);
    return url;
  }

  /** A DataNode's name often means something inside the cluster's network only; the bare fault would not say that. */
  async #requireResolvable(url: URL): Promise<void> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 || this.#resolved.has(host)) return;
    try {
      await lookup(host);
      this.#resolved.add(host);
    } catch (error) {
      throw new WorkbenchError(
        'unreachable',
        `The NameNode sends to the DataNode ${url.host}, a name that means nothing on this machine: publish the ` +
          "port in the service's `ports`, or make the name resolve here.",
        { cause: error },
      );
    }
  }

  /** Sends a call that needs a DataNode and has no body; gives the answer's headers and its unread body. */
  async fromDataNode(call: Call): Promise<{ answer: HttpAnswer; url: URL }> {
    return this.retry(call, async () => {
      const url = await this.locate(call);
      // A DataNode that is known but stopped is still named for minutes: the retry asks for its place again.
      const answer = await this.#dataNode.send(url, {
        method: call.method,
        signal: call.signal,
        timeoutMs: 60_000,
      });
      if (answer.status !== 200) {
        const text = await answer.body.text();
        throw webHdfsError('The HDFS DataNode', call.action, answer.status, text);
      }
      return { answer, url };
    });
  }

  async jsonFromDataNode<S extends v.GenericSchema>(call: Call, schema: S): Promise<v.InferOutput<S>> {
    const { answer, url } = await this.fromDataNode(call);
    return checked('The HDFS DataNode', url, call.action, 200, await answer.body.text(), schema);
  }

  /** Maps what broke off a DataNode's body. */
  fault(error: unknown, url: URL, signal: AbortSignal | undefined): WorkbenchError {
    return this.#dataNode.fault(error, url, signal);
  }

  /** Tries until it works, the error is final, or the deadline passes; then throws the last error as it is. */
  async retry<T>(
    call: Pick<Call, 'op' | 'path' | 'action' | 'idempotent' | 'signal'>,
    attempt: () => Promise<T>,
  ): Promise<T> {
    try {
      return await retryUntil(attempt as () => Promise<T | undefined>, {
        what: `HDFS at ${this.#address.url.host}`,
        timeoutMs: this.#retryTimeoutMs,
        signal: call.signal,
        retriable: (error) => {
          const again = call.idempotent ? maybeBroken(error) : neverStarted(error);
          if (again) this.#log.debug(`${call.op} ${call.path}: ${(error as Error).message} Trying again.`);
          return again;
        },
      });
    } catch (error) {
      // "Nothing listens on that port" says more than "was not ready after 30 s".
      if (isWorkbenchError(error, 'timeout') && error.cause instanceof WorkbenchError) throw error.cause;
      throw error;
    }
  }

  #url(call: Call): URL {
    const url = new URL(this.#address.url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/webhdfs/v1${encodePath(call.path)}`;
    const query: NonNullable<Call['query']> = { op: call.op, 'user.name': this.#address.user, ...call.query };
    // URLSearchParams would write a space as "+", which the server keeps.
    url.search = Object.entries(query)
      .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]))
      .join('&');
    return url;
  }

  async close(): Promise<void> {
    await Promise.all([this.#nameNode.close(), this.#dataNode.close()]);
  }
}

function checked<S extends v.GenericSchema>(
  server: string,
  { origin }: URL,
  action: string,
  status: number,
  text: string,
  schema: S,
): v.InferOutput<S> {
  if (status !== 200) throw webHdfsError(server, action, status, text);
  const json = parseJson(text);
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    const why =
      json === undefined
        ? `gave an answer that is not JSON. Is the address right, and no sign-in page or proxy in between?`
        : `gave an unexpected answer (${parsed.issues.map((i) => `${v.getDotPath(i) ?? ''} ${i.message}`)[0]}).`;
    throw new WorkbenchError('protocol', `Could not ${action}: ${server} at ${origin} ${why}`);
  }
  return parsed.output;
}
