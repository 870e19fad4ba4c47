import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localVariables, replicaVariables } from '../../../../src/stack/local/localVariables.ts';
import { replicasOf, selectServices } from '../../../../src/stack/local/plan.ts';
import { changeOf, definitionOf } from '../../../../src/stack/local/processTable.ts';
import { StackFile, type LocalProject } from '../../../../src/stack/local/stackFile.ts';
import { requireSupported } from '../../../../src/stack/local/supported.ts';
import { StateDir } from '../../../../src/stack/stateDir.ts';
import { portWishes } from '../../../../src/stack/userVariables.ts';

const uses = [
  'A_HOST',
  'SPARK_WORKER_DIR',
  'BIND_ADDRESS',
  'SECRETS_DIR',
  'MEDALLION_HOME',
  'A_PORT',
  'MINE',
].map((name) => ({ name, fallback: '80' }));
const common = {
  uses,
  ports: { A_PORT: 81 },
  state: new StateDir('/w'),
  stackDir: '/s',
  runtime: { runtimeDir: '/r', javaHome: '/j' },
  node: '/n',
};

describe('localVariables', () => {
  it('follows the conventions of the Compose file', () => {
    assert.deepEqual(localVariables({ ...common, user: { OTHER: 'x' } }), {
      A_HOST: '127.0.0.1',
      SPARK_WORKER_DIR: '/w/.medallion/data/spark-worker',
      BIND_ADDRESS: '127.0.0.1',
      SECRETS_DIR: '/w/.medallion/secrets',
      MEDALLION_HOME: '/s',
      A_PORT: '81',
    });
  });

  it('lets the user come before a convention, not before what was found', () => {
    const user = { A_HOST: 'h', MINE: 'm', SPARK_WORKER_DIR: '/d', MEDALLION_HOME: '/other' };
    const variables = localVariables({ ...common, user });
    assert.equal(variables.A_HOST, 'h');
    assert.equal(variables.MINE, 'm');
    assert.equal(variables.SPARK_WORKER_DIR, '/d');
    assert.equal(variables.MEDALLION_HOME, '/s');
  });
});

describe('portWishes', () => {
  it('knows the default, what was kept and what the user set', () => {
    const wishes = portWishes(uses, {}, { A_PORT: 90 });
    assert.deepEqual(wishes, [{ name: 'A_PORT', preferred: 80, kept: 90, explicit: undefined }]);
    assert.equal(portWishes(uses, { A_PORT: '91' }, {})[0]!.explicit, 91);
    assert.equal(portWishes(uses, { A_PORT: '' }, {})[0]!.explicit, undefined);
    assert.throws(() => portWishes(uses, { A_PORT: 'http' }, {}), {
      code: 'invalid',
      message: /A_PORT is set to "http"/,
    });
  });
});

describe('replicaVariables', () => {
  it('gives each replica a directory of its own, where it is told so', () => {
    const variables = { A_DIR: '/a', B_DIR: '/b', SECRETS_DIR: '/s', C: 'c' };
    assert.deepEqual(
      replicaVariables(variables, 2, (folder) => folder !== '/b'),
      { ...variables, A_DIR: '/a/2' },
    );
  });
});

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medallion-plan-'));
});
after(() => rm(folder, { recursive: true }));

const parse = async (text: string): Promise<{ file: StackFile; project: LocalProject }> => {
  const path = join(folder, 'x.yaml');
  await writeFile(path, text);
  const file = new StackFile(path);
  return { file, project: await file.resolve({}) };
};

describe('selectServices', () => {
  let project: LocalProject;
  before(async () => {
    ({ project } = await parse(`
services:
  a: { image: i, depends_on: [b] }
  b: { image: i }
  c: { image: i, profiles: [p] }
  d: { image: i, profiles: [p, q], depends_on: [c] }
`));
  });
  const names = (o: { services?: string[]; profiles?: string[] }): string =>
    selectServices(project, o)
      .map(({ name }) => name)
      .join(' ');

  it('takes what no profile excludes', () => assert.equal(names({}), 'a b'));
  it('adds profiles', () => assert.equal(names({ profiles: ['p'] }), 'a b c d'));
  it('takes only the named ones and what they need', () => assert.equal(names({ services: ['a'] }), 'a b'));
  it('takes a named one in spite of its profile', () => assert.equal(names({ services: ['d'] }), 'c d'));
  it('names what there is for an unknown service', () => {
    assert.throws(() => names({ services: ['e'] }), { code: 'invalid', message: /Services: a, b, c, d/ });
    assert.throws(() => names({ profiles: ['r'] }), { code: 'invalid', message: /Profiles: p, q/ });
  });
});

describe('requireSupported', () => {
  it('accepts the stack of this repository', async () => {
    requireSupported((await new StackFile('stack/compose.yaml').resolve({})).loaded);
  });

  const accepted: [what: string, service: string][] = [
    ['what only containers have', 'init: true, tty: true, restart: always, build: ., container_name: own'],
    ['networks', 'networks: { default: { aliases: [b] } }, hostname: h'],
    ['an entrypoint', 'command: [], entrypoint: [x]'],
    ['a fixed number of replicas', 'deploy: { mode: replicated, replicas: 2 }'],
    ['extensions', 'x-own: { a: 1 }'],
    ['no health check', 'healthcheck: { disable: true }'],
  ];
  for (const [what, service] of accepted) {
    it(`accepts ${what}`, async () => {
      const { project } = await parse(
        `services:\n  a: { image: i, command: x, ${service} }\n`.replace('command: x, command', 'command'),
      );
      requireSupported(project.loaded);
    });
  }

  const refused: [service: string, message: RegExp][] = [
    ['cap_add: [ALL]', /x\.yaml:2:\d+: `cap_add` of a is not supported without Docker/],
    ['user: root', /`user` of a/],
    ['mem_limit: 1g', /`mem_limit` of a/],
    ['network_mode: host', /`network_mode` of a/],
    ['deploy: { resources: { limits: { cpus: "1" } } }', /`deploy\.resources` of a/],
    ['deploy: { mode: global }', /`deploy\.mode` of a/],
    ['command: []', /no `command`/],
    ['ports: ["80:81"]', /another number/],
    ['ports: ["80"]', /another number/],
    ['ports: ["80:80/udp"]', /UDP/],
    ['volumes: ["./x:/x"]', /volume/],
    ['volumes: ["/x"]', /volume/],
    ['volumes: ["outside:/x"]', /external volume outside/],
    ['healthcheck: { interval: 1s }', /no `test`/],
    ['secrets: [{ source: s, target: t }]', /under another name/],
    ['secrets: [{ source: s, mode: 0400 }]', /mode of a secret/],
    ['secrets: [e]', /secret e, which is not in a file/],
    ['configs: [c]', /`configs` of a/],
  ];
  for (const [service, message] of refused) {
    it(`refuses ${service}`, async () => {
      const command = service.startsWith('command') ? '' : 'command: x, ';
      const { project } = await parse(`services:
  a: { image: i, ${command}${service} }
secrets: { s: { file: s }, e: { environment: E } }
configs: { c: { content: c } }
volumes: { outside: { external: true } }
`);
      assert.throws(() => requireSupported(project.loaded), { code: 'unsupported', message });
    });
  }
});

describe('StackFile', () => {
  it('gives services as processes have them, with defaults', async () => {
    const { project } = await parse(`
services:
  a:
    image: i
    entrypoint: [run]
    command: echo $$A "b c"
    environment: { A: '$$x', GONE: }
    ports: ['127.0.0.1:80:80']
    volumes: ['vol:/v']
    secrets: [s]
    profiles: [p]
    healthcheck: { test: exit 0, interval: 1m30s, retries: 0 }
    depends_on: { b: { condition: service_healthy } }
    stop_grace_period: 250ms
  b: { image: i, command: x, scale: 2, healthcheck: { test: [NONE] } }
volumes: { vol: , unused: }
secrets: { s: { file: s } }
`);
    assert.deepEqual(project.services.get('a'), {
      name: 'a',
      command: ['run', 'echo', '$A', 'b c'],
      environment: { A: '$x' },
      ports: [80],
      volumes: [{ name: 'vol', folder: '/v' }],
      healthcheck: {
        test: ['/bin/sh', '-c', 'exit 0'],
        intervalMs: 90_000,
        timeoutMs: 30_000,
        retries: 3,
        startPeriodMs: 0,
        startIntervalMs: 5_000,
      },
      dependsOn: [{ service: 'b', condition: 'service_healthy' }],
      replicas: 1,
      profiles: ['p'],
      stopSignal: 'SIGTERM',
      stopGraceMs: 250,
    });
    const { healthcheck, replicas } = project.services.get('b')!;
    assert.deepEqual([healthcheck, replicas], [undefined, 2]);
    assert.deepEqual([project.volumes, project.secrets], [['vol'], ['s']]);
  });
});

describe('replicasOf', () => {
  it('resolves each replica with its own directory', async () => {
    const { file } = await parse(`
services:
  a: { image: i, command: ['run', '\${A_DIR}'], environment: { A_DIR: '\${A_DIR}' } }
  b: { image: i, command: x, ports: ['80:80'] }
  c: { image: i, command: x, environment: { A_DIR: '\${A_DIR}' }, volumes: ['vol:\${A_DIR:-/a}'] }
volumes: { vol: }
`);
    const variables = { A_DIR: '/a' };
    const { services } = await file.resolve(variables);
    const replicas = await replicasOf(file, services.get('a')!, variables, 2);
    assert.deepEqual(
      replicas.map(({ service, folders, name }) => [service.command[1], folders[0], name]),
      [
        ['/a/1', '/a/1', 'a-1'],
        ['/a/2', '/a/2', 'a-2'],
      ],
    );
    const mounted = await replicasOf(file, services.get('c')!, variables, 2);
    assert.deepEqual(
      mounted.map(({ folders }) => folders),
      [['/a'], ['/a']],
    );
    // Compose drops the slash of the mount.
    const slash = { A_DIR: '/a/' };
    const [only] = await replicasOf(file, (await file.resolve(slash)).services.get('c')!, slash);
    assert.deepEqual(only!.folders, ['/a/']);
    await assert.rejects(replicasOf(file, services.get('b')!, variables, 2), {
      code: 'invalid',
      message: /only one/,
    });
  });
});

describe('changeOf', () => {
  it('names what changed and shows no value', () => {
    const before = definitionOf(['a'], { X: '1', Y: 'secret' });
    assert.equal(changeOf(before, definitionOf(['a'], { Y: 'secret', X: '1' })), undefined);
    assert.equal(changeOf(before, definitionOf(['b'], { X: '2', Y: 'secret' })), 'X, its command changed');
    assert.equal(changeOf(before, definitionOf(['a'], { X: '1' })), 'Y changed');
    assert.ok(!JSON.stringify(before).includes('secret'));
  });
});
