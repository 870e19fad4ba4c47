import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { StackEvent } from '../../src/stack/engine.ts';
import { cuttableProxy } from './support/cuttableProxy.ts';
import { checked, failure, Project, type Json } from './support/project.ts';
import { useMachine } from './support/machine.ts';

describe('DockerEngine, when something goes wrong', function () {
  this.timeout(120_000);
  const machine = useMachine();
  const projectOf = (services: Record<string, Json>, more?: Json): Promise<Project> =>
    Project.of(machine, services, more);

  it('says why a service died, with its last words, and what waits for it does not start', async () => {
    const project = await projectOf({
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
    const project = await projectOf({
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
    const project = await projectOf({
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
    const project = await projectOf({
      migrate: { command: ['sh', '-c', 'echo bad table; exit 2'] },
      app: { depends_on: { migrate: { condition: 'service_completed_successfully' } } },
    });
    const error = await failure(project.up());
    assert.match(error.message, /migrate-1 did not complete \(exit code 2\)[^]*bad table/);
    assert.equal((await project.states())['app-1'], 'created');
  });

  it('stops what it started when it is cancelled, and goes on the next time', async () => {
    const project = await projectOf({
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
    const project = await projectOf({ web: { ports: [`127.0.0.1:${port}:80`] }, other: {} });
    const error = await failure(project.up());
    assert.equal(error.code, 'conflict');
    assert.match(error.message, new RegExp(`web .*${port}.*process ${process.pid}`));
    assert.deepEqual(await project.ids(), {});
    server.close();
    await project.up();

    const second = await projectOf({ web: { ports: [`127.0.0.1:${port}:80`] } });
    const taken = await failure(second.up());
    assert.equal(taken.code, 'conflict');
    assert.match(taken.message, new RegExp(`the container ${project.name}-web-1`));
  });

  it('tells a port that only the engine knows to be taken, and leaves no container behind', async () => {
    const { port } = await listener();
    // A UDP port cannot be looked at from here.
    const first = await projectOf({ web: { ports: [`127.0.0.1:${port}:80/udp`] } });
    await first.up();
    const second = await projectOf({ web: { ports: [`127.0.0.1:${port}:80/udp`] } });
    const error = await failure(second.up());
    assert.equal(error.code, 'conflict');
    assert.match(error.message, new RegExp(String(port)));
    assert.deepEqual(await second.ids(), {});
  });

  it('refuses what a container would not have, with its place', async () => {
    const project = await projectOf({ web: { post_start: [{ command: ['true'] }] } });
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
      const project = await projectOf({
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
