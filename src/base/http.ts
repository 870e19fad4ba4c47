import { Agent, EnvHttpProxyAgent, errors as undiciErrors, request, type Dispatcher } from 'undici';
import { cancelled } from './cancellation.ts';
import { WorkbenchError, systemErrorCode } from './errors.ts';

export interface HttpRequest {
  method?: Dispatcher.HttpMethod;
  headers?: Record<string, string>;
  body?: string | Buffer | undefined;
  /** Time until the answer's headers, and between two chunks of its body. Default 30 s. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Dispatcher.ResponseData['body'];
}

/**
 * HTTP for one service: a keep-alive pool and one mapping from network faults to our errors. `name` is how the
 * service is called in error sentences ("HDFS NameNode").
 */
export class Http {
  readonly name: string;
  readonly #dispatcher: Dispatcher;

  constructor(name: string, options: { throughProxy?: boolean; connections?: number } = {}) {
    this.name = name;
    const pool = { connections: options.connections ?? 16, keepAliveTimeout: 10_000 };
    // A proxy is for registries; the services of a stack are asked directly.
    this.#dispatcher = options.throughProxy ? new EnvHttpProxyAgent(pool) : new Agent(pool);
  }

  /** Sends one request; any HTTP status is an answer. Throws `unreachable`, `timeout` or `cancelled`. */
  async send(url: URL, options: HttpRequest = {}): Promise<HttpAnswer> {
    const { method = 'GET', headers = {}, body, timeoutMs = 30_000, signal } = options;
    try {
      const answer = await request(url, {
        method,
        headers,
        body: body ?? null,
        signal: signal ?? null,
        dispatcher: this.#dispatcher,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      throw this.fault(error, url, signal);
    }
  }

  /** Sends one request and reads the whole answer as text, at most `maxBytes` (default 64 MiB). */
  async text(
    url: URL,
    options: HttpRequest & { maxBytes?: number } = {},
  ): Promise<{ status: number; text: string }> {
    const answer = await this.send(url, options);
    const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxBytes) {
          throw new WorkbenchError(
            'protocol',
            `${this.name} sent more than ${maxBytes} bytes for ${url.pathname}.`,
          );
        }
        chunks.push(chunk);
      }
    } catch (error) {
      throw this.fault(error, url, options.signal);
    }
    return { status: answer.status, text: Buffer.concat(chunks).toString('utf8') };
  }

  /** Maps what undici throws to one of our errors. */
  fault(error: unknown, url: URL, signal?: AbortSignal): WorkbenchError {
    if (error instanceof WorkbenchError) return error;
    if (signal?.aborted) return cancelled(signal);
    if (error instanceof undiciErrors.HeadersTimeoutError || error instanceof undiciErrors.BodyTimeoutError) {
      return new WorkbenchError('timeout', `${this.name} at ${url.host} stopped answering.`, {
        cause: error,
      });
    }
    const code = systemErrorCode(error) ?? 'unknown';
    const why = networkFaults[code] ?? `the connection failed (${code})`;
    return new WorkbenchError('unreachable', `${this.name} at ${url.host} cannot be reached: ${why}.`, {
      cause: error,
    });
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
  }
}

const networkFaults: Record<string, string> = {
  ECONNREFUSED: 'nothing listens on that port',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  ETIMEDOUT: 'the connection timed out',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name does not resolve',
  EHOSTUNREACH: 'there is no route to the host',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate is not trusted; set NODE_EXTRA_CA_CERTS to your company's certificate file",
  SELF_SIGNED_CERT_IN_CHAIN:
    "its certificate is not trusted; set NODE_EXTRA_CA_CERTS to your company's certificate file",
};
