import assert from 'node:assert/strict';
import type { ComposeProject, ComposeService } from '../../../../../src/stack/compose/model.ts';
import { unsupportedKeys, unusedKeys } from '../../../../../src/stack/docker/container/unsupportedKeys.ts';

function projectOf(service: Partial<ComposeService>, parts: Partial<ComposeProject> = {}): ComposeProject {
  return { name: 'p', services: { web: { command: null, entrypoint: null, ...service } }, ...parts };
}

const paths = (findings: { path: (string | number)[] }[]): string[] =>
  findings.map(({ path }) => path.join('.'));

describe('what a container cannot have', () => {
  const never: [Partial<ComposeService>, string][] = [
    [{ provider: { type: 'x' } }, 'services.web.provider'],
    [{ models: { m: null } }, 'services.web.models'],
    [{ credential_spec: { file: 'x' } }, 'services.web.credential_spec'],
    [{ use_api_socket: true }, 'services.web.use_api_socket'],
    [{ post_start: [{}] }, 'services.web.post_start'],
    [{ pre_stop: [{}] }, 'services.web.pre_stop'],
    [{ volumes: [{ type: 'cluster', target: '/x' }] }, 'services.web.volumes.0.type'],
    [{ healthcheck: { start_interval: '1s' } }, 'services.web.healthcheck.start_interval'],
  ];
  for (const [service, path] of never) {
    it(`refuses ${path}`, () => {
      const findings = unsupportedKeys(projectOf(service), 'web', '1.51');
      assert.deepEqual(paths(findings), [path]);
      assert.match(
        findings[0]!.message,
        new RegExp(path.split('.').at(-1) === 'type' ? 'cluster' : path.split('.').at(-1)!),
      );
    });
  }

  it('accepts what only other commands use', () => {
    const service = { develop: { watch: [] }, attach: false, use_api_socket: false, build: { context: '.' } };
    assert.deepEqual(unsupportedKeys(projectOf(service), 'web', '1.41'), []);
  });

  const since: [string, string, Partial<ComposeService>][] = [
    ['1.43', 'annotations', { annotations: { a: 'b' } }],
    ['1.44', 'recursive', { volumes: [{ type: 'bind', target: '/x', bind: { recursive: 'disabled' } }] }],
    ['1.45', 'subpath', { volumes: [{ type: 'volume', target: '/x', volume: { subpath: 'y' } }] }],
    ['1.48', 'image', { volumes: [{ type: 'image', target: '/x' }] }],
    ['1.48', 'gw_priority', { networks: { a: { gw_priority: 1 } } }],
    ['1.49', 'interface_name', { networks: { a: { interface_name: 'eth1' } } }],
    ['1.44', 'mac_address', { networks: { a: null, b: { mac_address: '02:00:00:00:00:01' } } }],
  ];
  for (const [api, key, service] of since) {
    it(`refuses ${key} on an engine before API ${api}`, () => {
      const [major, minor] = api.split('.').map(Number);
      const before = unsupportedKeys(projectOf(service), 'web', `${major}.${minor! - 1}`);
      assert.equal(before[0]?.path.at(-1), key);
      assert.match(before[0].message, /needs Docker Engine \d/);
      assert.deepEqual(unsupportedKeys(projectOf(service), 'web', api), []);
    });
  }

  it('refuses secrets of a swarm, and what would be written into a read-only service', () => {
    const project = projectOf(
      { read_only: true, secrets: [{ source: 'a' }], configs: [{ source: 'b' }, { source: 'c' }] },
      { secrets: { a: { external: true } }, configs: { b: { content: 'x' }, c: { file: '/c' } } },
    );
    assert.deepEqual(paths(unsupportedKeys(project, 'web', '1.45')), [
      'secrets.a.external',
      'configs.b.content',
    ]);
  });
});

describe('what one engine has no use for', () => {
  it('is told', () => {
    const project = projectOf(
      {
        deploy: {
          mode: 'global',
          placement: { constraints: ['x'] },
          resources: { reservations: { cpus: 1 } },
          restart_policy: { condition: 'any', delay: '5s' },
        },
        secrets: [
          { source: 'file', mode: '0400' },
          { source: 'variable', mode: '0400' },
        ],
        healthcheck: { start_interval: '1s', start_period: '5s' },
      },
      { secrets: { file: { file: '/f' }, variable: { environment: 'X' } } },
    );
    const web = (path: string): string => `services.web.${path}`;
    assert.deepEqual(paths(unusedKeys(project, 'web', '1.41')), [
      web('deploy.mode'),
      web('deploy.placement'),
      web('deploy.resources.reservations.cpus'),
      web('deploy.restart_policy.delay'),
      web('secrets.0.mode'),
      web('healthcheck.start_interval'),
    ]);
  });

  it('is nothing in an ordinary service', () => {
    const project = projectOf({ deploy: { mode: 'replicated', replicas: 2, resources: {}, placement: {} } });
    assert.deepEqual(unusedKeys(project, 'web', '1.45'), []);
  });
});
