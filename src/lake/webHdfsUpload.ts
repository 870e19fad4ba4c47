import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable, Transform } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { cancelled, throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError, systemErrorCode } from '../base/errors.ts';

export interface Upload {
  url: URL;
  method: 'PUT' | 'POST';
  data: Buffer | Readable;
  /** Longest silence of the DataNode while it is its turn. */
  timeoutMs: number;
  /** Called with the bytes handed over so far. */
  onSent?: ((bytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface UploadAnswer {
  status: number;
  text: string;
  /** Bytes of the body. */
  sent: number;
  /** Whether the source was touched, so that it cannot be sent again. */
  started: boolean;
}

/**
 * Sends the body of CREATE or APPEND to a DataNode. It always sends `100 Continue` first, which fetch and undici
 * refuse as an answer; node:http takes it. No byte of `data` is read before that: until then a broken
 * connection throws `unreachable` and the call may be repeated, afterwards `failed`. A slow source is waited for as long as it takes.
 */
export async function upload(options: Upload): Promise<UploadAnswer> {
  const { url, method, data, timeoutMs, signal } = options;
  throwIfCancelled(signal);
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method,
    agent: false,
    headers: { 'Content-Type': 'application/octet-stream', Expect: '100-continue' },
  });
  let sent = 0;
  let started = false;
  const onAbort = (): void => void request.destroy(cancelled(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  request.setTimeout(timeoutMs, () => {
    // A timeout while the source has nothing to give is not the DataNode's fault.
    if (started && !request.writableNeedDrain && !request.writableEnded) return;
    request.destroy(
      new WorkbenchError(
        'timeout',
        `The HDFS DataNode at ${url.host} stopped answering after ${sent} bytes.`,
      ),
    );
  });
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
      request.once('close', () => {
        reject(new Error('closed'));
      });
    });
    const toldToSend = new Promise<boolean>((resolve) => {
      request.once('continue', () => {
        resolve(true);
      });
    });
    request.flushHeaders();
    const told = await Promise.race([toldToSend, answered.then(() => false)]);
    if (told) {
      started = true;
      const sending = data instanceof Readable ? sendStream(data) : sendBuffer(data);
      // An answer before the end of the body is a refusal.
      await Promise.race([sending, answered]);
      sending.catch(() => {});
    }
    const answer = await answered;
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), sent, started };
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    throw fault(error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    request.destroy();
  }

  async function sendStream(source: Readable): Promise<void> {
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sent += chunk.length;
        options.onSent?.(sent);
        done(null, chunk);
      },
    });
    try {
      await pipeline(source, counter, request);
    } catch (error) {
      throw source.errored && error === source.errored ? sourceFault(source.errored) : error;
    }
  }

  async function sendBuffer(buffer: Buffer): Promise<void> {
    request.end(buffer);
    await finished(request, { readable: false });
    sent = buffer.length;
    options.onSent?.(sent);
  }

  function fault(error: unknown): WorkbenchError {
    if (error instanceof WorkbenchError) return error;
    const code = systemErrorCode(error);
    const sentence = started
      ? `The HDFS DataNode at ${url.host} broke off after ${sent} bytes (${code ?? describeError(error)}): ` +
        'it stopped, or its disk is full.'
      : `The HDFS DataNode at ${url.host} cannot be reached (${code ?? describeError(error)}).`;
    return new WorkbenchError(started ? 'failed' : 'unreachable', sentence, { cause: error });
  }
}

function sourceFault(error: Error): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  return new WorkbenchError('failed', `The data to write could not be read: ${error.message}`, {
    cause: error,
  });
}
