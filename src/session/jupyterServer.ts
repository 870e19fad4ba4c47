import { getKernelModel, interruptKernel, restartKernel } from '@jupyterlab/services/lib/kernel/restapi.js';
import { ServerConnection } from '@jupyterlab/services/lib/serverconnection.js';
import { listRunning, shutdownSession, startSession } from '@jupyterlab/services/lib/session/restapi.js';
import * as v from 'valibot';
import { WorkbenchError, describeError } from '../base/errors.ts';
import { Http } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { Connection, SessionAddress } from '../stack/connection.ts';
import { kernelExitSchema, type KernelExit } from './kernelDeath.ts';
import { KernelSocket } from './kernelSocket.ts';

/** How the workspace's kernel is found again: Jupyter's sessions have a path, which is no file's here. */
const sessionPath = 'medallion';
const kernelName = 'python3';
/** The server answers once it has started or ended the kernel. */
const startTimeoutMs = 60_000;
const timeoutMs = 10_000;

/** With what stack/services/jupyter_app.py adds to it. */
const modelSchema = v.object({ medallion_exit: v.optional(kernelExitSchema) });

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** A kernel as Jupyter's sessions name it. */
export interface FoundKernel {
  sessionId: string;
  kernelId: string;
}

/**
 * The Jupyter Server of a stack. Its token goes into the header of requests and of the websocket's handshake, never into
 * a URL, which logs would keep.
 */
export class JupyterServer {
  readonly #url: URL;
  readonly #token: string;
  readonly #log: Log;
  readonly #http = new Http("The session's server");

  constructor(address: SessionAddress, options: { log: Log }) {
    this.#url = new URL(address.url);
    if (!this.#url.pathname.endsWith('/')) this.#url.pathname += '/';
    this.#token = address.token;
    this.#log = options.log;
  }

  /** The kernel of this stack's session, if there is one. Throws `unreachable`, `denied`, `timeout`. */
  async find(o: CallOptions = {}): Promise<FoundKernel | undefined> {
    const sessions = await this.#call((settings) => listRunning(settings), o);
    const found = sessions.find(({ path }) => path === sessionPath);
    return found?.kernel ? { sessionId: found.id, kernelId: found.kernel.id } : undefined;
  }

  /** Makes the session with its kernel; the one that another window has made before or at the same time, if it has. */
  async create(o: CallOptions = {}): Promise<FoundKernel> {
    const wanted = {
      path: sessionPath,
      name: 'Medallion session',
      type: 'console',
      kernel: { name: kernelName },
    };
    const { id, kernel } = await this.#call((settings) => startSession(wanted, settings), {
      ...o,
      timeoutMs: startTimeoutMs,
    });
    if (!kernel)
      throw new WorkbenchError('protocol', "The session's server made a session without a kernel.");
    const own = { sessionId: id, kernelId: kernel.id };
    // The server looks for a session of this path before it starts a kernel, and not after: the first one counts for all.
    const first = (await this.find(o)) ?? own;
    if (first.sessionId !== id) await this.remove(id, o);
    return first;
  }

  /** How the kernel's last process that ended by itself did so, where the server tells: that of our stacks does. */
  async exit(kernelId: string, o: CallOptions & { timeoutMs: number }): Promise<KernelExit | undefined> {
    const model = await this.#call((settings) => getKernelModel(kernelId, settings), o);
    const parsed = v.safeParse(modelSchema, model);
    return parsed.success ? parsed.output.medallion_exit : undefined;
  }

  /** Ends a session and its kernel; one that is gone already is no error. */
  async remove(sessionId: string, o: CallOptions = {}): Promise<void> {
    await this.#call((settings) => shutdownSession(sessionId, settings), { ...o, timeoutMs: startTimeoutMs });
  }

  /** Whether the server still has the kernel. */
  async has(kernelId: string, o: CallOptions = {}): Promise<boolean> {
    return (await this.#call((settings) => getKernelModel(kernelId, settings), o)) !== undefined;
  }

  async interrupt(kernelId: string, o: CallOptions = {}): Promise<void> {
    await this.#call((settings) => interruptKernel(kernelId, settings), o);
  }

  async restart(kernelId: string, o: CallOptions = {}): Promise<void> {
    await this.#call((settings) => restartKernel(kernelId, settings), { ...o, timeoutMs: startTimeoutMs });
  }

  /** A websocket to the kernel. */
  async connect(kernelId: string, o: CallOptions = {}): Promise<KernelSocket> {
    return KernelSocket.open(this.#url, kernelId, this.#token, { ...o, log: this.#log });
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  /** One call of the library's, through our HTTP: it says more of what went wrong, and ends in time. */
  async #call<T>(
    ask: (settings: ServerConnection.ISettings) => Promise<T>,
    o: CallOptions & { timeoutMs?: number },
  ): Promise<T> {
    let fault: unknown;
    const send = async (request: Request): Promise<Response> => {
      try {
        const { status, text } = await this.#http.text(new URL(request.url), {
          method: request.method as 'GET',
          headers: Object.fromEntries(request.headers),
          body: request.body === null ? undefined : await request.text(),
          timeoutMs,
          ...o,
        });
        return new Response(status === 204 ? null : text, { status });
      } catch (error) {
        fault = error;
        throw error;
      }
    };
    const settings = ServerConnection.makeSettings({
      baseUrl: this.#url.href,
      token: this.#token,
      appendToken: false,
      init: {},
      fetch: send as ServerConnection.ISettings['fetch'],
    });
    try {
      return await ask(settings);
    } catch (error) {
      throw fault ?? this.#refusal(error);
    }
  }

  #refusal(error: unknown): unknown {
    if (!(error instanceof ServerConnection.ResponseError))
      return new WorkbenchError(
        'protocol',
        `The session's server at ${this.#url.host} gave an answer that cannot be read. Is the address right?`,
        { cause: error },
      );
    const { status } = error.response;
    if (status === 401 || status === 403)
      return new WorkbenchError(
        'denied',
        `The session's server at ${this.#url.host} refused the token: it is not the one that it was started with.`,
        { status },
      );
    if (status === 404)
      return new WorkbenchError('not-found', 'The kernel is not there any more.', { status });
    return new WorkbenchError(
      status >= 500 ? 'unreachable' : 'failed',
      `The session's server answered ${status}: ${describeError(error)}.`,
      { status },
    );
  }
}

/** The session's address, or `not-found` with what to do. */
export function requireSession({ name, session }: Connection): SessionAddress {
  if (session) return session;
  throw new WorkbenchError(
    'not-found',
    `The ${name} stack runs no service "jupyter", which the session needs: add it to the Compose file, or start it.`,
  );
}
