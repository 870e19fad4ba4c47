import assert from 'node:assert/strict';
import { ComposeFile } from '../../../src/stack/composeFile.ts';
import type { ComposeService } from '../../../src/stack/composeProject.ts';

const resolve = (text: string, variables: Record<string, string> = {}) =>
  ComposeFile.parse(text, 'x.yaml').resolve((name) => variables[name]);
const service = (text: string, variables: Record<string, string> = {}): ComposeService =>
  resolve(`services:\n  a: ${text}\n`, variables).services.get('a')!;

describe('ComposeFile', () => {
  it('reads the stack of this repository', async () => {
    const file = await ComposeFile.read('stack/compose.yaml');
    const project = file.resolve((name) => (name === 'NAMENODE_HTTP_PORT' ? '9999' : undefined));
    assert.deepEqual(
      [...project.services.keys()],
      [
        'postgres',
        'namenode',
        'datanode',
        'spark-master',
        'spark-worker',
        'spark-history',
        'jupyter',
        'retail',
      ],
    );
    const namenode = project.services.get('namenode')!;
    assert.deepEqual(namenode.ports[0], {
      hostIp: '127.0.0.1',
      published: 9999,
      target: 9999,
      protocol: 'tcp',
    });
    assert.equal(namenode.environment.NAMENODE_HTTP_PORT, '9999');
    assert.equal(namenode.healthcheck!.startIntervalMs, 1_000);
    assert.equal(namenode.healthcheck!.startPeriodMs, 120_000);
    assert.equal(namenode.healthcheck!.test.at(-1), '127.0.0.1:9999');
    assert.equal(project.services.get('spark-worker')!.replicas, 2);
    assert.deepEqual(project.services.get('retail')!.profiles, ['retail']);
    assert.equal(project.services.get('postgres')!.stopSignal, 'SIGINT');
    const names = new Set(file.variables().map(({ name }) => name));
    assert.ok(names.has('DATANODE_IPC_PORT') && names.has('MEDALLION_SECRETS'));
  });

  it('merges maps, the own keys and the first of several sources winning', () => {
    const project = resolve(`
x-one: &one { stop_signal: ONE, stop_grace_period: 1s }
x-two: &two { stop_signal: TWO, profiles: [two] }
services:
  a: { <<: [*one, *two], stop_grace_period: 2s }
`);
    const { stopSignal, stopGraceMs, profiles } = project.services.get('a')!;
    assert.deepEqual([stopSignal, stopGraceMs, profiles], ['ONE', 2_000, ['two']]);
  });

  it('replaces variables in values, not in keys and comments', () => {
    assert.deepEqual(service('{ environment: { "$B": "${B:-x}" } } # ${', { B: 'y' }).environment, {
      $B: 'y',
    });
  });

  it('takes both forms of environment, and names without a value from the variables', () => {
    const variables = { TAKEN: 't' };
    const expected = { ONE: '1', TWO: 'a=b', TAKEN: 't' };
    assert.deepEqual(
      service('{ environment: [ONE=1, TWO=a=b, TAKEN, GONE] }', variables).environment,
      expected,
    );
    assert.deepEqual(
      service('{ environment: { ONE: 1, TWO: a=b, TAKEN:, GONE: } }', variables).environment,
      expected,
    );
  });

  it('reads ports, volumes, dependencies and secrets in short and long form', () => {
    const { services } = resolve(`
services:
  a:
    command: run --name "a b"
    ports: ['80', '8080:80', '127.0.0.1:8080:80/udp', '[::1]:1:2', { target: 80, published: "81", host_ip: 0.0.0.0 }]
    volumes: ['data:/d', './x:/x:ro', '/anonymous', { type: bind, source: y, target: /y }]
    depends_on: [b]
    secrets: [s, { source: s }]
  b: { depends_on: { c: { condition: service_healthy }, gone: { condition: service_started, required: false } } }
  c: { deploy: { replicas: "3" }, healthcheck: { test: exit 0, interval: 1m1.5s } }
volumes: { data: }
secrets: { s: { file: ./s } }
`);
    const a = services.get('a')!;
    assert.deepEqual(a.command, ['run', '--name', 'a b']);
    assert.deepEqual(a.ports, [
      { target: 80, protocol: 'tcp' },
      { published: 8080, target: 80, protocol: 'tcp' },
      { hostIp: '127.0.0.1', published: 8080, target: 80, protocol: 'udp' },
      { hostIp: '::1', published: 1, target: 2, protocol: 'tcp' },
      { hostIp: '0.0.0.0', published: 81, target: 80, protocol: 'tcp' },
    ]);
    assert.deepEqual(
      a.volumes.map(({ type, source, readOnly }) => [type, source, readOnly]),
      [
        ['volume', 'data', false],
        ['bind', 'x', true],
        ['volume', undefined, false],
        ['bind', 'y', false],
      ],
    );
    assert.deepEqual(a.secrets, ['s', 's']);
    assert.deepEqual(a.dependsOn, [{ service: 'b', condition: 'service_started', required: true }]);
    assert.equal(services.get('b')!.dependsOn[0]!.condition, 'service_healthy');
    assert.equal(services.get('c')!.replicas, 3);
    assert.equal(services.get('c')!.healthcheck!.intervalMs, 61_500);
    assert.deepEqual(services.get('c')!.healthcheck!.test, ['/bin/sh', '-c', 'exit 0']);
  });

  it('keeps keys that it does not read, for the engine to judge', () => {
    const { otherKeys } = service('{ image: x, x-mine: 1, cap_add: [ALL], deploy: { resources: {} } }');
    assert.deepEqual(
      otherKeys.map(({ key }) => key),
      ['image', 'cap_add', 'deploy.resources'],
    );
  });

  it('does not take a name like __proto__ for more than a name', () => {
    assert.equal(resolve('services: { a: { environment: { __proto__: x } } }').services.size, 1);
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  const faults: [text: string, message: RegExp][] = [
    ['services:\n  a: [', /^x\.yaml:\d+:\d+: /],
    ['services:\n  a: {}\n  a: {}', /^x\.yaml:3:3: .*unique/],
    ['services:\n  a:\n    command: ${X', /^x\.yaml:3:14: "\$\{X" is not a variable/],
    ['services:\n  a:\n    command: ${X:?set it}', /^x\.yaml:3:14: The variable X is required: set it\./],
    ['services:\n  a: { stop_grace_period: 5 apples }', /^x\.yaml:2:\d+: .*must be a duration/],
    [
      'x: &x { test: a, interval: 1q }\nservices:\n  a: { healthcheck: { <<: *x } }',
      /^x\.yaml:1:28: .*interval/,
    ],
    ['services:\n  a: { healthcheck: { test: a, inteval: 1s } }', /^x\.yaml:2:\d+: .*inteval is not a key/],
    ['services:\n  a: { healthcheck: { test: [curl] } }', /^x\.yaml:2:\d+: A health check starts with CMD/],
    ['services:\n  a: { ports: [70000] }', /^x\.yaml:2:16: "70000" is not a port/],
    ['services:\n  a: { ports: ["80-90:80-90"] }', /Ranges/],
    ['services:\n  a: { depends_on: [b] }', /^x\.yaml:2:\d+: a depends on b, which is not a service/],
    ['services:\n  a: { secrets: [b] }', /uses the secret b/],
    ['services:\n  a: { volumes: ["b:/b"] }', /uses the volume b/],
    ['services:\n  a: { depends_on: [b] }\n  b: { depends_on: [a] }', /wait for each other: a -> b -> a/],
    ['services: &s\n  a: *s', /alias of itself/],
    ['services:\n  a: *gone', /gone/],
    ['services: 5', /must be a map of services/],
    ['services:\n  a: { command: "a \'b" }', /quote without its end/],
  ];
  for (const [text, message] of faults) {
    it(`points at the fault in ${JSON.stringify(text)}`, () => {
      assert.throws(() => resolve(text), { code: 'invalid', message });
    });
  }

  it('stops at aliases that grow without limit', () => {
    const levels = Array.from(
      { length: 8 },
      (_, n) => `x${n + 1}: &x${n + 1} [${Array(10).fill(`*x${n}`).join()}]`,
    );
    assert.throws(() => resolve(`x0: &x0 [1]\n${levels.join('\n')}\nservices: {}`), { message: /too large/ });
  });

  it('says which file is missing', async () => {
    await assert.rejects(ComposeFile.read('gone.yaml'), {
      code: 'not-found',
      message: /gone\.yaml does not exist/,
    });
  });
});
