import { createServer, connect, type NetConnectOpts, type Socket } from 'node:net';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from './machine.ts';

export interface CuttableProxy {
  /** Of the Unix socket that it listens on. */
  socketPath: string;
  /** `unix://…`, for DOCKER_HOST. */
  host: string;
  /** Connections that are open now. */
  open(): number;
  /** Bytes that came from the target so far. */
  received(): number;
  /** Ends all connections without a word and takes no new ones, as an engine that was killed. */
  cut(): Promise<void>;
  /** Keeps connections open and passes nothing on, as an engine that hangs. */
  freeze(): void;
  /** Takes and passes on again. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** A Unix socket in front of an engine's; cutting it is losing the engine, without stopping what others use. */
export async function cuttableProxy(
  target: NetConnectOpts = { path: '/var/run/docker.sock' },
): Promise<CuttableProxy> {
  const folder = await tempDir();
  const socketPath = join(folder, 'docker.sock');
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  let received = 0;

  // An upgraded connection (attach, exec) is closed in halves.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ ...target, allowHalfOpen: true });
    const pair: [Socket, Socket] = [client, engine];
    pairs.add(pair);
    engine.on('data', (chunk: Buffer) => (received += chunk.length));
    for (const [from, to] of [pair, [engine, client]] as [Socket, Socket][]) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
      from.pipe(to);
      if (frozen) from.pause();
    }
  });
  const listen = async (): Promise<void> => {
    server.listen(socketPath);
    await once(server, 'listening');
  };
  const cut = async (): Promise<void> => {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    await closed;
  };
  await listen();

  return {
    socketPath,
    host: `unix://${socketPath}`,
    open: () => pairs.size,
    received: () => received,
    cut,
    freeze() {
      frozen = true;
      for (const pair of pairs) for (const socket of pair) socket.unpipe().pause();
    },
    async restore() {
      frozen = false;
      for (const [client, engine] of pairs) client.pipe(engine).pipe(client);
      if (!server.listening) await listen();
    },
    async close() {
      await cut();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
