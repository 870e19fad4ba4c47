import {
  createMessage,
  supportedKernelWebSocketProtocols,
} from '@jupyterlab/services/lib/kernel/messages.js';
import { deserialize, serialize } from '@jupyterlab/services/lib/kernel/serialize.js';
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import WebSocket from 'ws';
import { cancelled } from '../base/cancellation.ts';
import { WorkbenchError, systemErrorCode } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import type { Log } from '../base/log.ts';
import type { KernelMessage } from './kernelMessage.ts';

/** A message from the socket. `sender`: the process that sent it, in Jupyter's words its session. */
export interface SocketMessage extends KernelMessage {
  sender: string;
}

export interface SocketEnd {
  /** A sentence. */
  reason: string;
  /** A message was larger than this client takes. */
  tooLarge: boolean;
}

export interface RequestOptions {
  /** The request's id; default a new one. */
  id?: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** What is waited for, for the error sentence: "The session". */
  what: string;
}

interface Waiting {
  resolve: (message: SocketMessage) => void;
  reject: (error: Error) => void;
}

const messageSchema = v.object({
  channel: v.string(),
  header: v.object({ msg_type: v.string(), session: v.optional(v.string(), '') }),
  parent_header: v.optional(v.object({ msg_id: v.optional(v.string(), '') }), { msg_id: '' }),
  metadata: v.unknown(),
  content: v.unknown(),
});

const protocol = supportedKernelWebSocketProtocols.v1KernelWebsocketJupyterOrg;
/** The server closes the socket at a message of more than 10 MiB. */
const maxSentBytes = 10 * 1024 * 1024 - 64 * 1024;
const maxReceivedBytes = 256 * 1024 * 1024;
const pingIntervalMs = 5_000;
const maxUnanswered = 2;
const closeTimeoutMs = 2_000;
/** The server answers once the kernel does, and waits a minute for it. */
const handshakeTimeoutMs = 70_000;

/**
 * One websocket to one kernel, until it breaks; the library's own connection reconnects by itself and waits as it
 * likes, so only its messages and their encoding are used. A server that does not answer pings counts as gone.
 */
export class KernelSocket {
  readonly #socket: WebSocket;
  readonly #log: Log;
  readonly #clientId: string;
  readonly #waiting = new Map<string, Waiting>();
  readonly #opened: Promise<void>;
  #early: SocketMessage[] | undefined = [];
  #onOutput: (message: SocketMessage) => void = (message) => this.#early?.push(message);
  #onReply: (message: SocketMessage) => void = () => {};
  #reason = 'the server closed the connection';
  #isClosing = false;
  /** Pings since something came. */
  #unanswered = 0;
  #ping: NodeJS.Timeout | undefined;

  /** Settles once, when nothing comes any more; never rejects. */
  readonly closed: Promise<SocketEnd>;

  private constructor(url: URL, headers: Record<string, string>, log: Log) {
    this.#log = log;
    this.#clientId = url.searchParams.get('session_id')!;
    this.#socket = new WebSocket(url, [protocol], {
      headers,
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxReceivedBytes,
      // Nearly always from this machine to itself.
      perMessageDeflate: false,
    });
    this.#socket.binaryType = 'arraybuffer';
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.once('open', () => {
        this.#ping = setInterval(() => this.#checkServer(), pingIntervalMs);
        resolve();
      });
      this.#socket.once('unexpected-response', (request, response) => {
        request.destroy();
        reject(refusal(url, response.statusCode ?? 0));
      });
      this.#socket.on('error', (error) => {
        this.#reason = whyBroken(error);
        reject(unreachable(url, this.#reason, error));
      });
      this.#socket.once('close', () => reject(unreachable(url, this.#reason)));
    });
    this.#socket.on('pong', () => (this.#unanswered = 0));
    this.#socket.onmessage = ({ data }) => this.#receive(data as ArrayBuffer | string);
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', (code) => {
        clearInterval(this.#ping);
        this.#rejectAll();
        resolve({ reason: this.#reason, tooLarge: code === 1006 && this.#reason === tooLargeReason });
      });
    });
  }

  /** Connects. Throws `unreachable`, `denied`, `not-found` (no such kernel) or `cancelled`. */
  static async open(
    server: URL,
    kernelId: string,
    token: string,
    options: { log: Log; signal?: AbortSignal | undefined },
  ): Promise<KernelSocket> {
    const { signal, log } = options;
    if (signal?.aborted) throw cancelled(signal);
    const url = new URL(`api/kernels/${encodeURIComponent(kernelId)}/channels`, server);
    url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
    // Another one each time: what the server has kept for a client that comes again is in the journal too.
    url.searchParams.set('session_id', randomUUID());
    const socket = new KernelSocket(url, { authorization: `token ${token}` }, log);
    const onAbort = (): void => socket.#socket.terminate();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await socket.#opened;
      return socket;
    } catch (error) {
      socket.#socket.terminate();
      throw signal?.aborted ? cancelled(signal) : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * `onOutput`: from now on, and of what came before, what the kernel publishes to all its clients, and the server in its
   * place. `onReply`: each reply to a request of this client's.
   */
  listen(onOutput: (message: SocketMessage) => void, onReply: (message: SocketMessage) => void): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#onOutput = onOutput;
    this.#onReply = onReply;
    for (const message of early) onOutput(message);
  }

  /** Sends a request; gives its id. Throws `unreachable` on a closed socket, `invalid` for one that is too large. */
  send(
    channel: 'shell' | 'control',
    type: string,
    content: Readonly<Record<string, unknown>>,
    id: string = randomUUID(),
  ): string {
    if (this.#socket.readyState !== WebSocket.OPEN) throw this.#lost();
    // The library knows the types of Jupyter's own requests only.
    const options = { msgType: type, msgId: id, channel, session: this.#clientId, username: '', content };
    const bytes = serialize(createMessage(options as never), this.#socket.protocol);
    const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
    if (size > maxSentBytes)
      throw new WorkbenchError(
        'invalid',
        `This is ${formatBytes(size)}; the session takes ${formatBytes(maxSentBytes)} at once.`,
      );
    this.#socket.send(bytes);
    return id;
  }

  /** Sends a request and waits for its reply. Throws what `send` throws, `timeout` or `cancelled`. */
  async request(
    channel: 'shell' | 'control',
    type: string,
    content: Readonly<Record<string, unknown>>,
    options: RequestOptions,
  ): Promise<SocketMessage> {
    const { id = randomUUID(), timeoutMs, signal, what } = options;
    if (signal?.aborted) throw cancelled(signal);
    let timer: NodeJS.Timeout | undefined;
    let onAbort = (): void => {};
    try {
      return await new Promise<SocketMessage>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        timer = setTimeout(() => {
          const seconds = Math.round(timeoutMs / 1000);
          reject(new WorkbenchError('timeout', `${what} did not answer within ${seconds} s.`));
        }, timeoutMs);
        onAbort = () => reject(cancelled(signal!));
        signal?.addEventListener('abort', onAbort, { once: true });
        this.send(channel, type, content, id);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#waiting.delete(id);
    }
  }

  /** Closes it, once what is on its way has come, or after 2 s. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#reason = 'it was closed';
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), closeTimeoutMs);
    await this.closed;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: ArrayBuffer | string): void {
    this.#unanswered = 0;
    let parsed;
    try {
      parsed = v.safeParse(messageSchema, deserialize(data as ArrayBuffer, this.#socket.protocol));
    } catch (error) {
      this.#log.warn(`session: a message could not be read: ${String(error)}`);
      return;
    }
    if (!parsed.success) {
      this.#log.warn(`session: a message could not be read: ${parsed.issues[0].message}`);
      return;
    }
    const { channel, header, parent_header, metadata, content } = parsed.output;
    const message: SocketMessage = {
      type: header.msg_type,
      sender: header.session,
      parent: parent_header.msg_id,
      content,
      metadata,
    };
    if (channel === 'iopub') {
      this.#onOutput(message);
    } else {
      this.#waiting.get(message.parent)?.resolve(message);
      this.#onReply(message);
    }
  }

  /** A sleep of the machine, or a network that fell silent, leaves a socket open that nobody is behind. */
  #checkServer(): void {
    if (this.#unanswered < maxUnanswered) {
      this.#unanswered += 1;
      this.#socket.ping();
    } else {
      this.#reason = `the server has not answered for ${(pingIntervalMs * maxUnanswered) / 1000} s`;
      this.#socket.terminate();
    }
  }

  #rejectAll(): void {
    const error = this.#lost();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #lost(): WorkbenchError {
    return this.#isClosing
      ? new WorkbenchError('cancelled', 'The session was closed.')
      : new WorkbenchError('unreachable', `The connection to the session is lost: ${this.#reason}.`);
  }
}

const tooLargeReason = 'a message was too large';

function whyBroken(error: Error): string {
  const code = systemErrorCode(error);
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return tooLargeReason;
  if (code === 'ECONNREFUSED') return 'nothing listens on that port';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the server closed the connection';
  return error.message;
}

function unreachable(url: URL, why: string, cause?: unknown): WorkbenchError {
  const sentence = `The session's server at ${url.host} cannot be reached: ${why}.`;
  return new WorkbenchError('unreachable', sentence, { cause });
}

function refusal(url: URL, status: number): WorkbenchError {
  if (status === 404) return new WorkbenchError('not-found', 'The kernel is not there any more.', { status });
  if (status === 401 || status === 403)
    return new WorkbenchError('denied', `The session's server at ${url.host} refused the token.`, { status });
  return new WorkbenchError('unreachable', `The session's server at ${url.host} answered ${status}.`, {
    status,
  });
}
