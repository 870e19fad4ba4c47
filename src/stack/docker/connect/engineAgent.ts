import { readFile } from 'node:fs/promises';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { WorkbenchError, describeError, systemErrorCode } from '../../../base/errors.ts';
import { SshDialer } from './dialStdio.ts';
import type { Environment, Target, TlsFiles } from './findEndpoints.ts';

/** Until a connection to another machine stands. */
const connectTimeoutMs = 10_000;
/** Idle connections are kept so long; one through ssh costs a login. */
const idleMs = { direct: 5_000, ssh: 60_000 };

/**
 * The connections to one engine, of whatever kind: `dial` opens one. Where a request goes is no concern of the
 * request then, so every endpoint looks like a local socket to dockerode.
 */
export class EngineAgent extends Agent {
  readonly #dial: () => Duplex;
  readonly #open = new Set<Duplex>();

  constructor(dial: () => Duplex, keepIdleMs: number) {
    super({ keepAlive: true, scheduling: 'lifo', timeout: keepIdleMs });
    this.#dial = dial;
  }

  override createConnection(): Duplex {
    const connection = this.#dial();
    this.#open.add(connection);
    connection.once('close', () => this.#open.delete(connection));
    return connection;
  }

  /**
   * Called by Node for each request. docker-modem waits for the end of an answer, and for ever where the engine dies
   * in the middle of one: that is made an error of the request.
   */
  addRequest(request: ClientRequest, ...rest: unknown[]): void {
    request.once('response', (answer: IncomingMessage) => {
      answer.once('close', () => {
        if (answer.complete || request.listenerCount('error') === 0) return;
        request.emit('error', Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' }));
      });
    });
    (Agent.prototype as unknown as { addRequest(...args: unknown[]): void }).addRequest.call(
      this,
      request,
      ...rest,
    );
  }

  /** Ends all connections, also those with a request under way. */
  override destroy(): void {
    super.destroy();
    for (const connection of this.#open) connection.destroy();
  }
}

/** The agent for a target. Throws `invalid` for certificates that cannot be read. */
export async function openAgent(target: Target, env: Environment): Promise<EngineAgent> {
  switch (target.kind) {
    case 'socket':
      return new EngineAgent(() => connect({ path: target.path }), idleMs.direct);
    case 'ssh': {
      const dialer = new SshDialer(target, env);
      return new EngineAgent(() => dialer.dial(), idleMs.ssh);
    }
    case 'tcp': {
      const { host, port, tls } = target;
      if (!tls) return new EngineAgent(() => opened(connect({ host, port }), 'connect'), idleMs.direct);
      const options: ConnectionOptions = {
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        rejectUnauthorized: tls.verify,
        ...(await readTls(tls)),
      };
      return new EngineAgent(() => opened(connectTls(options), 'secureConnect'), idleMs.direct);
    }
  }
}

/** A connection that fails if it does not stand in time, and that notices a partner that is gone. */
function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): S {
  const late = (): void => {
    socket.destroy(Object.assign(new Error('connecting takes too long'), { code: 'ETIMEDOUT' }));
  };
  const timer = setTimeout(late, connectTimeoutMs).unref();
  socket.once(event, () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
  socket.setKeepAlive(true, 30_000);
  return socket;
}

/** `ca.pem`, `cert.pem` and `key.pem`, each where it is there, as Docker's command line takes them. */
async function readTls(tls: TlsFiles): Promise<{ ca?: Buffer; cert?: Buffer; key?: Buffer }> {
  if (tls.folder === '') return {};
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map(async (name) => {
      const path = join(tls.folder, name);
      try {
        return await readFile(path);
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
        throw new WorkbenchError('invalid', `${path} cannot be read: ${describeError(error)}`, {
          cause: error,
        });
      }
    }),
  );
  if (!ca && !cert && !key) {
    throw new WorkbenchError(
      'invalid',
      `there are no certificates in ${tls.folder}: ca.pem, cert.pem and key.pem are looked for (DOCKER_CERT_PATH)`,
    );
  }
  if (!cert !== !key) {
    throw new WorkbenchError('invalid', `${tls.folder} has only one of cert.pem and key.pem`);
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
