import type { IncomingMessage } from 'node:http';
import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { cancelled, throwIfCancelled } from '../../../base/cancellation.ts';
import { WorkbenchError, describeError, systemErrorCode } from '../../../base/errors.ts';

/** Until an engine has begun its answer. A busy one takes seconds; a lost one would take for ever. */
const answerTimeoutMs = 20_000;

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  /** Until the answer begins. Default 20 s. */
  timeoutMs?: number | undefined;
}

/**
 * Calls the engine with a signal that ends with `signal` and after the time-out. Throws `cancelled`, or what
 * `engineFault` makes of the error.
 */
export async function askEngine<T>(
  what: string,
  options: RequestOptions,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs = answerTimeoutMs } = options;
  throwIfCancelled(signal);
  // Not AbortSignal.any: a signal that lives as long as a window would keep each request's.
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop.abort('late'), timeoutMs);
  try {
    return await call(stop.signal);
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    if (stop.signal.reason !== 'late') throw engineFault(error, what);
    const seconds = Math.round(timeoutMs / 1000);
    throw new WorkbenchError(
      'unreachable',
      `${what}: the Docker engine did not answer within ${seconds} s.`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * `GET path` as a stream of bytes; ends with an error when the signal is aborted. dockerode itself reads a log that
 * is not followed as one text.
 */
export async function openStream(
  docker: Dockerode,
  what: string,
  path: string,
  query: Record<string, unknown>,
  options: RequestOptions = {},
): Promise<IncomingMessage> {
  const { signal } = options;
  const answer = await askEngine(
    what,
    options,
    (abortSignal) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const modem = docker.modem as Modem;
        modem.dial(
          {
            path: `${path}?`,
            method: 'GET',
            // Or else the modem would drop the "?" and what follows.
            options: { ...query },
            abortSignal,
            isStream: true,
            statusCodes: { 200: true, 404: 'not found', 409: 'conflict', 500: 'server error' },
          },
          (error, stream) => {
            if (error || !stream) reject(error ?? new Error('no answer'));
            else resolve(stream);
          },
        );
      }),
  );
  if (signal) {
    const onAbort = (): void => void answer.destroy(cancelled(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    answer.once('close', () => signal.removeEventListener('abort', onAbort));
  }
  return answer;
}

interface Modem {
  dial(options: object, callback: (error: Error | null, stream: IncomingMessage | null) => void): void;
}

/** Asks whether the engine answers, in order to do `what`; gives its clock, exact to a second. */
export async function pingEngine(
  docker: Dockerode,
  what: string,
  options: RequestOptions = {},
): Promise<Date> {
  const answer = await openStream(docker, what, '/_ping', {}, options);
  answer.resume();
  answer.on('error', () => undefined);
  return clockOf(answer);
}

/** The engine's clock when it began the answer; ours where it does not say. */
export function clockOf(answer: IncomingMessage): Date {
  const time = Date.parse(answer.headers.date ?? '');
  return Number.isNaN(time) ? new Date() : new Date(time);
}

/**
 * An error of a call to the engine as one of ours: `unreachable`, `denied`, `not-found`, `conflict`, or `failed` with
 * the engine's own words. `what` begins the sentence: "Reading the logs of namenode".
 */
export function engineFault(error: unknown, what: string): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const status = statusOf(error);
  if (status !== undefined) {
    const words = describeError(error)
      .replace(/^\(HTTP code \d+\) [^-]*- /, '')
      .trim();
    const code = status === 404 ? 'not-found' : status === 409 ? 'conflict' : 'failed';
    const end = words.endsWith('.') ? '' : '.';
    return new WorkbenchError(code, `${what}: the Docker engine answered: ${words}${end}`, {
      cause: error,
      status,
    });
  }
  const code = systemErrorCode(error);
  const why = (code && networkFaults[code]) ?? `the connection failed (${code ?? describeError(error)})`;
  return new WorkbenchError(
    code === 'EACCES' || code === 'EPERM' ? 'denied' : 'unreachable',
    `${what}: ${why}.`,
    { cause: error },
  );
}

const networkFaults: Record<string, string> = {
  EACCES: 'the Docker socket may not be opened by this user',
  EPERM: 'the Docker socket may not be opened by this user',
  ECONNREFUSED: 'no Docker engine answers any more; start it again',
  ENOENT: 'the Docker socket is gone; start the engine again',
  ECONNRESET: 'the Docker engine closed the connection',
  EPIPE: 'the Docker engine closed the connection',
  ERR_STREAM_PREMATURE_CLOSE: 'the Docker engine closed the connection',
  ETIMEDOUT: 'the connection to the Docker engine timed out',
};

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** What the engine sent, checked; throws `protocol`. */
export function readAnswer<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue);
  throw new WorkbenchError(
    'protocol',
    `${what}: the Docker engine sent something unexpected${where === null ? '' : ` at ${where}`}: ${issue.message}`,
  );
}

/** JSON values of a stream that has one per line. A line that is none throws `protocol`. */
export async function* jsonLines(stream: IncomingMessage, what: string): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end).trim();
      rest = rest.slice(end + 1);
      if (line !== '') yield parseJson(line, what);
    }
  }
  if (rest.trim() !== '') yield parseJson(rest, what);
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WorkbenchError('protocol', `${what}: the Docker engine sent something that is no JSON.`, {
      cause: error,
    });
  }
}
