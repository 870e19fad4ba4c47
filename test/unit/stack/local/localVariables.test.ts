import assert from 'node:assert/strict';
import { ComposeFile } from '../../../../src/stack/composeFile.ts';
import { localVariables, portWishes, replicaVariables } from '../../../../src/stack/local/localVariables.ts';
import { replicasOf, requireSupported, selectServices } from '../../../../src/stack/local/plan.ts';
import { changeOf, definitionOf } from '../../../../src/stack/local/processTable.ts';
import { StateDir } from '../../../../src/stack/stateDir.ts';

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
  it('gives each replica a directory of its own, unless a volume is mounted there', () => {
    const variables = { A_DIR: '/a', B_DIR: '/b', SECRETS_DIR: '/s', C: 'c' };
    assert.deepEqual(replicaVariables(variables, 2, new Set(['/b'])), { ...variables, A_DIR: '/a/2' });
  });
});

const parse = (text: string) => {
  const file = ComposeFile.parse(text, 'x.yaml');
  return { file, project: file.resolve(() => undefined) };
};

describe('selectServices', () => {
  const { project } = parse(`
services:
  a: { depends_on: [b] }
  b: {}
  c: { profiles: [p] }
  d: { profiles: [p, q], depends_on: [c] }
`);
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
    const file = await ComposeFile.read('stack/compose.yaml');
    requireSupported(file.resolve(() => undefined));
  });

  const refused: [service: string, message: RegExp][] = [
    ['{ command: x, cap_add: [ALL] }', /^x\.yaml:2:\d+: `cap_add` of a is not supported/],
    ['{ command: x, deploy: { resources: {} } }', /`deploy\.resources`/],
    ['{ image: x }', /no `command`/],
    ['{ command: x, ports: ["80:81"] }', /another number/],
    ['{ command: x, ports: ["80:80/udp"] }', /UDP/],
    ['{ command: x, volumes: ["./x:/x"] }', /volume/],
  ];
  for (const [service, message] of refused) {
    it(`refuses ${service}`, () => {
      assert.throws(() => requireSupported(parse(`services:\n  a: ${service}\n`).project), {
        code: 'unsupported',
        message,
      });
    });
  }
});

describe('replicasOf', () => {
  it('resolves each replica with its own directory', () => {
    const { file, project } = parse(`
services:
  a: { command: ['run', '\${A_DIR}'], environment: { A_DIR: '\${A_DIR}' } }
  b: { command: x, ports: ['80:80'] }
`);
    const replicas = replicasOf(file, project.services.get('a')!, { A_DIR: '/a' }, 2);
    assert.deepEqual(
      replicas.map(({ command, folders, name }) => [command[1], folders[0], name]),
      [
        ['/a/1', '/a/1', 'a-1'],
        ['/a/2', '/a/2', 'a-2'],
      ],
    );
    assert.throws(() => replicasOf(file, project.services.get('b')!, {}, 2), {
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
