import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { isWorkbenchError, type ErrorCode } from '../../src/base/errors.ts';
import { connectDocker, connectTo, type DockerConnection } from '../../src/stack/docker/connect/endpoint.ts';
import type { Endpoint } from '../../src/stack/docker/connect/findEndpoints.ts';
import { cuttableProxy } from './support/cuttableProxy.ts';
import { useMachine } from './support/machine.ts';

const engineSocket = '/var/run/docker.sock';

const fails = (code: ErrorCode, pattern: RegExp) => (error: unknown) => {
  if (!isWorkbenchError(error, code)) return false;
  assert.match(error.message, pattern);
  return true;
};

describe('connecting to a Docker engine', function () {
  this.timeout(60_000);
  const machine = useMachine();
  const connections: DockerConnection[] = [];
  let env: Record<string, string>;

  beforeEach(async () => {
    env = { HOME: await machine.folder(), PATH: process.env.PATH ?? '' };
  });
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close();
  });

  const connect = async (more: Record<string, string> = {}, options = {}): Promise<DockerConnection> => {
    const connection = await connectDocker({ env: { ...env, ...more }, ...options });
    connections.push(connection);
    return connection;
  };
  const listening = async (server: Server, where: string | 0): Promise<number> => {
    if (where === 0) server.listen(0, '127.0.0.1');
    else server.listen(where);
    machine.cleanUp(() => server.close());
    // What is never read never sees its end, and would keep the tests' process alive.
    server.on('connection', (socket) => machine.cleanUp(() => socket.destroy()));
    await once(server, 'listening');
    return where === 0 ? (server.address() as AddressInfo).port : 0;
  };
  const socketAt = (path: string): Endpoint => ({
    source: 'socket',
    address: `unix://${path}`,
    target: { kind: 'socket', path },
  });
  /** A socket that nobody listens on any more, as a killed engine leaves it. */
  const leftOver = async (path: string): Promise<string> => {
    const script = 'require("net").createServer().listen(process.argv[1], () => console.log("up"))';
    const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    return path;
  };

  describe('by a socket', () => {
    it('finds the usual one and tells what the engine is', async () => {
      const { docker, endpoint, info } = await connect();
      assert.deepEqual(endpoint, { source: 'socket', address: `unix://${engineSocket}` });
      const truth = (await machine.docker.info()) as Record<string, unknown>;
      assert.equal(info.version, truth.ServerVersion);
      assert.equal(info.memoryBytes, truth.MemTotal);
      assert.equal(info.diskRoot, truth.DockerRootDir);
      assert.equal(info.storageDriver, truth.Driver);
      assert.equal(info.os, 'linux');
      assert.match(info.arch, /^(amd64|arm64)$/);
      assert.ok(Math.abs(info.serverTimeSkewMs) < 2_000, String(info.serverTimeSkewMs));
      assert.deepEqual([info.isDesktop, info.isPodman, info.isOnThisMachine], [false, false, true]);
      assert.equal(info.hostIp, undefined);
      assert.ok((await docker.listImages()).length > 0);
    });

    it('goes by the environment that it is given, not by the one of the process', async () => {
      const before = process.env.DOCKER_HOST;
      process.env.DOCKER_HOST = 'a:b:c';
      try {
        const { docker } = await connect();
        assert.equal(String(await docker.ping()), 'OK');
        assert.equal(process.env.DOCKER_HOST, 'a:b:c');
      } finally {
        if (before === undefined) delete process.env.DOCKER_HOST;
        else process.env.DOCKER_HOST = before;
      }
    });

    it('speaks the version of the API that is asked for, if the engine knows it', async () => {
      const { docker, info } = await connect({ DOCKER_API_VERSION: '1.41' });
      assert.equal(info.apiVersion, '1.41');
      assert.ok(Array.isArray(await docker.listContainers()));
      await assert.rejects(
        connect({ DOCKER_API_VERSION: '1.99', DOCKER_HOST: `unix://${engineSocket}` }),
        fails('unsupported', /knows [\d.]+ to/),
      );
      await assert.rejects(connect({ DOCKER_API_VERSION: 'new' }), fails('invalid', /must be like 1\.45/));
    });

    it('attaches, follows, and lets go of all that when it is closed', async () => {
      const connection = await connect();
      const { docker } = connection;
      const project = machine.project();
      const container = await docker.createContainer({
        Image: 'debian:bookworm-slim',
        Cmd: ['cat'],
        OpenStdin: true,
        AttachStdin: true,
        AttachStdout: true,
        Labels: { 'com.docker.compose.project': project },
      });
      const attached = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true });
      await container.start();
      attached.write('hello\n');
      const [chunk] = (await once(attached, 'data')) as [Buffer];
      assert.equal(chunk.subarray(8).toString(), 'hello\n');
      const events = await docker.getEvents();
      const logs = await container.logs({ follow: true, stdout: true });
      const ended = [events, logs].map((stream) => new Promise((resolve) => stream.once('close', resolve)));
      for (const stream of [events, logs, attached]) stream.on('error', () => {}).resume();
      connection.close();
      await Promise.all(ended);
    });

    it('says that a socket is left over, no socket, not there, forbidden', async () => {
      const folder = await machine.folder({ file: '' });
      await chmod(folder, 0o755);
      const host = (name: string): Record<string, string> => ({
        DOCKER_HOST: `unix://${join(folder, name)}`,
      });
      await leftOver(join(folder, 'old.sock'));
      await assert.rejects(connect(host('old.sock')), fails('unreachable', /left over.*start the engine/));
      await assert.rejects(connect(host('file')), fails('invalid', /a file, not a socket/));
      await assert.rejects(connect(host('none')), fails('unreachable', /there is no such socket/));
      await listening(createServer(), join(folder, 'mine.sock'));
      await chmod(join(folder, 'mine.sock'), 0);
      const isRoot = process.getuid?.() === 0;
      try {
        if (isRoot) process.seteuid!(65_534);
        await assert.rejects(connect(host('mine.sock')), fails('denied', /group docker/));
      } finally {
        if (isRoot) process.seteuid!(0);
      }
    });
  });

  describe('when several may be there', () => {
    it('takes the first that answers, and the same socket only once', async () => {
      const folder = await machine.folder();
      const proxy = await cuttableProxy();
      machine.cleanUp(() => proxy.close());
      const hanging = createServer();
      await listening(hanging, join(folder, 'hanging.sock'));
      let asked = 0;
      hanging.on('connection', () => (asked += 1));
      await symlink(join(folder, 'hanging.sock'), join(folder, 'again.sock'));
      const endpoints = [
        socketAt(join(folder, 'none.sock')),
        socketAt(await leftOver(join(folder, 'old.sock'))),
        socketAt(join(folder, 'hanging.sock')),
        socketAt(join(folder, 'again.sock')),
        socketAt(proxy.socketPath),
        socketAt(engineSocket),
      ];
      const connection = await connectTo({ endpoints, isChosen: false, notes: [] }, { env, timeoutMs: 500 });
      connections.push(connection);
      assert.equal(connection.endpoint.address, proxy.host);
      assert.equal(asked, 1);
    });

    it('lists what was tried where none answers', async () => {
      const folder = await machine.folder();
      const hanging = createServer();
      await listening(hanging, join(folder, 'hanging.sock'));
      const endpoints = [
        socketAt(join(folder, 'none.sock')),
        socketAt(await leftOver(join(folder, 'old.sock'))),
        socketAt(join(folder, 'hanging.sock')),
        socketAt(join(folder, 'nothing.sock')),
      ];
      const tried = connectTo({ endpoints, isChosen: false, notes: ['A note.'] }, { env, timeoutMs: 300 });
      await assert.rejects(
        tried,
        fails(
          'unreachable',
          /^No Docker engine answers\..*\nunix:.*old\.sock: the socket is left over.*\nunix:.*hanging\.sock: it did not answer within 0\.3 s\nnot there: unix:.*none\.sock, unix:.*nothing\.sock\nA note\.$/,
        ),
      );
    });

    it('never replaces what was chosen, but tells of another', async () => {
      const config = await machine.folder();
      const id = createHash('sha256').update('gone').digest('hex');
      await mkdir(join(config, 'contexts/meta', id), { recursive: true });
      const meta = { Name: 'gone', Endpoints: { docker: { Host: `unix://${config}/gone.sock` } } };
      await writeFile(join(config, 'contexts/meta', id, 'meta.json'), JSON.stringify(meta));
      await writeFile(join(config, 'config.json'), '{"currentContext": "gone"}');
      await assert.rejects(
        connect({ DOCKER_CONFIG: config }),
        fails(
          'unreachable',
          /context gone, .*no such socket[^]*answers at unix:.*docker context use default/,
        ),
      );
      await assert.rejects(
        connect({ DOCKER_HOST: 'tcp://127.0.0.1:1' }),
        fails('unreachable', /nothing listens there[^]*unset DOCKER_HOST to use it/),
      );
    });

    it('can be cancelled while it waits', async () => {
      const port = await listening(createServer(), 0);
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      await assert.rejects(
        connect({ DOCKER_HOST: `tcp://127.0.0.1:${port}` }, { signal: controller.signal }),
        fails('cancelled', /Cancelled/),
      );
    });
  });

  describe('by TCP', () => {
    it('says that a server hangs, is no engine, or speaks something else', async () => {
      const host = (port: number): Record<string, string> => ({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
      const hanging = host(await listening(createServer(), 0));
      await assert.rejects(
        connect(hanging, { timeoutMs: 300 }),
        fails('timeout', /did not answer within 0\.3 s/),
      );
      const web = createHttpServer((_, answer) => answer.end('<html>'));
      await assert.rejects(
        connect(host(await listening(web, 0))),
        fails('protocol', /not a Docker engine \(HTTP 200\)/),
      );
      const broken = createHttpServer((_, answer) => answer.writeHead(503).end('{"message":"warming up"}'));
      await assert.rejects(
        connect(host(await listening(broken, 0))),
        fails('unreachable', /HTTP 503 \(warming up\)/),
      );
      const other = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n'));
      await assert.rejects(
        connect(host(await listening(other, 0))),
        fails('unreachable', /does not speak HTTP/),
      );
      const closing = createServer((socket) => socket.on('error', () => {}).destroy());
      await assert.rejects(
        connect(host(await listening(closing, 0))),
        fails('unreachable', /closed the connection without an answer/),
      );
      await assert.rejects(
        connect({ DOCKER_HOST: 'tcp://no-such-host.invalid' }),
        fails('unreachable', /does not resolve/),
      );
    });

    it('ends a call whose answer is cut off, which dockerode alone would wait for', async () => {
      const front = createHttpServer((query, answer) => {
        if (query.url?.includes('/containers/json')) {
          answer.writeHead(200, { 'content-length': 1000 }).write('[{"Id":');
          setTimeout(() => answer.destroy(), 50);
          return;
        }
        const { url: path, method, headers } = query;
        httpRequest({ socketPath: engineSocket, path, method, headers }, (from) => {
          answer.writeHead(from.statusCode!, from.headers);
          from.pipe(answer);
        }).end();
      });
      const { docker } = await connect({ DOCKER_HOST: `tcp://127.0.0.1:${await listening(front, 0)}` });
      await assert.rejects(docker.listContainers(), /cut off/);
    });
  });
});
