import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { WebHdfs } from '../../../src/lake/webHdfs.ts';
import { webHdfsError } from '../../../src/lake/webHdfsErrors.ts';

const remote = (exception: string, message = 'why'): string =>
  JSON.stringify({ RemoteException: { exception, javaClassName: `org.x.${exception}`, message } });

async function withServer(listener: RequestListener, use: (lake: WebHdfs) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const lake = new WebHdfs({ url, user: 'me', fileSystem: '' }, { retryTimeoutMs: 2_000 });
  try {
    await use(lake);
  } finally {
    await lake.close();
    server.closeAllConnections();
    server.close();
  }
}

const directory = JSON.stringify({
  DirectoryListing: { partialListing: { FileStatuses: { FileStatus: [] } }, remainingEntries: 0 },
});

describe('what HDFS refuses', () => {
  for (const [exception, message, code] of [
    ['FileNotFoundException', 'File does not exist: /x', 'not-found'],
    ['FileNotFoundException', 'Path is not a file: /x\n\tat a.b.C', 'invalid'],
    ['FileAlreadyExistsException', '/x already exists', 'exists'],
    ['AccessControlException', 'Permission denied: user=eve', 'denied'],
    ['SecurityException', 'Failed to obtain user group information', 'denied'],
    ['DSQuotaExceededException', 'The DiskSpace quota of /x is exceeded', 'no-space'],
    ['NSQuotaExceededException', 'The NameSpace quota of /x is exceeded', 'no-space'],
    [
      'RemoteException',
      'File /x could only be written to 0 of the 1 minReplication nodes. There are 0',
      'no-space',
    ],
    ['PathIsNotEmptyDirectoryException', '`/x is non empty', 'conflict'],
    ['HadoopIllegalArgumentException', 'bad', 'invalid'],
    ['InvalidPathException', 'Invalid path name', 'invalid'],
    ['SafeModeException', 'Name node is in safe mode.', 'unreachable'],
    ['StandbyException', 'Operation category READ is not supported in state standby', 'unreachable'],
    ['RetriableException', 'Namenode is in startup mode', 'unreachable'],
    ['IOException', 'Failed to find datanode, suggest to check cluster health.', 'unreachable'],
    ['SomethingNewException', 'x', 'failed'],
  ] as const) {
    it(`${exception}: ${message.split('\n')[0]!} is ${code}`, () => {
      const error = webHdfsError('The HDFS NameNode', 'read "/x"', 403, remote(exception, message));
      assert.equal(error.code, code);
      assert.equal(error.details.remote, exception);
      assert.match(error.message, /^Could not read "\/x": /);
      assert.doesNotMatch(error.message, /\tat /);
    });
  }

  it('tells a login page, a busy proxy and rubbish apart', () => {
    const code = (status: number): string => webHdfsError('It', 'read', status, '<html>').code;
    assert.deepEqual(
      [code(401), code(503), code(404), code(500)],
      ['denied', 'unreachable', 'protocol', 'protocol'],
    );
  });

  it('waits for a NameNode that starts, is a standby, or is in safe mode', async () => {
    const answers = ['RetriableException', 'StandbyException', 'SafeModeException'];
    await withServer(
      (_, response) => {
        const exception = answers.shift();
        response.writeHead(exception ? 403 : 200).end(exception ? remote(exception) : directory);
      },
      async (lake) => {
        assert.deepEqual(await lake.list('/'), { entries: [], remaining: 0 });
        assert.equal(answers.length, 0);
      },
    );
  });

  it('does not repeat a rename whose answer is lost', async () => {
    let calls = 0;
    await withServer(
      (request) => {
        calls++;
        request.socket.destroy();
      },
      async (lake) => {
        await assert.rejects(lake.rename('/a', '/b'), (error) => isWorkbenchError(error, 'unreachable'));
        assert.equal(calls, 1);
      },
    );
  });

  it('gives the last answer when the wait ends, and ends at once when cancelled', async () => {
    await withServer(
      (_, response) => response.writeHead(403).end(remote('SafeModeException')),
      async (lake) => {
        await assert.rejects(lake.mkdirs('/a', { signal: AbortSignal.timeout(150) }), (error) =>
          isWorkbenchError(error, 'cancelled'),
        );
      },
    );
    const nobody = new WebHdfs(
      { url: new URL('http://127.0.0.1:1'), user: 'me', fileSystem: '' },
      { retryTimeoutMs: 150 },
    );
    await assert.rejects(nobody.list('/'), (error) => isWorkbenchError(error, 'unreachable'));
  });

  for (const rubbish of [
    '',
    'hello',
    '{}',
    '[]',
    'null',
    '{"DirectoryListing":{}}',
    directory.replace('[]', '[{}]'),
  ]) {
    it(`is not confused by the answer ${rubbish.slice(0, 30) || 'nothing'}`, async () => {
      await withServer(
        (_, response) => response.end(rubbish),
        async (lake) => {
          await assert.rejects(lake.list('/'), (error) => isWorkbenchError(error, 'protocol'));
          await assert.rejects(lake.read('/x'), (error) => isWorkbenchError(error, 'protocol'));
        },
      );
    });
  }

  it('never takes a cut file for a whole one', async () => {
    await withServer(
      (request, response) => {
        if (request.url!.includes('noredirect')) {
          const host = request.headers.host!;
          return response.end(JSON.stringify({ Location: `http://${host}/webhdfs/v1/x?op=OPEN` }));
        }
        response.writeHead(200, { 'Content-Length': '100' }).write('only this');
        setImmediate(() => request.socket.destroy());
        return response;
      },
      async (lake) => {
        const reading = (async () => {
          for await (const chunk of await lake.stream('/x')) assert.ok(chunk);
        })();
        await assert.rejects(reading, (error) => isWorkbenchError(error, 'unreachable'));
      },
    );
  });
});
