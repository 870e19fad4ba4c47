import assert from 'node:assert/strict';
import { sleep } from '../../src/base/cancellation.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checked, failure, Project, type Json } from './support/project.ts';
import { useMachine } from './support/machine.ts';

describe('DockerEngine', function () {
  this.timeout(120_000);
  const machine = useMachine();
  const { docker } = machine;
  const projectOf = (services: Record<string, Json>, more?: Json): Promise<Project> =>
    Project.of(machine, services, more);

  it('starts services when what they depend on is ready, and does nothing the second time', async () => {
    const project = await projectOf({
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
    const project = await projectOf(services, more);
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
    const project = await projectOf({ worker: { scale: 2 }, old: {} });
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
    const project = await projectOf({
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

  it('keeps volumes until they are named, and removes networks', async () => {
    const more = { volumes: { data: {}, cache: {} }, networks: { front: {}, back: {} } };
    const project = await projectOf(
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
    const project = await projectOf(services, { networks: { back: {} } });
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
    const project = await projectOf({
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
    const project = await projectOf(services);
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
    const project = await projectOf(
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
});
