import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { WorkbenchError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/log.ts';
import type { ComposeService } from '../../src/stack/compose/model.ts';
import { ensureImages, type ImagesOptions } from '../../src/stack/docker/image/images.ts';
import { openDocker, tempDir, uniqueProject } from './support/machine.ts';
import { findRegistry, startRegistry, type Registry } from './support/registry.ts';

const bytes = 3_000_000;

describe('images of a private registry', function () {
  this.timeout(60_000);
  const docker = openDocker();
  let folder: string;
  let registry: Registry;
  let stop: (() => Promise<void>) | undefined;
  let image: string;

  before(async function () {
    const program = findRegistry();
    if (program === undefined) return this.skip();
    folder = await tempDir();
    registry = await startRegistry(program, folder);
    stop = () => registry.stop();
    image = `${registry.address}/team/${uniqueProject()}:1`;
    await mkdir(join(folder, 'context'));
    await writeFile(join(folder, 'context/data'), randomBytes(bytes));
    const build = { context: join(folder, 'context'), dockerfile_inline: 'FROM scratch\nCOPY data /data\n' };
    await ensure({ image, build, command: null, entrypoint: null });
    const authconfig = {
      username: registry.user,
      password: registry.password,
      serveraddress: registry.address,
    };
    const pushed = await docker.getImage(image).push({ authconfig });
    await finished(pushed.resume());
  });
  beforeEach(async () => {
    await forget(image);
    await rm(join(folder, '.docker'), { recursive: true, force: true });
  });
  after(async () => {
    if (image) await forget(image);
    await stop?.();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  async function forget(name: string): Promise<void> {
    try {
      await docker.getImage(name).remove({ force: true });
    } catch (error) {
      assert.equal((error as { statusCode?: number }).statusCode, 404);
    }
  }

  async function ensure(service: ComposeService, more: Partial<ImagesOptions> = {}): Promise<string> {
    const result = await ensureImages(docker, {
      services: new Map([['app', service]]),
      projectName: 'p',
      workingDir: folder,
      env: { HOME: folder, PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` },
      ...more,
    });
    return result.get('app')!.action;
  }

  const plain = (): ComposeService => ({ image, command: null, entrypoint: null });
  const put = async (name: string, content: string): Promise<string> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const login = (): Promise<string> => {
    const auth = Buffer.from(`${registry.user}:${registry.password}`).toString('base64');
    return put('.docker/config.json', JSON.stringify({ auths: { [registry.address]: { auth } } }));
  };

  it('are pulled with the login of config.json, and reported by bytes', async () => {
    await login();
    const progress: Progress[] = [];
    assert.equal(await ensure(plain(), { onProgress: (report) => progress.push(report) }), 'pulled');
    const last = progress.at(-1)!;
    assert.equal(last.unit, 'bytes');
    assert.equal(last.done, last.total);
    assert.ok(last.total! >= bytes, `${last.total}`);
    assert.equal(await ensure(plain()), 'present');
    assert.equal(await ensure({ ...plain(), pull_policy: 'always' }), 'pulled');
    assert.equal(await ensure({ ...plain(), pull_policy: 'daily' }), 'present');
  });

  it('are pulled with the login of a credential helper', async () => {
    const answer = JSON.stringify({
      ServerURL: registry.address,
      Username: registry.user,
      Secret: registry.password,
    });
    const script = await put(
      'bin/docker-credential-mdltest',
      `#!/bin/sh\ncat >/dev/null\necho '${answer}'\n`,
    );
    await chmod(script, 0o755);
    await put('.docker/config.json', JSON.stringify({ credHelpers: { [registry.address]: 'mdltest' } }));
    assert.equal(await ensure(plain()), 'pulled');
  });

  it('are refused without a login, in a sentence that says which', async () => {
    await assert.rejects(ensure(plain()), (error: WorkbenchError) => {
      assert.equal(error.code, 'denied', error.message);
      assert.match(error.message, new RegExp(`docker login ${registry.address}`));
      return true;
    });
  });

  it('that are not there are missed by name', async () => {
    await login();
    await assert.rejects(ensure({ ...plain(), image: `${image}-none` }), (error: WorkbenchError) => {
      assert.equal(error.code, 'not-found', error.message);
      assert.match(error.message, /-none cannot be pulled/);
      return true;
    });
  });

  for (const line of ['COPY --from=base /data /copy', 'COPY --link --from=base /data /copy']) {
    it(`are base images of a build with ${line.split(' ', 2).join(' ')}`, async () => {
      await login();
      const name = `${uniqueProject()}:1`;
      const context = join(folder, 'context');
      const build = { context, dockerfile_inline: `FROM ${image} AS base\nFROM scratch\n${line}\n` };
      try {
        assert.equal(await ensure({ image: name, build, command: null, entrypoint: null }), 'built');
      } finally {
        await forget(name);
      }
    });
  }
});
