import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import { isWorkbenchError, type ErrorCode } from '../../src/base/errors.ts';
import { connectDocker, type DockerConnection } from '../../src/stack/docker/connect/endpoint.ts';
import { startSshd, type LoopbackSshd } from './support/loopbackSshd.ts';
import { tempDir, useMachine } from './support/machine.ts';
import { startOwnEngine, type OwnEngine } from './support/ownEngine.ts';
import { makeAuthority, makeCertificate } from './support/tlsFiles.ts';

const engineSocket = '/var/run/docker.sock';

const fails = (code: ErrorCode, pattern: RegExp) => (error: unknown) => {
  if (!isWorkbenchError(error, code)) return false;
  assert.match(error.message, pattern);
  return true;
};

describe('connecting to a Docker engine elsewhere', function () {
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
  describe('by TLS', () => {
    let folder: string;
    let engine: OwnEngine;
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const plainPort = port + 1;
    const at = (name: string): string => join(folder, name);

    before(async function () {
      this.timeout(120_000);
      folder = await tempDir();
      await makeAuthority(at('server'), 'engines');
      await makeCertificate(at('server'), 'engine');
      await cp(at('server'), at('client'), { recursive: true });
      await makeCertificate(at('client'), 'client');
      await cp(at('client'), at('stranger'), { recursive: true });
      await makeAuthority(at('stranger'), 'strangers');
      await makeCertificate(at('stranger'), 'stranger');
      const tls = ['--tlscacert=ca.pem', '--tlscert=cert.pem', '--tlskey=key.pem'].map((option) =>
        option.replace('=', `=${at('server')}/`),
      );
      engine = await startOwnEngine({ args: [`--host=tcp://127.0.0.1:${port}`, '--tlsverify', ...tls] });
    });
    after(async function () {
      this.timeout(60_000);
      await engine.remove();
      await rm(folder, { recursive: true });
    });
    const secure = (certificates: string, host = '127.0.0.1'): Record<string, string> => ({
      DOCKER_HOST: `tcp://${host}:${port}`,
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: at(certificates),
    });

    it('connects with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH', async () => {
      for (const host of ['127.0.0.1', 'localhost']) {
        const { docker, endpoint, info } = await connect(secure('client', host));
        assert.equal(endpoint.source, 'DOCKER_HOST');
        assert.equal(info.hostIp, undefined);
        assert.equal(info.isOnThisMachine, false);
        assert.equal(String(await docker.ping()), 'OK');
        const events = await docker.getEvents();
        events.on('error', () => {}).resume();
      }
    });

    it('connects with a context that holds the certificates', async () => {
      const config = await machine.folder();
      const id = createHash('sha256').update('safe').digest('hex');
      const meta = { Name: 'safe', Endpoints: { docker: { Host: `tcp://127.0.0.1:${port}` } } };
      await mkdir(join(config, 'contexts/meta', id), { recursive: true });
      await writeFile(join(config, 'contexts/meta', id, 'meta.json'), JSON.stringify(meta));
      await cp(at('client'), join(config, 'contexts/tls', id, 'docker'), { recursive: true });
      const { docker, endpoint } = await connect({ DOCKER_CONFIG: config }, { context: 'safe' });
      assert.equal(endpoint.source, 'context safe');
      assert.equal(String(await docker.ping()), 'OK');
    });

    it('says what is wrong with the certificates', async () => {
      await assert.rejects(
        connect(secure('none')),
        fails('invalid', /no certificates in .*DOCKER_CERT_PATH/),
      );
      await assert.rejects(
        connect(secure('stranger')),
        fails('unreachable', /not signed by the authority in .*ca\.pem/),
      );
      await cp(at('stranger'), at('mixed'), { recursive: true });
      await cp(at('server/ca.pem'), at('mixed/ca.pem'));
      await assert.rejects(connect(secure('mixed')), fails('unreachable', /refuses our certificate/));
      await cp(at('client/key.pem'), at('mixed/key.pem'));
      await assert.rejects(connect(secure('mixed')), fails('unreachable', /do not belong together/));
      await rm(at('mixed/key.pem'));
      await assert.rejects(connect(secure('mixed')), fails('invalid', /only one of cert\.pem and key\.pem/));
      await rm(at('mixed/cert.pem'));
      await assert.rejects(connect(secure('mixed')), fails('unreachable', /refuses our certificate/));
      await writeFile(at('mixed/ca.pem'), 'nonsense');
      await assert.rejects(connect(secure('mixed')), fails('unreachable', /./));
      await assert.rejects(
        connect(secure('client', '127.0.0.2')),
        fails('unreachable', /nothing listens there/),
      );
    });

    it('says that one side speaks TLS and the other does not', async () => {
      const plain = createHttpServer((_, answer) => answer.end());
      plain.listen(plainPort, '127.0.0.1');
      machine.cleanUp(() => plain.close());
      await once(plain, 'listening');
      await assert.rejects(
        connect({ ...secure('client'), DOCKER_HOST: `tcp://127.0.0.1:${plainPort}` }),
        fails('unreachable', /does not speak TLS: unset DOCKER_TLS_VERIFY/),
      );
      await assert.rejects(
        connect({ DOCKER_HOST: `tcp://127.0.0.1:${port}` }),
        fails('unreachable', /it wants TLS: set DOCKER_TLS_VERIFY=1/),
      );
    });
  });

  describe('by ssh', () => {
    let folder: string;
    let sshd: LoopbackSshd;
    before(async () => {
      folder = await tempDir();
      sshd = await startSshd(folder);
    });
    after(async () => {
      await sshd.stop();
      await rm(folder, { recursive: true });
    });
    beforeEach(async () => {
      env = { ...(sshd.env as Record<string, string>), HOME: env.HOME! };
      await sshd.configure({});
    });

    it('uses the login of the system, aliases too, and keeps its connections', async () => {
      const { docker, endpoint, info } = await connect({ DOCKER_HOST: 'ssh://engine-alias' });
      assert.equal(endpoint.address, 'ssh://engine-alias');
      assert.equal(info.hostIp, undefined, 'the alias is loopback');
      const before = sshd.logins();
      for (let i = 0; i < 3; i += 1) assert.ok((await docker.listImages()).length > 0);
      assert.equal(sshd.logins(), before);
    });

    it('attaches both ways, streams, and takes many at once', async () => {
      const host = `ssh://${sshd.user}@127.0.0.1:${sshd.port}${engineSocket}`;
      const connection = await connect({}, { host });
      const { docker } = connection;
      const container = await docker.createContainer({
        Image: 'debian:bookworm-slim',
        Cmd: ['sh', '-c', 'wc -c; seq 20000'],
        OpenStdin: true,
        StdinOnce: true,
        AttachStdin: true,
        Labels: { 'com.docker.compose.project': machine.project() },
      });
      const stdin = await container.attach({ stream: true, hijack: true, stdin: true });
      await container.start();
      stdin.write(Buffer.alloc(1_000_000, 'x'));
      stdin.end();
      assert.deepEqual(await container.wait(), { StatusCode: 0 });
      const logs = (await container.logs({ stdout: true })).toString();
      assert.match(logs, /1000000\n/);
      assert.match(logs, /20000\n$/);
      const followed = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const stream = await container.logs({ follow: true, stdout: true });
          let bytes = 0;
          for await (const chunk of stream) bytes += (chunk as Buffer).length;
          return bytes;
        }),
      );
      assert.equal(new Set(followed).size, 1);
      assert.ok(followed[0]! > 100_000);
      const events = await docker.getEvents();
      const closed = new Promise((resolve) => events.once('close', resolve));
      events.on('error', () => {}).resume();
      connection.close();
      await closed;
    });

    it('says why it cannot log in, and what is missing there', async () => {
      const alias = { DOCKER_HOST: 'ssh://engine-alias' };
      await sshd.configure({ knowsHost: false });
      await assert.rejects(connect(alias), fails('unreachable', /not known or has changed: log in once/));
      await sshd.configure({ hasKey: false });
      await assert.rejects(connect(alias), fails('unreachable', /refuses the login.*ssh agent/));
      await sshd.configure({});
      await assert.rejects(
        connect({ DOCKER_HOST: 'ssh://engine-alias/run/no.sock' }),
        fails('unreachable', /no engine runs on engine-alias/),
      );
      await assert.rejects(
        connect({ DOCKER_HOST: 'ssh://127.0.0.1:1' }),
        fails('unreachable', /Connection refused/),
      );
      await assert.rejects(connect({ ...alias, PATH: folder }), fails('missing-tool', /install OpenSSH/));
    });
  });
});
