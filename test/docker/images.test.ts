import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { isWorkbenchError, type WorkbenchError } from '../../src/base/errors.ts';
import { silentLog, type Progress } from '../../src/base/log.ts';
import { retryUntil } from '../../src/base/retry.ts';
import type { ComposeBuild, ComposeService } from '../../src/stack/compose/model.ts';
import { findHostCertificates } from '../../src/stack/docker/image/hostCertificates.ts';
import { ensureImages, planImages, type ImagesOptions } from '../../src/stack/docker/image/images.ts';
import { cuttableProxy } from './support/cuttableProxy.ts';
import { baseImage, uniqueProject, useMachine } from './support/machine.ts';
import { makeAuthority } from './support/tlsFiles.ts';

type Build = ComposeBuild & { image?: string; pull_policy?: string };

describe('images', function () {
  this.timeout(120_000);
  const machine = useMachine();

  /** One service "app" with this build, with an image name of its own that is removed at the end. */
  function prepare(
    folder: string,
    { image = `${uniqueProject()}:1`, pull_policy: pullPolicy, ...build }: Build,
    more: Partial<ImagesOptions> = {},
  ): { image: string; options: ImagesOptions; progress: Progress[] } {
    machine.cleanUp(() => removeImage(machine.docker, image));
    const service: ComposeService = {
      image,
      command: null,
      entrypoint: null,
      // No step needs a network, and none may come to depend on one.
      build: { context: folder, network: 'none', ...build },
      ...(pullPolicy === undefined ? {} : { pull_policy: pullPolicy }),
    };
    const progress: Progress[] = [];
    const options: ImagesOptions = {
      services: new Map([['app', service]]),
      projectName: 'p',
      workingDir: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      onProgress: (report) => progress.push(report),
      ...more,
    };
    return { image, options, progress };
  }

  async function inspect(image: string): Promise<Docker.ImageInspectInfo> {
    return machine.docker.getImage(image).inspect();
  }

  /** What a command prints in a container of an image. */
  async function output(image: string, ...command: string[]): Promise<string> {
    const container = await machine.docker.createContainer({
      Image: image,
      Cmd: command,
      Tty: true,
      HostConfig: { NetworkMode: 'none' },
    });
    try {
      await container.start();
      await container.wait();
      const log = await container.logs({ stdout: true, stderr: true });
      // dockerode gives a number for what reads as one.
      return String(log).replaceAll('\r', '').trim();
    } finally {
      await container.remove({ force: true, v: true });
    }
  }

  it('are built once: inline Dockerfile, arguments, target, labels, tags', async () => {
    const folder = await machine.folder({
      'data/hello.txt': 'hello',
      'data/secret.txt': 'no',
      '.dockerignore': '**/secret*',
    });
    const tag = `${uniqueProject()}:more`;
    machine.cleanUp(() => removeImage(machine.docker, tag));
    const { image, options, progress } = prepare(folder, {
      dockerfile_inline: [
        `FROM ${baseImage} AS wanted`,
        'ARG WHO=nobody',
        'COPY data /data',
        'RUN echo "$WHO" > /who',
        'FROM wanted',
        'RUN false',
      ].join('\n'),
      args: { WHO: 'me' },
      labels: { 'org.example.a': 'b' },
      target: 'wanted',
      tags: [tag],
    });
    const plan = (await planImages(machine.docker, options)).get('app');
    assert.deepEqual([plan?.action, plan?.reason], ['build', 'it is not there']);
    const built = (await ensureImages(machine.docker, options)).get('app')!;
    assert.equal(built.action, 'built');
    assert.equal(built.image, image);
    const { Id: id, Config: config } = await inspect(image);
    assert.equal(built.id, id);
    assert.equal((await inspect(tag)).Id, id);
    assert.equal(config.Labels['org.example.a'], 'b');
    assert.equal(await output(image, 'sh', '-c', 'cat /who; ls /data'), 'me\nhello.txt');
    const steps = progress.filter(({ unit }) => unit === 'steps');
    assert.match(steps[0]!.message, /^Building .*: step 1 of \d+: FROM /);

    assert.equal((await ensureImages(machine.docker, options)).get('app')!.action, 'present');
    const again = (await ensureImages(machine.docker, { ...options, build: true })).get('app')!;
    assert.deepEqual([again.action, again.id], ['built', id], 'every step is cached');
  });

  it('of this stack are built again when their own files change, and for no certificate', async () => {
    const folder = await machine.folder({
      'img/Dockerfile': `FROM ${baseImage} AS one\nCOPY img/certificates /certificates\nCOPY a /\nFROM ${baseImage} AS two\nCOPY b /\n`,
      'img/certificates/README.md': 'Put some here.',
      a: '1',
      b: '1',
    });
    await makeAuthority(join(folder, 'ca'), 'Medallion Test Authority');
    const { image, options } = prepare(
      folder,
      { dockerfile: 'img/Dockerfile', target: 'one', labels: { 'medallion-workbench.role': 'stack' } },
      { env: { PATH: process.env.PATH, HOME: folder, NODE_EXTRA_CA_CERTS: join(folder, 'ca/ca.pem') } },
    );
    const reason = async (): Promise<string | undefined> =>
      (await planImages(machine.docker, options)).get('app')?.reason;
    await ensureImages(machine.docker, options);
    const certificates = await output(image, 'sh', '-c', 'ls /certificates; cat /certificates/*.crt');
    assert.match(certificates, /^README\.md/);
    assert.match(certificates, /BEGIN CERTIFICATE/);
    assert.equal(await reason(), 'its files are the same');

    await writeFile(join(folder, 'b'), '2');
    await makeAuthority(join(folder, 'ca'), 'Another Authority');
    assert.equal(await reason(), 'its files are the same', 'another target’s file, another certificate');

    await writeFile(join(folder, 'a'), '2');
    assert.equal(await reason(), 'its files changed');
    const before = (await inspect(image)).Id;
    assert.equal((await ensureImages(machine.docker, options)).get('app')!.action, 'built');
    assert.notEqual((await inspect(image)).Id, before);
    assert.equal(await reason(), 'its files are the same');
  });

  it('of this stack are built once by two that want them at the same time', async () => {
    const folder = await machine.folder({
      Dockerfile: `FROM ${baseImage}\nRUN sleep 1; echo ${uniqueProject()}\n`,
    });
    const { image, options } = prepare(folder, { labels: { 'medallion-workbench.role': 'stack' } });
    const results = await Promise.all([
      ensureImages(machine.docker, options),
      ensureImages(machine.docker, options),
    ]);
    const found = results.map((result) => result.get('app')!);
    assert.deepEqual(found.map(({ action }) => action).sort(), ['built', 'present']);
    const { Id: id } = await inspect(image);
    assert.deepEqual(
      found.map((one) => one.id),
      [id, id],
    );
  });

  for (const [builder, line] of [
    ['the classic builder', 'RUN echo starting >&2; echo "what is wrong" >&2; exit 3'],
    ['BuildKit', 'RUN --mount=type=cache,target=/c echo starting >&2; echo "what is wrong" >&2; exit 3'],
  ] as const) {
    it(`that fail to build with ${builder} say at which step, with its output`, async () => {
      const folder = await machine.folder({ Dockerfile: `FROM ${baseImage}\nRUN echo fine\n${line}\n` });
      const { options } = prepare(folder, {});
      const error = await failure(ensureImages(machine.docker, options));
      assert.equal(error.code, 'failed');
      assert.match(error.message, /^Building .* failed in .*RUN .*echo starting.*: .*3/s);
      assert.deepEqual(error.details.logTail, ['starting', 'what is wrong']);
    });
  }

  it('are built by BuildKit where the Dockerfile asks for it', async () => {
    const folder = await machine.folder({
      'sub/app.Dockerfile': `FROM ${baseImage}\nCOPY --chmod=711 a /a\nRUN <<EOF\nstat -c %a /a > /mode\nEOF\n`,
      a: 'a',
      '.dockerignore': '*\n!a',
    });
    const { image, options, progress } = prepare(folder, { dockerfile: 'sub/app.Dockerfile' });
    assert.equal((await ensureImages(machine.docker, options)).get('app')!.action, 'built');
    assert.equal(await output(image, 'cat', '/mode'), '711');
    assert.ok(progress.some(({ message }) => /step \d of \d: COPY --chmod/.test(message)));
  });

  it('may have their Dockerfile outside of the context, and share it between services', async () => {
    const folder = await machine.folder({
      'app/x': 'x',
      'other/Dockerfile': `FROM ${baseImage}\nCOPY . /app\n`,
    });
    const { image, options } = prepare(join(folder, 'app'), { dockerfile: '../other/Dockerfile' });
    const app = options.services.get('app')!;
    const twin: ComposeService = { image, command: null, entrypoint: null };
    const services = new Map([
      ['first', twin],
      ['app', app],
    ]);
    const result = await ensureImages(machine.docker, { ...options, services });
    assert.equal(result.get('first')!.id, result.get('app')!.id);
    assert.match(await output(image, 'ls', '/app'), /^x$/m);
  });

  it('stop being built when it is cancelled', async () => {
    const folder = await machine.folder({
      Dockerfile: `FROM ${baseImage}\nRUN echo ${uniqueProject()}; sleep 100\n`,
    });
    const stop = new AbortController();
    const { options } = prepare(folder, {}, { signal: stop.signal, log: { ...silentLog, debug: onLine } });
    function onLine(line: string): void {
      if (line.startsWith('mdl-test-')) stop.abort();
    }
    const started = Date.now();
    assert.equal((await failure(ensureImages(machine.docker, options))).code, 'cancelled');
    assert.ok(Date.now() - started < 60_000);
    const mark = /mdl-test-\w+/.exec(await marked(folder))![0];
    await retryUntil(
      async () => {
        const all = await machine.docker.listContainers({ all: true });
        return all.some(({ Command }) => Command.includes(mark)) ? undefined : true;
      },
      { what: 'the end of the cancelled build', timeoutMs: 20_000 },
    );
  });

  it('say so when the engine goes away while they are built', async () => {
    const proxy = await cuttableProxy();
    machine.cleanUp(() => proxy.close());
    const folder = await machine.folder({
      Dockerfile: `FROM ${baseImage}\nRUN echo ${uniqueProject()}; sleep 30\n`,
    });
    const cut = (line: string): void => {
      if (line.startsWith('mdl-test-')) void proxy.cut();
    };
    const { options } = prepare(folder, {}, { log: { ...silentLog, debug: cut } });
    const error = await failure(ensureImages(new Docker({ socketPath: proxy.socketPath }), options));
    assert.equal(error.code, 'unreachable', error.message);
  });

  it('that nothing builds and nothing may pull are missed by name', async () => {
    const folder = await machine.folder();
    const services = new Map<string, ComposeService>([
      ['app', { image: 'mdl-no-such-image:1', pull_policy: 'never', command: null, entrypoint: null }],
    ]);
    const { options } = prepare(folder, {}, { services });
    const error = await failure(planImages(machine.docker, options));
    assert.equal(error.code, 'not-found');
    assert.match(error.message, /mdl-no-such-image:1 of app/);
  });

  it('whose files are missing, or whose file asks too much, are refused by name', async () => {
    const folder = await machine.folder();
    for (const [build, code, message] of [
      [{}, 'not-found', /services\.app\.build\.dockerfile: there is no file .*Dockerfile/],
      [{ context: join(folder, 'nowhere') }, 'not-found', /services\.app\.build\.\w+: there is no .*nowhere/],
      [
        { dockerfile_inline: 'FROM a', secrets: [{ source: 'x' }] },
        'unsupported',
        /services\.app\.build\.secrets/,
      ],
      [{ dockerfile_inline: 'FROM a', ssh: ['default'] }, 'unsupported', /services\.app\.build\.ssh/],
      [{ platforms: ['linux/amd64', 'linux/arm64'] }, 'unsupported', /build\.platforms/],
    ] as const) {
      const { options } = prepare(folder, build as unknown as Build);
      const error = await failure(ensureImages(machine.docker, options));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
    }
  });

  it('have no sentence of the engine for a base image that is nowhere', async () => {
    const folder = await machine.folder({ Dockerfile: 'FROM 127.0.0.1:9/mdl-no-such-image:1\n' });
    const error = await failure(ensureImages(machine.docker, prepare(folder, {}).options));
    assert.match(error.message, /mdl-no-such-image|127\.0\.0\.1:9/);
  });
});

describe('the certificates of this machine', () => {
  const machine = useMachine();

  it('are the authorities that a fresh image lacks, each once', async () => {
    const folder = await machine.folder();
    for (const name of ['one', 'two']) await makeAuthority(join(folder, name), `Authority ${name}`);
    await mkdir(join(folder, 'system'));
    await writeFile(join(folder, 'system/broken.crt'), 'nothing');
    const [one, two] = [join(folder, 'one/ca.pem'), join(folder, 'two/ca.pem')];
    const env = {
      NODE_EXTRA_CA_CERTS: one,
      SSL_CERT_FILE: one,
      CURL_CA_BUNDLE: two,
      PIP_CERT: join(folder, 'no'),
    };
    const found = await findHostCertificates(env, { folders: [join(folder, 'system')] });
    assert.deepEqual(found.certificates.map(({ subject }) => subject).sort(), [
      'CN=Authority one',
      'CN=Authority two',
    ]);
    assert.equal(found.faults.length, 2);
    assert.match(found.faults.join('\n'), /broken\.crt has no certificate[\s\S]*PIP_CERT names is not there/);

    const later = new Date(Date.now() + 40 * 86_400_000);
    const expired = await findHostCertificates({ PIP_CERT: one }, { folders: [], now: later });
    assert.deepEqual(expired.certificates, []);
    assert.match(expired.faults[0]!, /"CN=Authority one" in .* expired on \d{4}-/);
  });

  it('are none where a bundle has only public ones', async () => {
    const { rootCertificates } = await import('node:tls');
    const folder = await machine.folder({ 'all.pem': rootCertificates.join('\n') });
    const found = await findHostCertificates({ SSL_CERT_FILE: join(folder, 'all.pem') }, { folders: [] });
    assert.deepEqual(found, { certificates: [], faults: [] });
  });
});

async function failure(work: Promise<unknown>): Promise<WorkbenchError> {
  try {
    await work;
  } catch (error) {
    if (isWorkbenchError(error)) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'It did not fail.' });
}

async function marked(folder: string): Promise<string> {
  return readFile(join(folder, 'Dockerfile'), 'utf8');
}

async function removeImage(docker: Docker, image: string): Promise<void> {
  try {
    await docker.getImage(image).remove({ force: true });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}
