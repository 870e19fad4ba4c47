import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Engine, PlannedStep } from '../../src/stack/engine.ts';
import { DockerEngine } from '../../src/stack/docker/dockerEngine.ts';
import { label } from '../../src/stack/docker/container/labels.ts';
import { baseImage, composeSucceeds, plainEnvironment, useMachine } from './support/machine.ts';

const ourStack = resolve(import.meta.dirname, '../../stack/compose.yaml');

/** What of Compose makes containers differ, in services that are up at once. */
const manyKinds = `
x-service: &service
  image: ${baseImage}
  command: sh -c 'echo hello from $$(hostname); exec sleep 1000'
  init: true
  stop_signal: SIGKILL

services:
  db:
    <<: *service
    volumes: [data:/data, /anonymous]
    secrets: [file, { source: variable, target: token }]
    networks: { back: { aliases: [database] } }
    healthcheck: { test: test -f /run/secrets/token, interval: 1s, start_period: 20s, start_interval: 200ms }
    labels: { org.example.dollars: 'a$$b <c>' }

  prepare:
    image: ${baseImage}
    command: ['true']
    networks: [back]
    depends_on: { db: { condition: service_healthy } }

  api:
    <<: *service
    deploy: { replicas: 2, resources: { limits: { memory: 64M } } }
    environment: { DOLLARS: '$$HOME', NAMED: '\${NAMED:-default}', FROM_HOST: }
    configs: [{ source: text, target: /etc/app/text.conf, mode: 0o400 }, file]
    networks: { front: { priority: 3 }, back: }
    depends_on: { prepare: { condition: service_completed_successfully } }

  web:
    <<: *service
    restart: unless-stopped
    ports: ['127.0.0.1::80', '\${WEB_PORT}:81']
    env_file: [web.env]
    label_file: web.labels
    volumes: [./site:/site:ro, { type: tmpfs, target: /scratch }]
    tmpfs: /run
    networks: [front]
    ulimits: { nofile: { soft: 1000, hard: 2000 } }
    depends_on: { api: { condition: service_started, restart: true } }

  beside:
    <<: *service
    network_mode: service:db
    volumes_from: ['db:ro']

  debug:
    <<: *service
    profiles: [debug]

volumes:
  data: { labels: { a: b } }

networks:
  back: { internal: true }
  front:
    ipam: { config: [{ subnet: '\${SUBNET}.0/24' }] }

secrets:
  file: { file: ./secret.txt }
  variable: { environment: TOKEN }

configs:
  file: { file: ./secret.txt }
  text: { content: 'a $$b' }
`;

const files = {
  'compose.yaml': manyKinds,
  'secret.txt': 'secret',
  'web.env': 'A=1\nB=$A\n',
  'web.labels': 'org.example.from-file=yes\n',
  'site/index.html': 'x',
};

describe('one project with the Compose CLI', function () {
  this.timeout(120_000);
  const machine = useMachine();
  const { docker } = machine;

  interface Both {
    project: string;
    ours: Engine;
    cli: (...args: string[]) => Promise<string>;
    write: (file: string, text: string) => Promise<void>;
    /** Name -> id, of all that the engine has of the project. */
    things: () => Promise<Record<string, string>>;
  }

  async function both(given: Readonly<Record<string, string>>, more: NodeJS.ProcessEnv = {}): Promise<Both> {
    const folder = await machine.folder(given);
    const project = machine.project();
    const env = plainEnvironment({
      COMPOSE_PROJECT_NAME: project,
      TOKEN: 'a token',
      FROM_HOST: 'host',
      WEB_PORT: String(await freePort()),
      SUBNET: `10.${200 + Math.floor(Math.random() * 50)}.${Math.floor(Math.random() * 256)}`,
      ...more,
    });
    const engine = new DockerEngine({
      workspaceDir: await machine.folder({}),
      stackDir: folder,
      files: [`${folder}/compose.yaml`],
      env,
    });
    machine.cleanUp(() => engine.close());
    return {
      project,
      ours: engine,
      write: (file, text) => writeFile(join(folder, file), text),
      cli: (...args) => composeSucceeds(args, { cwd: folder, env }),
      async things() {
        const filters = { label: [`${label.project}=${project}`] };
        const found: [string, string][] = [];
        for (const { Id, Names } of await docker.listContainers({ all: true, filters })) {
          found.push([`container ${Names[0]}`, Id]);
        }
        for (const { Id, Name } of await docker.listNetworks({ filters }))
          found.push([`network ${Name}`, Id]);
        const { Volumes } = await docker.listVolumes({ filters });
        for (const { Name, CreatedAt } of Volumes as { Name: string; CreatedAt?: string }[]) {
          found.push([`volume ${Name}`, CreatedAt ?? '']);
        }
        return Object.fromEntries(found.sort());
      },
    };
  }

  it('has nothing made again by `docker compose up -d` after ours', async () => {
    const { project, ours, cli, things } = await both(files);
    await ours.up();
    const before = await things();
    assert.equal(Object.keys(before).length, 6 + 2 + 1);
    await cli('up', '-d');
    assert.deepEqual(await things(), before);
    const listed = (await cli('ps', '--format', '{{.Name}} {{.State}}')).trim().split('\n').sort();
    assert.deepEqual(
      listed,
      ['api-1', 'api-2', 'beside-1', 'db-1', 'web-1'].map((name) => `${project}-${name} running`),
    );
  });

  it('has nothing made again by ours after `docker compose up -d`', async () => {
    const { ours, cli, things } = await both(files);
    await cli('up', '-d');
    const before = await things();
    assert.deepEqual(changes(await ours.plan()), []);
    await ours.up();
    assert.deepEqual(await things(), before);
  });

  it('has the same made again after a change, by either', async () => {
    const { project, ours, cli, things, write } = await both(files);
    const replaced = async (work: () => Promise<unknown>): Promise<string[]> => {
      const before = await things();
      await work();
      const after = await things();
      return Object.keys(after).filter((name) => before[name] !== after[name]);
    };
    await ours.up();
    const web = manyKinds.replace('tmpfs: /run', 'tmpfs: /var/run');
    await write('compose.yaml', web);
    assert.deepEqual(changes(await ours.plan()), [`recreate ${project}-web-1: its configuration changed`]);
    assert.deepEqual(await replaced(() => cli('up', '-d')), [`container /${project}-web-1`]);
    assert.deepEqual(await replaced(() => ours.up()), []);

    const front = web.replace("SUBNET}.0/24' }] }", "SUBNET}.0/24' }] }\n    labels: { x: y }");
    await write('compose.yaml', front);
    const joined = ['api-1', 'api-2', 'web-1'].map((name) => `container /${project}-${name}`);
    assert.deepEqual(await replaced(() => ours.up()), [...joined, `network ${project}_front`]);
    assert.deepEqual(await replaced(() => cli('up', '-d')), []);
  });

  it('has the same number of replicas, and is taken down by either', async () => {
    const { ours, cli, things } = await both(files);
    await ours.up({ scale: { api: 3 } });
    const before = await things();
    assert.equal(Object.keys(before).length, 6 + 2 + 1 + 1);
    await cli('up', '-d', '--scale', 'api=3');
    assert.deepEqual(await things(), before);
    for (const name of ['db-1', 'api-1', 'api-3', 'web-1']) {
      assert.match(await cli('logs', '--no-color'), new RegExp(`${name} +\\| hello from`));
    }
    await cli('down', '--volumes');
    assert.deepEqual(await things(), {});
    await cli('up', '-d', '--scale', 'api=3');
    await ours.down({ volumes: true });
    assert.deepEqual(await things(), {});
  });

  it('is so for our own stack', async () => {
    const text = await readFile(ourStack, 'utf8');
    const secrets = [...text.matchAll(/\/(\w+)' }$/gm)].map(([, name]) => [`secrets/${name}`, 'x'] as const);
    const ports = [...new Set([...text.matchAll(/\$\{(\w+_PORT):-/g)].map(([, name]) => name!))];
    const free: [string, string][] = [];
    for (const name of ports) free.push([name, String(await freePort())]);
    const given = { ...Object.fromEntries(secrets), 'compose.yaml': asleep(text) };
    const { ours, cli, things } = await both(given, Object.fromEntries(free));
    await ours.up();
    const before = await things();
    assert.ok(Object.keys(before).length >= 8 + 1 + 6, Object.keys(before).join());
    await cli('up', '-d');
    assert.deepEqual(await things(), before);
    await cli('up', '-d', '--force-recreate');
    const theirs = await things();
    assert.deepEqual(changes(await ours.plan()), []);
    await ours.up();
    assert.deepEqual(await things(), theirs);
  });
});

/** The same services, in an image that is always there and with nothing to do. */
function asleep(text: string): string {
  const stack = parse(text, { merge: true }) as { services: Record<string, Record<string, unknown>> };
  for (const service of Object.values(stack.services)) {
    delete service.build;
    service.image = baseImage;
    service.command = ['sleep', '1000'];
    service.init = true;
    service.stop_signal = 'SIGKILL';
    if (service.healthcheck) Object.assign(service.healthcheck, { test: ['CMD', 'true'] });
  }
  return stringify(stack, { aliasDuplicateObjects: false });
}

/** The steps that change something. What has ended by itself is started again, by the CLI too. */
function changes(steps: readonly PlannedStep[]): string[] {
  return steps
    .filter(({ action, service }) => action !== 'leave' && service !== 'prepare')
    .map(({ action, name, reason }) => `${action} ${name}: ${reason}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
