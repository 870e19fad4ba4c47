import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { Http } from '../../../src/base/http.ts';

/** A server on loopback that shows one kind of behaviour. */
async function serve(listener: RequestListener): Promise<{ url: URL; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`) };
}

describe('Http', () => {
  const http = new Http('The thing');
  after(() => http.close());

  it('gives any status as an answer', async () => {
    const { url, server } = await serve((_request, response) => response.writeHead(503).end('busy'));
    assert.deepEqual(await http.text(url), { status: 503, text: 'busy' });
    server.close();
  });

  it('names the service where nothing listens', async () => {
    const { url, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(http.text(url), (error) => {
      return (
        isWorkbenchError(error, 'unreachable') && /^The thing at 127.* nothing listens/.test(error.message)
      );
    });
  });

  it('says so when the connection breaks in the middle of the answer', async () => {
    const { url, server } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some');
      setImmediate(() => response.destroy());
    });
    await assert.rejects(http.text(url), (error) => isWorkbenchError(error, 'unreachable'));
    server.close();
  });

  it('does not wait for ever', async () => {
    const { url, server } = await serve(() => {});
    await assert.rejects(http.text(url, { timeoutMs: 50 }), (error) => isWorkbenchError(error, 'timeout'));
    server.closeAllConnections();
    server.close();
  });

  it('can be cancelled while it waits', async () => {
    const { url, server } = await serve(() => {});
    const controller = new AbortController();
    const asked = http.text(url, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(asked, (error) => isWorkbenchError(error, 'cancelled'));
    server.closeAllConnections();
    server.close();
  });

  it('refuses an answer without end', async () => {
    const { url, server } = await serve((_request, response) => response.end('x'.repeat(5_000)));
    await assert.rejects(http.text(url, { maxBytes: 1_000 }), (error) => isWorkbenchError(error, 'protocol'));
    server.close();
  });
});
