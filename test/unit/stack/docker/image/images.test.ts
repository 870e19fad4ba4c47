import assert from 'node:assert/strict';
import { silentLog } from '../../../../../src/base/log.ts';
import { proxySettings } from '../../../../../src/stack/docker/image/buildImage.ts';
import { imageName, refreshMs } from '../../../../../src/stack/docker/image/images.ts';
import { checkBuild } from '../../../../../src/stack/docker/image/prepareBuild.ts';
import { findLogin, registryOf } from '../../../../../src/stack/docker/image/registryAuth.ts';

describe('the images of services', () => {
  for (const [image, registry] of [
    ['postgres', 'docker.io'],
    ['postgres:16', 'docker.io'],
    ['team/app', 'docker.io'],
    ['docker.io/team/app', 'docker.io'],
    ['index.docker.io/team/app', 'docker.io'],
    ['localhost/app', 'localhost'],
    ['host:5000/app', 'host:5000'],
    ['ghcr.io/a/b@sha256:00', 'ghcr.io'],
  ] as const) {
    it(`${image} comes from ${registry}`, () => assert.equal(registryOf(image), registry));
  }

  it('take their login from the entry of their registry only', async () => {
    const auth = Buffer.from('me:a:b').toString('base64');
    const config = {
      auths: {
        'https://index.docker.io/v1/': { auth },
        'https://r.example.org/v2/': { username: 'u', password: 'p' },
        't.example.org': { identitytoken: 'token' },
      },
    };
    const login = (registry: string) => findLogin(config, registry, {}, silentLog);
    assert.deepEqual(await login('docker.io'), {
      username: 'me',
      password: 'a:b',
      serveraddress: 'https://index.docker.io/v1/',
    });
    assert.equal((await login('r.example.org'))?.password, 'p');
    assert.equal((await login('t.example.org'))?.identitytoken, 'token');
    assert.equal(await login('example.org'), undefined);
  });

  it('do without a login where the helper is not there', async () => {
    const config = { credsStore: 'no-such-store-for-a-test' };
    assert.equal(await findLogin(config, 'r.example.org', { PATH: '/usr/bin' }, silentLog), undefined);
  });

  for (const [policy, hours] of [
    ['daily', 24],
    ['weekly', 168],
    ['every_12h', 12],
    ['every_1d6h', 30],
    ['every_1.5h', 1.5],
    ['every_', undefined],
    ['always', undefined],
    ['every_3x', undefined],
  ] as const) {
    it(`are pulled by pull_policy ${policy} after ${hours ?? 'no'} hours`, () => {
      assert.equal(refreshMs(policy), hours === undefined ? undefined : hours * 3_600_000);
    });
  }

  it('have the name that the Compose CLI gives what is only built', () => {
    assert.equal(imageName('p', 'app', { command: null, entrypoint: null }), 'p-app');
    assert.equal(imageName('p', 'app', { image: 'x:1', command: null, entrypoint: null }), 'x:1');
  });

  it('are built with the proxies of Docker’s configuration, and ours with the environment’s', () => {
    const env = { https_proxy: 'http://proxy:1', NO_PROXY: 'a', EXTRA: 'e' };
    const build = { args: { EXTRA: null, GIVEN: 'g', MISSING: null } };
    const config = { proxies: { default: { httpProxy: 'http://other:2' } } };
    const theirs = proxySettings({ build, isOurs: false }, config, env);
    assert.deepEqual(theirs, {
      buildargs: { HTTP_PROXY: 'http://other:2', http_proxy: 'http://other:2', EXTRA: 'e', GIVEN: 'g' },
    });
    const ours = proxySettings({ build, isOurs: true }, {}, env);
    assert.deepEqual(ours, {
      buildargs: {
        HTTPS_PROXY: 'http://proxy:1',
        https_proxy: 'http://proxy:1',
        NO_PROXY: 'a',
        no_proxy: 'a',
        EXTRA: 'e',
        GIVEN: 'g',
      },
    });
  });

  for (const proxy of [
    'http://127.0.0.1:3128',
    'localhost:3128',
    'http://u:p@[::1]:1',
    'socks5://127.0.0.1:1',
  ]) {
    it(`are built in the machine’s own network for the proxy ${proxy}`, () => {
      const settings = proxySettings({ build: {}, isOurs: true }, {}, { ALL_PROXY: proxy });
      assert.equal(settings.networkmode, 'host');
    });
  }

  for (const key of [
    'secrets',
    'ssh',
    'additional_contexts',
    'cache_to',
    'entitlements',
    'privileged',
    'sbom',
  ]) {
    it(`are not built with ${key}`, () => {
      assert.throws(() => checkBuild('app', { [key]: key === 'privileged' ? true : ['x'] }), {
        code: 'unsupported',
        message: new RegExp(`^services\\.app\\.build\\.${key} `),
      });
      checkBuild('app', { [key]: key === 'privileged' ? false : [] });
    });
  }
});
