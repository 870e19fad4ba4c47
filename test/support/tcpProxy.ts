import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, reads what the client sends, and breaks connections as networks do. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<{ client: Socket; server: Socket }>();
  #isStalled = false;
  #isRefusing = false;

  /** What the client has sent, each chunk as text of one byte a character. */
  readonly sent: string[] = [];
  url: URL;

  private constructor(target: URL) {
    this.url = target;
    this.#server = createServer((client) => {
      if (this.#isRefusing) {
        client.resetAndDestroy();
        return;
      }
      const pair = { client, server: connect(Number(target.port), target.hostname) };
      this.#pairs.add(pair);
      const forward = (from: Socket, to: Socket, keep: boolean): void => {
        from.on('data', (data: Buffer) => {
          if (keep) this.sent.push(data.toString('latin1'));
          if (!this.#isStalled && !to.write(data)) {
            from.pause();
            to.once('drain', () => from.resume());
          }
        });
        from.on('end', () => to.end());
        from.on('error', () => to.destroy());
        from.on('close', () => this.#pairs.delete(pair));
      };
      forward(client, pair.server, true);
      forward(pair.server, client, false);
    });
  }

  static async open(target: URL): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    const address = proxy.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    proxy.url = new URL(`http://127.0.0.1:${address.port}`);
    return proxy;
  }

  /** Request lines of HTTP that the client has sent. */
  get requests(): string[] {
    return this.sent.flatMap((text) => /^[A-Z]+ \S+ HTTP\/1\.1/.exec(text)?.[0] ?? []);
  }

  /** Ends all connections without a word; new ones work. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** New connections are refused from now on, or taken again. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
    if (isRefusing) this.cut();
  }

  /** Nothing passes any more, and nobody is told: a laptop that slept. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
