import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../../../src/base/errors.ts';
import type { ComposePort, ComposeProject, ComposeService } from '../../../../../src/stack/compose/model.ts';
import {
  containerBody,
  createOptions,
  seccompProfiles,
  type ContainerSource,
} from '../../../../../src/stack/docker/container/containerBody.ts';
import { packFiles } from '../../../../../src/stack/docker/container/containerFiles.ts';
import {
  referencedServices,
  withContainers,
} from '../../../../../src/stack/docker/container/containerReferences.ts';

// That these bodies are what the Compose CLI sends is shown in test/docker/compose/body.test.ts.

const base: ComposeService = {
  image: 'debian:bookworm-slim',
  command: ['true'],
  entrypoint: null,
  networks: { default: null },
};

function made(
  service: Partial<ComposeService>,
  more: Partial<ContainerSource> = {},
  parts: Partial<ComposeProject> = {},
): ReturnType<typeof containerBody> {
  const project: ComposeProject = {
    name: 'p',
    services: { web: { ...base, ...service } },
    networks: { default: { name: 'p_default' } },
    ...parts,
  };
  return containerBody({
    project,
    service: 'web',
    replica: 2,
    imageId: 'sha256:1',
    source: { workingDir: '/w', configFiles: ['/w/a.yaml', '/w/b.yaml'] },
    apiVersion: '1.45',
    ...more,
  });
}

function hostConfig(
  service: Partial<ComposeService>,
  more: Partial<ContainerSource> = {},
): Record<string, unknown> {
  return { ...made(service, more).body.HostConfig };
}

describe('the body of a container', () => {
  it('has the labels by which the Compose CLI knows it', () => {
    const { body, configHash } = made(
      {
        labels: { mine: 'a$$b' },
        depends_on: {
          a: { condition: 'service_healthy', required: true },
          b: { condition: 'service_started', restart: true, required: true },
        },
      },
      { source: { workingDir: '/w', configFiles: ['/w/a.yaml', '/w/b.yaml'], envFiles: ['/w/e'] } },
    );
    assert.deepEqual(body.Labels, {
      mine: 'a$b',
      'com.docker.compose.project': 'p',
      'com.docker.compose.service': 'web',
      'com.docker.compose.container-number': '2',
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.config-hash': configHash,
      'com.docker.compose.depends_on': 'a:service_healthy:false,b:service_started:true',
      'com.docker.compose.project.working_dir': '/w',
      'com.docker.compose.project.config_files': '/w/a.yaml,/w/b.yaml',
      'com.docker.compose.project.environment_file': '/w/e',
      'com.docker.compose.version': '2.40.3',
      'com.docker.compose.image': 'sha256:1',
    });
    assert.equal(body.name, 'p-web-2');
  });

  it('is named by the file, or by who replaces another', () => {
    assert.equal(made({ container_name: 'mine' }).body.name, 'mine');
    const { body } = made({}, { name: 'later', replaced: { mounts: [], imageVolumes: [] } });
    assert.equal(body.name, 'later');
    assert.equal(body.Labels?.['com.docker.compose.replace'], 'web-2');
    const aliases = body.NetworkingConfig?.EndpointsConfig?.p_default?.Aliases;
    assert.deepEqual(aliases, ['p-web-2', 'web']);
  });

  it('makes doubled dollars single, and takes away variables that have no value', () => {
    const { body } = made({
      command: ['echo', '$$HOME', '$$$$'],
      environment: { A: '$$x', GONE: null, EMPTY: '' },
    });
    assert.deepEqual(body.Cmd, ['echo', '$HOME', '$$']);
    assert.deepEqual(body.Env, ['A=$x', 'GONE', 'EMPTY=']);
  });

  it("puts the service's own variables before those of every container", () => {
    const { body } = made(
      { environment: { HTTP_PROXY: 'mine' } },
      { defaultEnvironment: { HTTP_PROXY: 'x', NO_PROXY: 'y' } },
    );
    assert.deepEqual(body.Env, ['HTTP_PROXY=mine', 'NO_PROXY=y']);
  });

  it('binds each published port once, whatever their number', () => {
    const port: fc.Arbitrary<ComposePort> = fc.record({
      mode: fc.constant('ingress'),
      target: fc.integer({ min: 1, max: 65_535 }),
      published: fc.oneof(fc.constant(''), fc.integer({ min: 1, max: 65_535 }).map(String)),
      protocol: fc.constantFrom('tcp', 'udp'),
      host_ip: fc.constantFrom('127.0.0.1', '::1', ''),
    });
    fc.assert(
      fc.property(fc.array(port), (ports) => {
        const { body } = made({ ports });
        const bindings = body.HostConfig!.PortBindings as Record<
          string,
          { HostIp: string; HostPort: string }[]
        >;
        const flat = Object.entries(bindings).flatMap(([key, list]) =>
          list.map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}:${key}`),
        );
        const wanted = ports.map((p) => `${p.host_ip}:${p.published}:${p.target}/${p.protocol}`);
        assert.deepEqual(flat.sort(), wanted.sort());
        assert.deepEqual(Object.keys(body.ExposedPorts!).sort(), Object.keys(bindings).sort());
      }),
    );
  });

  for (const [given, policy] of [
    [{ restart: 'on-failure:3' }, { Name: 'on-failure', MaximumRetryCount: 3 }],
    [{ restart: 'no' }, { Name: 'no', MaximumRetryCount: 0 }],
    [{}, undefined],
    [
      { restart: 'always', deploy: { restart_policy: { condition: 'none' } } },
      { Name: 'no', MaximumRetryCount: 0 },
    ],
    [
      { deploy: { restart_policy: { condition: 'any', max_attempts: 2 } } },
      { Name: 'always', MaximumRetryCount: 2 },
    ],
  ] as const) {
    it(`restarts by ${JSON.stringify(given)}`, () => {
      assert.deepEqual(hostConfig(given).RestartPolicy, policy);
    });
  }

  it('prefers the limits of `deploy`', () => {
    const { Memory, NanoCpus, PidsLimit, MemoryReservation } = hostConfig({
      mem_limit: '1000',
      cpus: 1,
      pids_limit: 5,
      deploy: { resources: { limits: { memory: '2000', cpus: 0.5 }, reservations: { memory: '7' } } },
    });
    assert.deepEqual([Memory, NanoCpus, PidsLimit, MemoryReservation], [2000, 5e8, 5, 7]);
  });

  it('asks for devices by name, by path and by kind', () => {
    const { Devices, DeviceRequests } = hostConfig({
      devices: [
        { source: '/dev/null', target: '/dev/nothing', permissions: 'r' },
        { source: 'vendor.com/gpu=0', target: 'vendor.com/gpu=0', permissions: 'rwm' },
      ],
      gpus: [{ count: -1, driver: 'nvidia' }],
    });
    assert.deepEqual(Devices, [
      { PathOnHost: '/dev/null', PathInContainer: '/dev/nothing', CgroupPermissions: 'r' },
    ]);
    assert.deepEqual(JSON.parse(JSON.stringify(DeviceRequests)), [
      { Driver: 'cdi', DeviceIDs: ['vendor.com/gpu=0'] },
      { Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] },
    ]);
  });

  it('leaves `start_interval` out where the engine does not know it', () => {
    const healthcheck = {
      test: ['CMD', 'true'],
      interval: '1m30s',
      start_period: '10s',
      start_interval: '500ms',
    };
    assert.equal(made({ healthcheck }).body.Healthcheck?.StartInterval, 5e8);
    const old = made({ healthcheck }, { apiVersion: '1.41' }).body.Healthcheck;
    assert.deepEqual([old?.Interval, old?.StartPeriod, old?.StartInterval], [9e10, 1e10, undefined]);
  });

  it('joins the first network by priority, and the others at once or afterwards', () => {
    const networks = { b: null, a: { aliases: ['x'] }, c: { priority: 5, mac_address: '02:00:00:00:00:01' } };
    const parts = { networks: { a: { name: 'p_a' }, b: { name: 'p_b' }, c: { name: 'other' } } };
    const together = made({ networks }, {}, parts);
    assert.equal(together.body.HostConfig?.NetworkMode, 'other');
    assert.deepEqual(Object.keys(together.body.NetworkingConfig?.EndpointsConfig ?? {}), [
      'other',
      'p_a',
      'p_b',
    ]);
    assert.deepEqual(together.networksToConnect, []);
    assert.equal(together.body.MacAddress, undefined);
    const one = made({ networks }, { apiVersion: '1.43' }, parts);
    assert.deepEqual(Object.keys(one.body.NetworkingConfig?.EndpointsConfig ?? {}), ['other']);
    assert.deepEqual(
      one.networksToConnect.map(({ network, endpoint }) => [network, endpoint.Aliases]),
      [
        ['p_a', ['p-web-2', 'web', 'x']],
        ['p_b', ['p-web-2', 'web']],
      ],
    );
    assert.equal(one.body.MacAddress, '02:00:00:00:00:01');
  });

  it('has no network where the project has none', () => {
    const { image, command, entrypoint } = base;
    const project: ComposeProject = { name: 'p', services: { web: { image: image!, command, entrypoint } } };
    const { body } = made({}, { project });
    assert.equal(body.HostConfig?.NetworkMode, 'none');
    assert.equal(body.NetworkingConfig, undefined);
  });

  it('shares what other services have, by the ids of their first containers', () => {
    const containers = new Map([
      [
        'db',
        [
          { id: 'id2', name: 'p-db-2' },
          { id: 'id1', name: 'p-db-1' },
        ],
      ],
    ]);
    const service: Partial<ComposeService> = {
      network_mode: 'service:db',
      pid: 'service:db',
      volumes_from: ['db:ro', 'container:else:ro'],
    };
    const { NetworkMode, PidMode, VolumesFrom } = hostConfig(service, { containers });
    assert.deepEqual(
      [NetworkMode, PidMode, VolumesFrom],
      ['container:id1', 'container:id1', ['id1:ro', 'else:ro']],
    );
    assert.deepEqual(referencedServices({ ...base, ...service }), ['db']);
    assert.notEqual(
      made(service, { containers }).configHash,
      made(service, { containers: new Map([['db', [{ id: 'id3', name: 'p-db-1' }]]]) }).configHash,
    );
    assert.throws(
      () => withContainers({ ...base, ...service }, () => undefined),
      (error) => isWorkbenchError(error, 'not-found') && error.message.includes('db'),
    );
  });

  it('keeps the anonymous volumes of the container that it replaces', () => {
    const { body } = made(
      {
        volumes: [
          { type: 'volume', target: '/anonymous' },
          { type: 'bind', source: '/x', target: '/image-2' },
        ],
      },
      {
        replaced: {
          imageVolumes: ['/image', '/image-2'],
          mounts: [
            { Type: 'volume', Name: 'v1', Source: '/lib/v1', Destination: '/anonymous', RW: true },
            { Type: 'volume', Name: 'v2', Source: '/lib/v2', Destination: '/image', RW: false },
            { Type: 'volume', Name: 'v3', Source: '/lib/v3', Destination: '/image-2', RW: true },
            { Type: 'volume', Name: 'v4', Source: '/lib/v4', Destination: '/gone', RW: true },
          ],
        },
      },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(body.HostConfig?.Mounts)), [
      { Type: 'volume', Source: 'v1', Target: '/anonymous', ReadOnly: false },
      { Type: 'volume', Source: 'v2', Target: '/image', ReadOnly: true },
    ]);
    assert.deepEqual(body.HostConfig?.Binds, ['/x:/image-2:rw']);
  });

  it('binds secrets that are files, and has those that are variables copied', async () => {
    const parts: Partial<ComposeProject> = {
      secrets: { file: { file: '/s/$$file' }, variable: { environment: 'TOKEN' } },
      configs: { text: { content: 'a$$b' } },
    };
    const service: Partial<ComposeService> = {
      secrets: [{ source: 'file' }, { source: 'variable', target: 'token', mode: '0400', uid: '7' }],
      configs: [{ source: 'text' }],
    };
    const { body, files } = made(service, { variable: () => 'secret' }, parts);
    assert.deepEqual(body.HostConfig?.Mounts, [
      { Type: 'bind', Source: '/s/$file', Target: '/run/secrets/file', ReadOnly: true },
    ]);
    assert.deepEqual(files, [
      { target: '/run/secrets/token', content: 'secret', mode: 0o400, uid: 7, gid: 0 },
      { target: '/text', content: 'a$b', mode: 0o444, uid: 0, gid: 0 },
    ]);
    assert.equal((await packFiles(files)).length % 512, 0);
    assert.throws(
      () => made(service, {}, parts),
      (error) => isWorkbenchError(error, 'invalid') && error.message.includes('TOKEN'),
    );
  });

  it('has its seccomp profile by value', () => {
    const security_opt = ['seccomp=./p.json', 'no-new-privileges:true', 'systempaths=unconfined'];
    assert.deepEqual(seccompProfiles({ ...base, security_opt }), ['./p.json']);
    assert.deepEqual(seccompProfiles({ ...base, security_opt: ['seccomp:unconfined'] }), []);
    const { SecurityOpt, MaskedPaths } = hostConfig(
      { security_opt },
      { seccomp: new Map([['./p.json', '{ "a": 1 }']]) },
    );
    assert.deepEqual(SecurityOpt, ['seccomp={"a":1}', 'no-new-privileges:true']);
    assert.deepEqual(MaskedPaths, []);
  });

  it('goes to the engine without being in the URL', () => {
    const { body } = made({ platform: 'linux/arm64', environment: { SECRET: 'x' } });
    const options = createOptions(body) as { _query: object; _body: object };
    assert.deepEqual(options._query, { name: 'p-web-2', platform: 'linux/arm64' });
    assert.ok(!('name' in options._body));
  });
});
