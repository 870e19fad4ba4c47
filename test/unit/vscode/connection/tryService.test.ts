import { equal, rejects } from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  tryHistory,
  tryJupyter,
  tryPostgres,
  trySparkRest,
  trySparkUi,
  tryWebHdfs,
} from '../../../../src/vscode/connection/tryService.ts';

const { signal } = new AbortController();

describe('A try of an address', () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: string };
  let asked: IncomingMessage;
  before(async () => {
    server = createServer((request, response) => {
      asked = request;
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  it('says which service is not behind it', async () => {
    answer = { status: 200, body: '<html>A router</html>' };
    await rejects(tryWebHdfs(url, signal), { name: 'WorkbenchError', message: /NameNode|HDFS/ });
    await rejects(trySparkRest(url, undefined, signal), { message: /Spark REST: the answer is not JSON/ });
    await rejects(trySparkUi(url, signal), { message: /Spark master did not answer with JSON/ });
    await rejects(tryHistory(url, signal), { message: /is not Spark's history server/ });
    await rejects(tryJupyter(url, 'geheim', signal), { message: /is not a Jupyter server/ });
    answer = { status: 404, body: '' };
    await rejects(tryHistory(url, signal), {
      message: /is not Spark's history server: it answers with HTTP 404/,
    });
    await rejects(tryWebHdfs(url, signal), { name: 'WorkbenchError' });
  });

  it('tells that a key is needed, and that a key is wrong', async () => {
    answer = { status: 403, body: '' };
    equal(await trySparkRest(url, undefined, signal), 'needs key');
    await rejects(trySparkRest(url, 'YWJj', signal), { code: 'denied', message: /refused the token/ });
  });

  it('takes a Jupyter server with its token, which is in no address', async () => {
    answer = { status: 200, body: '{"connections": 0, "kernels": 1}' };
    await tryJupyter(`${url}/gateway`, 'geheim', signal);
    equal(asked.url, '/gateway/api/status');
    equal(asked.headers.authorization, 'token geheim');
    answer = { status: 403, body: '{"message": "Forbidden"}' };
    await rejects(tryJupyter(url, 'falsch', signal), (error) => {
      const { message } = error as Error;
      equal(message.includes('falsch'), false);
      return message.endsWith('refused the token.');
    });
  });

  it('takes an HDFS that refuses this user', async () => {
    const exception = 'org.apache.hadoop.security.AccessControlException';
    const said = {
      exception: 'AccessControlException',
      javaClassName: exception,
      message: 'Permission denied',
    };
    answer = { status: 403, body: JSON.stringify({ RemoteException: said }) };
    await tryWebHdfs(url, signal);
  });

  it('does not wait for a port that is closed', async () => {
    const closed = 'http://127.0.0.1:1';
    for (const one of [
      tryWebHdfs(closed, signal),
      trySparkRest(closed, undefined, signal),
      trySparkUi(closed, signal),
      tryHistory(closed, signal),
      tryJupyter(closed, 'geheim', signal),
    ])
      await rejects(one, { code: 'unreachable' });
    await rejects(
      tryPostgres({ host: '127.0.0.1', port: 1, database: 'a', user: 'b', password: 'geheim' }),
      (error) => {
        const { message } = error as Error;
        equal(message.includes('geheim'), false);
        return message.startsWith('PostgreSQL at 127.0.0.1:1 does not let b in: ');
      },
    );
  });

  it('ends when the box is closed', async () => {
    const closed = new AbortController();
    closed.abort();
    await rejects(tryWebHdfs(url, closed.signal), { code: 'cancelled' });
  });
});
