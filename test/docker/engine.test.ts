import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../../src/base/cancellation.ts';
import { isWorkbenchError, type WorkbenchError } from '../../src/base/errors.ts';
import { DockerEngine } from '../../src/stack/docker/dockerEngine.ts';
import { connectDocker } from '../../src/stack/docker/endpoint.ts';
import type { StackEvent, UpOptions } from '../../src/stack/engine.ts';
import { cuttableProxy } from './support/cuttableProxy.ts';
import { baseImage, plainEnvironment, useMachine } from './support/machine.ts';

type Json = Record<string, unknown>;

const forever = ['sh', '-c', 'sleep 100000'];
/** Ready once a file is there, looked for all the time. */
const checked = (file: string): Json => ({
  test: ['CMD-SHELL', `test -f ${file}`],
  interval: '1s',
  retries: 3,
  start_period: '30s',
  start_interval: '200ms',
});

describe('DockerEngine', function () {
  this.timeout(120_000);
  const machine = useMachine();
  const { docker } = machine;

  /** A project of one test; JSON is YAML, too. */
  class Project {
    readonly name = machine.project();
    readonly events: StackEvent[] = [];
    folder = '';
    engine!: DockerEngine;
    #services: Record<string, Json> = {};

    static async of(services: Record<string, Json>, more: Json = {}): Promise<Project> {
      const project = new Project();
      project.folder = await machine.folder({});
      await project.write(services, more);
      project.engine = project.engineOn(undefined);
      return project;
    }

    engineOn(host: string | undefined): DockerEngine {
      const env = plainEnvironment();
      const engine = new DockerEngine({
        workspaceDir: this.folder,
        stackDir: join(this.folder, 'none'),
        files: [join(this.folder, 'compose.yaml')],
        env,
        connect: (signal) => connectDocker({ env, host, signal, timeoutMs: 5_000 }),
      });
      machine.cleanUp(() => engine.close());
      return engine;
    }

    /** Writes the file; services get the image, an init process and a command that runs on. */
    async write(services: Record<string, Json>, more: Json = {}): Promise<void> {
      const defaults = { image: baseImage, init: true, command: forever };
      this.#services = Object.fromEntries(
        Object.entries(services).map(([name, service]) => [name, { ...defaults, ...service }]),
      );
      const file = { name: this.name, services: this.#services, ...more };
      await writeFile(join(this.folder, 'compose.yaml'), JSON.stringify(file));
    }

    up(options: UpOptions = {}): Promise<void> {
      this.events.length = 0;
      return this.engine.up({ onEvent: (event) => this.events.push(event), ...options });
    }

    /** Name -> id of all containers, without the project's name. */
    async ids(): Promise<Record<string, string>> {
      const filters = { label: [`com.docker.compose.project=${this.name}`] };
      const found = await docker.listContainers({ all: true, filters });
      return Object.fromEntries(
        found.map(({ Names, Id }) => [Names[0]!.slice(this.name.length + 2), Id] as const).sort(),
      );
    }

    async states(): Promise<Record<string, string>> {
      const rows = await this.engine.status();
      return Object.fromEntries(rows.map(({ service, replica, state }) => [`${service}-${replica}`, state]));
    }

    /** Services in the order of their events of one kind. */
    order(step: StackEvent['step']): string[] {
      return this.events.filter((event) => event.step === step).map(({ service }) => service ?? '');
    }

    async output(container: string): Promise<string> {
      const id = (await this.ids())[container]!;
      const log = await docker.getContainer(id).logs({ stdout: true, stderr: true });
      return log.toString();
    }
  }

  const failure = async (work: Promise<unknown>): Promise<WorkbenchError> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(isWorkbenchError(error), `no error of ours: ${String(error)}`);
    return error;
  };

  it('starts services when what they depend on is ready, and does nothing the second time', async () => {
    const project = await Project.of({
      web: { depends_on: { db: { condition: 'service_healthy' }, cache: { condition: 'service_started' } } },
      migrate: {
        command: ['sh', '-c', 'echo migrated'],
        depends_on: { db: { condition: 'service_healthy' } },
      },
      app: { depends_on: { migrate: { condition: 'service_completed_successfully' } } },
      db: { command: ['sh', '-c', 'sleep 0.5; touch /ready; sleep 100000'], healthcheck: checked('/ready') },
      cache: {},
    });
    const planned = await project.engine.plan();
    assert.deepEqual(
      planned
        .filter(({ kind }) => kind === 'container')
        .map(({ action, service }) => `${action} ${service}`)
        .sort(),
      ['create app', 'create cache', 'create db', 'create migrate', 'create web'],
    );
    assert.deepEqual(await project.ids(), {}, 'a plan does nothing');
    await project.up();
    const started = project.order('starting');
    assert.ok(started.indexOf('db') < started.indexOf('web'));
    assert.ok(started.indexOf('migrate') < started.indexOf('app'));
    const healthyDb = project.events.findIndex(({ service, step }) => service === 'db' && step === 'healthy');
    const startedWeb = project.events.findIndex(
      ({ service, step }) => service === 'web' && step === 'starting',
    );
    assert.ok(healthyDb >= 0 && healthyDb < startedWeb);
    assert.deepEqual(await project.states(), {
      'web-1': 'running',
      'migrate-1': 'exited',
      'app-1': 'running',
      'db-1': 'healthy',
      'cache-1': 'running',
    });

    const before = await project.ids();
    await project.up();
    assert.deepEqual(await project.ids(), before);
    // What ran to its end runs again, as with the Compose CLI.
    assert.deepEqual(project.order('starting'), ['migrate']);
    assert.deepEqual(project.order('unchanged').sort(), ['app', 'cache', 'db', 'web']);
  });

  it('recreates the one service that changed, and keeps its volumes', async () => {
    const services: Record<string, Json> = {
      one: { volumes: ['named:/named', '/anonymous'] },
      two: { depends_on: ['one'] },
      three: { depends_on: { one: { condition: 'service_started', restart: true } } },
    };
    const more = { volumes: { named: {} } };
    const project = await Project.of(services, more);
    await project.up();
    const before = await project.ids();
    const run = await docker.getContainer(before['one-1']!).exec({
      Cmd: ['sh', '-c', 'echo a > /named/a; echo b > /anonymous/b'],
    });
    await run.start({ Detach: true });

    services.one = {
      ...services.one,
      command: ['sh', '-c', 'cat /named/a /anonymous/b; sleep 100000'],
    };
    await project.write(services, more);
    const planned = await project.engine.plan();
    assert.deepEqual(
      planned
        .filter(({ action }) => action !== 'leave')
        .map(({ action, service, reason }) => [action, service, reason]),
      [
        ['recreate', 'one', 'its configuration changed'],
        ['start', 'three', 'one is recreated'],
      ],
    );
    await project.up();
    const after = await project.ids();
    assert.notEqual(after['one-1'], before['one-1']);
    assert.equal(after['two-1'], before['two-1']);
    assert.equal(after['three-1'], before['three-1'], 'it is restarted only');
    assert.deepEqual(Object.keys(after), Object.keys(before), 'nothing is left of the replacement');
    assert.match(await project.output('one-1'), /a[^]*b/);
    assert.deepEqual(project.order('starting').sort(), ['one', 'three']);
  });

  it('scales up and down, and removes orphans only when it is asked to', async () => {
    const project = await Project.of({ worker: { scale: 2 }, old: {} });
    await project.up();
    const two = await project.ids();
    await project.up({ scale: { worker: 4 } });
    const four = await project.ids();
    assert.deepEqual(Object.keys(four), ['old-1', 'worker-1', 'worker-2', 'worker-3', 'worker-4']);
    assert.equal(four['worker-1'], two['worker-1']);
    await project.up({ scale: { worker: 1 } });
    assert.deepEqual(await project.ids(), { 'old-1': two['old-1'], 'worker-1': two['worker-1'] });

    await project.write({ worker: {} });
    await project.up();
    assert.deepEqual(Object.keys(await project.ids()), ['old-1', 'worker-1']);
    assert.ok(project.events.some(({ step, detail }) => step === 'note' && detail?.includes('old-1')));
    await project.up({ removeOrphans: true });
    assert.deepEqual(await project.ids(), { 'worker-1': two['worker-1'] });

    const wrong = await failure(project.up({ scale: { wroker: 2 } }));
    assert.equal(wrong.code, 'invalid');
    assert.match(wrong.message, /wroker.*worker/);
  });

  it('brings up some services with what they need, and those of a profile', async () => {
    const project = await Project.of({
      db: {},
      web: { depends_on: ['db'] },
      other: {},
      tool: { profiles: ['tools'] },
    });
    await project.up({ services: ['web'] });
    assert.deepEqual(Object.keys(await project.ids()), ['db-1', 'web-1']);
    await project.up({ profiles: ['tools'] });
    assert.deepEqual(Object.keys(await project.ids()), ['db-1', 'other-1', 'tool-1', 'web-1']);
    assert.equal((await failure(project.up({ profiles: ['toolz'] }))).code, 'invalid');
    await project.engine.down({ services: ['other'] });
    assert.deepEqual(Object.keys(await project.ids()), ['db-1', 'tool-1', 'web-1']);
  });

  it('says why a service died, with its last words, and what waits for it does not start', async () => {
    const project = await Project.of({
      db: {
        command: ['sh', '-c', 'echo opening the files; echo no space left >&2; exit 3'],
        healthcheck: checked('/ready'),
      },
      web: { depends_on: { db: { condition: 'service_healthy' } } },
    });
    const error = await failure(project.up());
    assert.equal(error.code, 'failed');
    assert.match(error.message, /db-1 ended while it was starting \(exit code 3\)[^]*no space left/);
    assert.deepEqual([...(error.details.logTail ?? [])].sort(), ['no space left', 'opening the files']);
    assert.equal((await project.states())['web-1'], 'created');
    assert.deepEqual(project.order('failed')[0], 'db');
  });

  it('gives up on a service that the engine starts again and again', async () => {
    const project = await Project.of({
      db: { command: ['sh', '-c', 'echo again; exit 1'], restart: 'always', healthcheck: checked('/ready') },
    });
    const error = await failure(project.up());
    assert.equal(error.code, 'failed');
    assert.match(error.message, /again and again \(exit code 1, \d restarts\)/);
  });

  it('fails with what an unhealthy service says; a service that can do without it starts', async () => {
    const unhealthy = {
      test: ['CMD-SHELL', 'echo the disk is full; exit 1'],
      interval: '200ms',
      timeout: '1s',
      retries: 2,
      start_period: '0s',
    };
    const project = await Project.of({
      db: { healthcheck: unhealthy },
      web: { depends_on: { db: { condition: 'service_healthy' } } },
    });
    const error = await failure(project.up());
    assert.equal(error.code, 'failed');
    assert.match(error.message, /db-1 runs, and is unhealthy: the disk is full/);

    await project.write({
      db: { healthcheck: unhealthy },
      web: { depends_on: { db: { condition: 'service_healthy', required: false } } },
    });
    await project.up();
    assert.deepEqual(await project.states(), { 'db-1': 'unhealthy', 'web-1': 'running' });
  });

  it('fails where a one-shot that another service waits for fails', async () => {
    const project = await Project.of({
      migrate: { command: ['sh', '-c', 'echo bad table; exit 2'] },
      app: { depends_on: { migrate: { condition: 'service_completed_successfully' } } },
    });
    const error = await failure(project.up());
    assert.match(error.message, /migrate-1 did not complete \(exit code 2\)[^]*bad table/);
    assert.equal((await project.states())['app-1'], 'created');
  });

  it('stops what it started when it is cancelled, and goes on the next time', async () => {
    const project = await Project.of({
      kept: {},
      db: { command: ['sh', '-c', 'sleep 2; touch /ready; sleep 100000'], healthcheck: checked('/ready') },
      web: { depends_on: { db: { condition: 'service_healthy' } } },
    });
    await project.up({ services: ['kept'] });
    const abort = new AbortController();
    const onEvent = ({ service, step }: StackEvent): void => {
      if (service === 'web' && step === 'waiting') setTimeout(() => abort.abort(), 300);
    };
    const error = await failure(project.up({ signal: abort.signal, onEvent }));
    assert.equal(error.code, 'cancelled');
    const { 'kept-1': kept, 'db-1': db, 'web-1': web } = await project.states();
    assert.equal(kept, 'running');
    assert.ok(db === 'stopped' || db === 'exited', db);
    assert.equal(web, 'created');
    await project.up();
    assert.deepEqual(await project.states(), { 'kept-1': 'running', 'db-1': 'healthy', 'web-1': 'running' });
  });

  const listener = async (): Promise<{ server: Server; port: number }> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    machine.cleanUp(() => server.close());
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    return { server, port: address.port };
  };

  it('names the owner of a taken port before it starts anything', async () => {
    const { server, port } = await listener();
    const project = await Project.of({ web: { ports: [`127.0.0.1:${port}:80`] }, other: {} });
    const error = await failure(project.up());
    assert.equal(error.code, 'conflict');
    assert.match(error.message, new RegExp(`web .*${port}.*process ${process.pid}`));
    assert.deepEqual(await project.ids(), {});
    server.close();
    await project.up();

    const second = await Project.of({ web: { ports: [`127.0.0.1:${port}:80`] } });
    const taken = await failure(second.up());
    assert.equal(taken.code, 'conflict');
    assert.match(taken.message, new RegExp(`the container ${project.name}-web-1`));
  });

  it('tells a port that only the engine knows to be taken, and leaves no container behind', async () => {
    const { port } = await listener();
    // A UDP port cannot be looked at from here.
    const first = await Project.of({ web: { ports: [`127.0.0.1:${port}:80/udp`] } });
    await first.up();
    const second = await Project.of({ web: { ports: [`127.0.0.1:${port}:80/udp`] } });
    const error = await failure(second.up());
    assert.equal(error.code, 'conflict');
    assert.match(error.message, new RegExp(String(port)));
    assert.deepEqual(await second.ids(), {});
  });

  it('keeps volumes until they are named, and removes networks', async () => {
    const more = { volumes: { data: {}, cache: {} }, networks: { front: {}, back: {} } };
    const project = await Project.of(
      { db: { volumes: ['data:/data', 'cache:/cache'], networks: ['front', 'back'] } },
      more,
    );
    await project.up();
    const filters = { label: [`com.docker.compose.project=${project.name}`] };
    const volumes = async (): Promise<string[]> =>
      (await docker.listVolumes({ filters })).Volumes.map(({ Name }) =>
        Name.slice(project.name.length + 1),
      ).sort();
    await project.engine.down();
    assert.deepEqual(await project.ids(), {});
    assert.deepEqual(await docker.listNetworks({ filters }), []);
    assert.deepEqual(await volumes(), ['cache', 'data']);
    await project.up();
    assert.equal((await failure(project.engine.down({ volumes: ['dta'] }))).code, 'invalid');
    assert.deepEqual(Object.keys(await project.ids()), ['db-1'], 'a wrong name stops nothing');
    await project.engine.down({ volumes: ['cache'] });
    assert.deepEqual(await volumes(), ['data']);
    await project.up();
    await project.engine.reset();
    assert.deepEqual(await volumes(), []);
  });

  it('makes a changed network anew, with all that is in it', async () => {
    const services = { db: { networks: ['back'] }, web: { networks: ['back', 'default'] }, alone: {} };
    const project = await Project.of(services, { networks: { back: {} } });
    await project.up();
    const before = await project.ids();
    await project.write(services, { networks: { back: { internal: true } } });
    await project.up();
    const after = await project.ids();
    assert.notEqual(after['db-1'], before['db-1']);
    assert.notEqual(after['web-1'], before['web-1']);
    assert.equal(after['alone-1'], before['alone-1']);
    assert.equal(
      (await project.engine.plan()).every(({ action }) => action === 'leave'),
      true,
    );
  });

  it('restarts a service as it is', async () => {
    const project = await Project.of({
      db: { command: ['sh', '-c', 'echo here; sleep 100000'] },
      web: { depends_on: ['db'] },
    });
    await project.up();
    const before = await project.ids();
    await project.engine.restart('db');
    assert.deepEqual(await project.ids(), before);
    assert.equal((await project.output('db-1')).match(/here/g)?.length, 2);
    assert.equal((await failure(project.engine.restart('bd'))).code, 'invalid');
  });

  it('shares namespaces and volumes of another service, and follows when that is recreated', async () => {
    const services: Record<string, Json> = {
      main: { volumes: ['/shared'], command: ['sh', '-c', 'echo hello > /shared/file; sleep 100000'] },
      sidecar: {
        network_mode: 'service:main',
        volumes_from: ['main:ro'],
        command: ['sh', '-c', 'sleep 1; cat /shared/file; sleep 100000'],
      },
    };
    const project = await Project.of(services);
    await project.up();
    const before = await project.ids();
    await project.up();
    assert.deepEqual(await project.ids(), before);
    await project.write({ ...services, main: { ...services.main, environment: { CHANGED: 'yes' } } });
    await project.up();
    const after = await project.ids();
    assert.notEqual(after['main-1'], before['main-1']);
    assert.notEqual(after['sidecar-1'], before['sidecar-1']);
    const { HostConfig } = await docker.getContainer(after['sidecar-1']!).inspect();
    assert.equal(HostConfig.NetworkMode, `container:${after['main-1']}`);
  });

  it('gives secrets and configs as files', async () => {
    const project = await Project.of(
      {
        web: {
          command: [
            'sh',
            '-c',
            'cat /run/secrets/file /run/secrets/variable /config; ls -l /run/secrets; sleep 100000',
          ],
          secrets: ['file', 'variable'],
          configs: [{ source: 'text', target: '/config' }],
        },
      },
      {
        secrets: { file: { file: './secret.txt' }, variable: { environment: 'PATH' } },
        configs: { text: { content: 'in the $${file}' } },
      },
    );
    await writeFile(join(project.folder, 'secret.txt'), 'from a file ');
    await project.up();
    await sleep(300);
    const output = await project.output('web-1');
    assert.ok(output.includes(`from a file ${process.env.PATH}in the \${file}`), output);
  });

  it('refuses what a container would not have, with its place', async () => {
    const project = await Project.of({ web: { post_start: [{ command: ['true'] }] } });
    const error = await failure(project.up());
    assert.equal(error.code, 'unsupported');
    assert.match(error.message, /compose\.yaml:\d+:\d+: .*post_start/);
    assert.deepEqual(await project.ids(), {});
  });

  for (const [how, code] of [
    ['cut', 'unreachable'],
    ['freeze', 'unreachable'],
  ] as const) {
    it(`ends with a clear error when the engine is lost in the middle (${how}), and goes on the next time`, async () => {
      const project = await Project.of({
        db: { command: ['sh', '-c', 'sleep 3; touch /ready; sleep 100000'], healthcheck: checked('/ready') },
        web: { depends_on: { db: { condition: 'service_healthy' } } },
      });
      const proxy = await cuttableProxy();
      machine.cleanUp(() => proxy.close());
      const engine = project.engineOn(proxy.host);
      const onEvent = ({ service, step }: StackEvent): void => {
        if (service === 'web' && step === 'waiting') setTimeout(() => void proxy[how](), 700);
      };
      const startedAt = Date.now();
      const error = await failure(engine.up({ onEvent }));
      assert.equal(error.code, code, error.message);
      assert.ok(Date.now() - startedAt < 60_000, `it took ${Date.now() - startedAt} ms`);
      await proxy.restore();
      await engine.up();
      assert.deepEqual(await project.states(), { 'db-1': 'healthy', 'web-1': 'running' });
    });
  }
});
