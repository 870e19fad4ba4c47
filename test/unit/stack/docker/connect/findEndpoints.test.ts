import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../../../src/base/errors.ts';
import {
  endpointOf,
  findEndpoints,
  usualSockets,
  type Target,
} from '../../../../../src/stack/docker/connect/findEndpoints.ts';

const invalid = (pattern: RegExp) => (error: unknown) =>
  isWorkbenchError(error, 'invalid') && pattern.test(error.message);

const target = (address: string, platform: NodeJS.Platform = 'linux'): Target =>
  endpointOf(address, 'DOCKER_HOST', platform).target;

describe('the address of an engine', () => {
  it('is a socket, a pipe, a host or a login', () => {
    assert.deepEqual(target('unix:///run/x.sock'), { kind: 'socket', path: '/run/x.sock' });
    assert.deepEqual(target('unix://'), { kind: 'socket', path: '/var/run/docker.sock' });
    assert.deepEqual(target('npipe:////./pipe/docker_engine', 'win32'), {
      kind: 'socket',
      path: '//./pipe/docker_engine',
    });
    assert.deepEqual(target('tcp://10.0.0.1'), { kind: 'tcp', host: '10.0.0.1', port: 2375, pathPrefix: '' });
    assert.deepEqual(target('tcp://:2375').kind === 'tcp' && target('tcp://:2375'), {
      kind: 'tcp',
      host: 'localhost',
      port: 2375,
      pathPrefix: '',
    });
    assert.deepEqual(target('build.example:2000/docker/'), {
      kind: 'tcp',
      host: 'build.example',
      port: 2000,
      pathPrefix: '/docker',
    });
    assert.deepEqual(target('tcp://[::1]:2375'), { kind: 'tcp', host: '::1', port: 2375, pathPrefix: '' });
    assert.deepEqual(target('ssh://me@build.example:2222'), {
      kind: 'ssh',
      host: 'build.example',
      user: 'me',
      port: 2222,
    });
    assert.deepEqual(target('ssh://build_alias'), { kind: 'ssh', host: 'build_alias' });
    assert.deepEqual(target('ssh://h/run/user/1000/docker.sock'), {
      kind: 'ssh',
      host: 'h',
      socket: '/run/user/1000/docker.sock',
    });
  });

  it('has TLS where it is asked for, and its port then', () => {
    const tls = { folder: '/certs', verify: true };
    const { target: secure } = endpointOf('tcp://h', 'DOCKER_HOST', 'linux', tls);
    assert.deepEqual(secure, { kind: 'tcp', host: 'h', port: 2376, pathPrefix: '', tls });
    const { target: https } = endpointOf('https://h', 'choice', 'linux');
    assert.deepEqual(https.kind === 'tcp' && https.tls, { folder: '', verify: true });
  });

  it('is refused with what is right', () => {
    assert.throws(() => target('/var/run/docker.sock'), invalid(/write unix:\/\/\/var/));
    assert.throws(() => target('fd://'), invalid(/"fd" is none of/));
    assert.throws(() => target('npipe:////./pipe/x'), invalid(/Windows only/));
    assert.throws(() => target('tcp://host:port'), invalid(/SCHEME:\/\/HOST/));
    assert.throws(() => target('ssh://'), invalid(/ssh:\/\/\[USER@\]HOST/));
    assert.throws(() => target('ssh://-oProxyCommand=x'), invalid(/ssh:\/\/\[USER@\]HOST/));
    assert.throws(() => target('ssh://h/$(reboot)'), invalid(/a shell would read/));
    const secret = 'pass%20word';
    assert.throws(
      () => target(`ssh://me:${secret}@h`),
      (error: Error) => invalid(/no password/)(error) && !error.message.includes(secret),
    );
  });

  it('never gives ssh an option', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, host) => {
        try {
          const found = target(`ssh://${encodeURIComponent(user)}@${host}`);
          assert.ok(
            found.kind === 'ssh' && !found.host.startsWith('-') && found.user?.startsWith('-') !== true,
          );
        } catch (error) {
          assert.ok(isWorkbenchError(error, 'invalid'), String(error));
        }
      }),
    );
  });
});

describe('where an engine is looked for', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'medallion-home-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const writeConfig = async (text: string): Promise<void> => {
    await mkdir(join(home, '.docker'), { recursive: true });
    await writeFile(join(home, '.docker/config.json'), text);
  };
  const writeContext = async (name: string, meta: unknown, files: string[] = []): Promise<string> => {
    const id = createHash('sha256').update(name).digest('hex');
    const folder = join(home, '.docker/contexts/meta', id);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'meta.json'), typeof meta === 'string' ? meta : JSON.stringify(meta));
    const tls = join(home, '.docker/contexts/tls', id, 'docker');
    if (files.length > 0) await mkdir(tls, { recursive: true });
    await Promise.all(files.map((file) => writeFile(join(tls, file), '')));
    return tls;
  };
  const context = (Name: string, Host: string, more = {}): unknown => ({
    Name,
    Metadata: { Description: 'x' },
    Endpoints: { docker: { Host, SkipTLSVerify: false, ...more } },
  });
  const find = async (env: Record<string, string>, choice = {}): Promise<string[]> => {
    const { endpoints, isChosen } = await findEndpoints(env, 'linux', home, choice);
    return isChosen ? endpoints.map(({ source, address }) => `${source}: ${address}`) : ['sockets'];
  };

  it('goes by what is named, DOCKER_HOST, DOCKER_CONTEXT, the current context, then the sockets', async () => {
    assert.deepEqual(await find({}), ['sockets']);
    await writeConfig('{"currentContext": "current", "auths": {}}');
    await writeContext('current', context('current', 'tcp://current:1'));
    await writeContext('other', context('other', 'ssh://other'));
    assert.deepEqual(await find({}), ['context current: tcp://current:1']);
    assert.deepEqual(await find({ DOCKER_CONTEXT: 'other' }), ['context other: ssh://other']);
    assert.deepEqual(await find({ DOCKER_CONTEXT: 'default' }), ['sockets']);
    const both = { DOCKER_CONTEXT: 'other', DOCKER_HOST: 'tcp://host:2' };
    assert.deepEqual(await find(both), ['DOCKER_HOST: tcp://host:2']);
    assert.deepEqual(await find(both, { context: 'current' }), ['context current: tcp://current:1']);
    assert.deepEqual(await find(both, { host: 'unix:///x', context: 'current' }), ['choice: unix:///x']);
    assert.deepEqual(await find({ DOCKER_HOST: '', DOCKER_CONTEXT: '' }), [
      'context current: tcp://current:1',
    ]);
    assert.deepEqual(await find({ DOCKER_CONFIG: join(home, 'elsewhere') }), ['sockets']);
  });

  it("takes a context's certificates", async () => {
    const folder = await writeContext('safe', context('safe', 'tcp://safe:2376'), ['ca.pem']);
    await writeContext('blind', context('blind', 'tcp://blind:2376', { SkipTLSVerify: true }));
    await writeContext('plain', context('plain', 'tcp://plain:2375'));
    const tls = async (name: string): Promise<unknown> => {
      const { endpoints } = await findEndpoints({ DOCKER_TLS_VERIFY: '1' }, 'linux', home, { context: name });
      return endpoints[0]?.target.kind === 'tcp' ? endpoints[0].target.tls : 'no tcp';
    };
    assert.deepEqual(await tls('safe'), { folder, verify: true });
    assert.deepEqual(await tls('blind'), { folder: '', verify: false });
    assert.equal(await tls('plain'), undefined);
  });

  it('reads DOCKER_TLS_VERIFY and DOCKER_CERT_PATH', async () => {
    const tls = async (env: Record<string, string>): Promise<unknown> => {
      const { endpoints } = await findEndpoints({ DOCKER_HOST: 'tcp://h', ...env }, 'linux', home);
      return endpoints[0]?.target.kind === 'tcp' ? endpoints[0].target.tls : 'no tcp';
    };
    assert.equal(await tls({}), undefined);
    assert.equal(await tls({ DOCKER_CERT_PATH: '/certs' }), undefined);
    assert.deepEqual(await tls({ DOCKER_TLS_VERIFY: '1' }), { folder: join(home, '.docker'), verify: true });
    assert.deepEqual(await tls({ DOCKER_TLS: '1', DOCKER_CERT_PATH: '/certs' }), {
      folder: '/certs',
      verify: false,
    });
  });

  it('says which contexts there are, and which is broken', async () => {
    await writeContext('other', context('other', 'ssh://other'));
    await assert.rejects(
      find({ DOCKER_CONTEXT: 'missing' }),
      (error) => isWorkbenchError(error, 'not-found') && error.message.includes('there are default, other'),
    );
    await writeContext('empty', { Name: 'empty', Endpoints: {} });
    await assert.rejects(find({ DOCKER_CONTEXT: 'empty' }), invalid(/no address of an engine/));
    await writeContext('broken', '{');
    await assert.rejects(find({ DOCKER_CONTEXT: 'broken' }), invalid(/"broken" cannot be read/));
    await writeContext('odd', context('odd', 'fd://'));
    await assert.rejects(find({ DOCKER_CONTEXT: 'odd' }), invalid(/The address in context odd/));
  });

  it('goes on without a configuration that cannot be read, and says so', async () => {
    await writeConfig('{"currentContext": 7}');
    const { isChosen, notes } = await findEndpoints({}, 'linux', home);
    assert.equal(isChosen, false);
    assert.match(notes.join(), /config\.json cannot be read/);
  });

  it('knows the sockets of each system', () => {
    const paths = (platform: NodeJS.Platform, env = {}): string[] =>
      usualSockets(env, platform, '/home/me').map(({ path }) => path);
    const linux = paths('linux', { XDG_RUNTIME_DIR: '/run/user/7' });
    assert.equal(linux[0], '/var/run/docker.sock');
    for (const path of [
      '/run/user/7/docker.sock',
      '/home/me/.docker/desktop/docker.sock',
      '/home/me/.colima/default/docker.sock',
      '/home/me/.rd/docker.sock',
      '/run/user/7/podman/podman.sock',
    ]) {
      assert.ok(linux.includes(path), path);
    }
    const mac = paths('darwin', { TMPDIR: '/var/folders/x/T/' });
    for (const path of [
      '/home/me/.docker/run/docker.sock',
      '/home/me/.orbstack/run/docker.sock',
      '/var/folders/x/T/podman/podman-machine-default-api.sock',
    ]) {
      assert.ok(mac.includes(path), path);
    }
    assert.ok(paths('win32').every((path) => path.startsWith('//./pipe/')));
    assert.ok(paths('linux', { COLIMA_HOME: '/c' }).includes('/c/default/docker.sock'));
  });
});
